//! Stage 2: asking a sandboxed worker, case by case. It never holds an expected value: its replies are compared here.

mod bounded;
mod capture;
mod diagnosis;

use std::io;
use std::path::Path;
use std::process::Command;

use attentive_grader::{Finding, Report, Task, TaskGrade, grade, plot};
use thiserror::Error;

use crate::budget::JobBudget;
use crate::context::GradingContext;
use crate::course::Exercise;
use crate::limits::{LimitHit, Limits};
use crate::results::TaskResult;
use crate::sandbox::{
    CPU_MARGIN, ENTERED, LaunchSpec, Mount, Mounts, Sandbox, Step, SyscallFilter,
};
use crate::slot::Slot;
use crate::text::plain;
use bounded::BoundedWorker;
use capture::{Captured, PrintCapture};
use diagnosis::{explain_abort, is_clear, is_doubtful, limit_hit};

/// The most cells that a picture may have; a reply may have any shape.
const MAX_PLOT_CELLS: usize = 4096;

/// A fault of the grader's own.
#[derive(Debug, Error)]
pub(crate) enum WorkerError {
    #[error("the worker has no pipe for what it prints: {0}")]
    Pipe(io::Error),
    #[error("the sandbox could not be entered: {0}")]
    NotEntered(String),
}

/// A graded task.
#[derive(Debug)]
pub(crate) struct GradedTask {
    pub(crate) result: TaskResult,
    /// The picture of its first failure, as SVG.
    pub(crate) picture: Option<String>,
    /// `true` if the machine's load may have had a part in it.
    pub(crate) is_doubtful: bool,
    /// `true` if the time of the whole submission was over before its end.
    pub(crate) over_budget: bool,
}

/// The program of a worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkerBinary<'a> {
    pub(crate) file: &'a Path,
    /// The folder of the shared libraries that it starts with.
    pub(crate) libraries: &'a Path,
    /// `true` if the student's part of it is [plain code](crate::plain_code).
    pub(crate) is_plain: bool,
}

/// Grades one task after the other, as long as there is time. Each has a worker of its own; those of plain code share one,
/// and only where that one gives no clear verdict, a worker of its own decides.
pub(crate) fn run_worker(
    context: &GradingContext<'_>,
    exercise: &Exercise,
    binary: WorkerBinary<'_>,
    budget: JobBudget<'_>,
    slot: Slot,
) -> Result<Vec<GradedTask>, WorkerError> {
    let command = || worker_command(context.sandbox, context.limits, binary, slot);
    let tasks = &exercise.pack.manifest().tasks;
    let mut shared = Vec::new();
    if binary.is_plain && tasks.len() > 1 {
        shared = grade_together(context.limits, exercise, command(), budget)?;
    }
    let mut shared = shared.into_iter();
    let mut graded = Vec::new();
    for task in tasks {
        graded.push(match shared.next().flatten() {
            Some(clear) => clear,
            None if budget.is_exhausted() => GradedTask {
                result: TaskResult::over_budget(task, context.limits.submission),
                picture: None,
                is_doubtful: false,
                over_budget: true,
            },
            None => grade_task(context.limits, exercise, task, command(), budget)?,
        });
    }
    Ok(graded)
}

/// Grades the tasks of an exercise with one worker. A task is left out if the worker did not survive it: another task may
/// have had a part in that, by the memory or the time that it took.
fn grade_together(
    limits: &Limits,
    exercise: &Exercise,
    mut command: Command,
    budget: JobBudget<'_>,
) -> Result<Vec<Option<GradedTask>>, WorkerError> {
    let (prints, capture) =
        PrintCapture::spawn(&mut command, limits.output << 10).map_err(WorkerError::Pipe)?;
    let mut worker = BoundedWorker::new(command, &exercise.pack, limits, prints, budget);
    let mut answered = Vec::new();
    for task in &exercise.pack.manifest().tasks {
        if budget.is_exhausted() {
            break;
        }
        worker.begin_task();
        let graded = grade(&exercise.pack, task, &mut worker);
        answered.push((graded, worker.reached()));
    }
    let captured = capture_of(worker, capture)?;
    if captured.flooded {
        // The limit is one for each task.
        return Ok(Vec::new());
    }
    let mut tasks = Vec::new();
    for (graded, reached) in answered {
        let limit = limit_hit(&graded, reached, "", limits);
        tasks.push(is_clear(&graded).then(|| graded_task(exercise, &graded, limit)));
    }
    Ok(tasks)
}

fn grade_task(
    limits: &Limits,
    exercise: &Exercise,
    task: &Task,
    mut command: Command,
    budget: JobBudget<'_>,
) -> Result<GradedTask, WorkerError> {
    let (prints, capture) =
        PrintCapture::spawn(&mut command, limits.output << 10).map_err(WorkerError::Pipe)?;
    let mut worker = BoundedWorker::new(command, &exercise.pack, limits, prints, budget);
    let mut graded = grade(&exercise.pack, task, &mut worker);
    let reached = worker.reached();
    let captured = capture_of(worker, capture)?;
    let limit = if captured.flooded && !graded.passed() {
        Some(LimitHit::Output { kib: limits.output })
    } else {
        limit_hit(&graded, reached, &captured.text, limits)
    };
    for grade in &mut graded.grades {
        explain_abort(&mut grade.verdict, &captured.text);
    }
    Ok(graded_task(exercise, &graded, limit))
}

/// Ends a worker, and returns what it printed.
fn capture_of(worker: BoundedWorker<'_>, capture: PrintCapture) -> Result<Captured, WorkerError> {
    // The capture ends when the worker has gone, which has the other end of its pipe.
    drop(worker);
    let mut captured = capture.finish();
    match captured.text.strip_prefix(ENTERED) {
        Some(printed) => captured.text = printed.to_owned(),
        None => return Err(WorkerError::NotEntered(plain(captured.text.trim()))),
    }
    Ok(captured)
}

fn graded_task(exercise: &Exercise, graded: &TaskGrade, limit: Option<LimitHit>) -> GradedTask {
    let (result, picture) = task_result(exercise, graded, limit);
    GradedTask {
        result,
        picture,
        is_doubtful: limit.is_some() || is_doubtful(graded),
        over_budget: matches!(limit, Some(LimitHit::SubmissionTime(_))),
    }
}

fn worker_command(
    sandbox: &Sandbox,
    limits: &Limits,
    binary: WorkerBinary<'_>,
    slot: Slot,
) -> Command {
    let libraries = sandbox.path(binary.libraries, "/libraries");
    let step = Step {
        program: sandbox.path(binary.file, "/worker"),
        arguments: vec!["--worker".into()],
        environment: vec![("LD_LIBRARY_PATH".into(), libraries.display().to_string())],
        ..Step::default()
    };
    let spec = LaunchSpec {
        // A little more than the clock: where both are reached, the clock's verdict is the clearer.
        seconds: Some(limits.task.as_secs() + CPU_MARGIN),
        memory: Some(limits.memory << 20),
        processes: Some(limits.threads),
        file: Some(0),
        filter: SyscallFilter::Worker,
        core: slot.core,
        user: None,
        steps: vec![step],
        result: None,
    };
    let mounts = Mounts::new(vec![
        Mount::new(binary.file, "/worker"),
        Mount::new(binary.libraries, "/libraries"),
    ]);
    sandbox.command(&mounts, slot.number, spec)
}

fn task_result(
    exercise: &Exercise,
    graded: &TaskGrade,
    limit: Option<LimitHit>,
) -> (TaskResult, Option<String>) {
    let Some(first) = graded.first_failure() else {
        return (TaskResult::new(graded, limit, String::new(), false), None);
    };
    let source = Path::new("exercises")
        .join(&exercise.folder)
        .join("src/lib.rs");
    let report = Report {
        exercise: &exercise.name,
        text: &exercise.text,
        root: None,
        reader: Path::new(""),
        source: &source,
        task: graded,
        grade: first,
        picture: None,
    };
    let finding = first.verdict.finding().filter(|finding| is_small(finding));
    // A picture that cannot be drawn is no reason to leave out the rest.
    let picture = finding.and_then(|finding| plot::svg(finding).ok());
    let result = TaskResult::new(graded, limit, report.to_string(), picture.is_some());
    (result, picture)
}

fn is_small(finding: &Finding) -> bool {
    finding.got.ndim() <= 8
        && page_cells(finding.got.shape()) <= MAX_PLOT_CELLS
        && page_cells(finding.expected.shape()) <= MAX_PLOT_CELLS
}

/// Returns the number of cells of a heat map: that of the last two axes.
fn page_cells(shape: &[usize]) -> usize {
    let last_two = shape.iter().rev().take(2);
    last_two.fold(1, |cells: usize, length| cells.saturating_mul(*length))
}
