//! Stage 2: asking a sandboxed worker, case by case. It never holds an expected value: its replies are compared here.

mod bounded;
mod capture;
mod diagnosis;

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

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
use bounded::{AskedExercise, BoundedWorker, bounds};
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
    /// `true` if it answers for several exercises.
    pub(crate) is_joint: bool,
}

/// The grades of an exercise by a worker that was asked more than one task.
#[derive(Debug, Default)]
pub(crate) struct SharedGrades {
    /// Task by task. One is left out if the worker did not survive it: another task may have had a part in that, by the
    /// memory or the time that it took.
    clear: Vec<Option<GradedTask>>,
    /// The time that it took.
    pub(crate) time: Duration,
}

/// Grades one task after the other, as long as there is time. Each has a worker of its own, unless `shared` has a clear
/// verdict on it.
pub(crate) fn run_worker(
    context: &GradingContext<'_>,
    exercise: &Exercise,
    binary: WorkerBinary<'_>,
    shared: SharedGrades,
    budget: JobBudget<'_>,
    slot: Slot,
) -> Result<Vec<GradedTask>, WorkerError> {
    let asked = AskedExercise {
        exercise,
        budget,
        is_joint: binary.is_joint,
    };
    let mut shared = shared.clear.into_iter();
    let mut graded = Vec::new();
    for task in &exercise.pack.manifest().tasks {
        graded.push(match shared.next().flatten() {
            Some(clear) => clear,
            None if budget.is_exhausted() => GradedTask {
                result: TaskResult::over_budget(task, context.limits.submission),
                picture: None,
                is_doubtful: false,
                over_budget: true,
            },
            None => {
                let command = worker_command(context.sandbox, context.limits, binary, slot);
                grade_task(context.limits, asked, task, command)?
            }
        });
    }
    Ok(graded)
}

/// Grades the tasks of exercises with one worker, whose program has to be of [plain code](crate::plain_code) only.
pub(crate) fn share_worker(
    context: &GradingContext<'_>,
    exercises: &[(&Exercise, JobBudget<'_>)],
    binary: WorkerBinary<'_>,
    slot: Slot,
) -> Result<Vec<SharedGrades>, WorkerError> {
    let limits = context.limits;
    let mut asked = Vec::new();
    for (exercise, budget) in exercises {
        asked.push(AskedExercise {
            exercise,
            budget: *budget,
            is_joint: binary.is_joint,
        });
    }
    let nothing = || asked.iter().map(|_| SharedGrades::default()).collect();
    let Some(first) = asked.iter().find(|one| !one.budget.is_exhausted()) else {
        return Ok(nothing());
    };
    let mut command = worker_command(context.sandbox, limits, binary, slot);
    let (prints, capture) =
        PrintCapture::spawn(&mut command, limits.output << 10).map_err(WorkerError::Pipe)?;
    let mut worker = BoundedWorker::new(command, bounds(&asked), limits, prints, *first);
    let mut shared = Vec::new();
    for one in &asked {
        shared.push(grade_with(&mut worker, *one, limits));
    }
    let captured = capture_of(worker, capture)?;
    if captured.flooded {
        // The limit is one for each task.
        return Ok(nothing());
    }
    Ok(shared)
}

/// Grades the tasks of one exercise with a worker that is asked others, too.
fn grade_with<'a>(
    worker: &mut BoundedWorker<'a>,
    asked: AskedExercise<'a>,
    limits: &Limits,
) -> SharedGrades {
    let start = Instant::now();
    worker.begin_exercise(asked);
    let mut clear = Vec::new();
    for task in &asked.exercise.pack.manifest().tasks {
        if asked.budget.is_exhausted() {
            break;
        }
        worker.begin_task();
        let graded = grade(&asked.exercise.pack, task, worker);
        let limit = limit_hit(&graded, worker.reached(), "", limits);
        clear.push(is_clear(&graded).then(|| graded_task(asked.exercise, &graded, limit)));
    }
    SharedGrades {
        clear,
        time: start.elapsed(),
    }
}

fn grade_task(
    limits: &Limits,
    asked: AskedExercise<'_>,
    task: &Task,
    mut command: Command,
) -> Result<GradedTask, WorkerError> {
    let exercise = asked.exercise;
    let (prints, capture) =
        PrintCapture::spawn(&mut command, limits.output << 10).map_err(WorkerError::Pipe)?;
    let mut worker = BoundedWorker::new(command, bounds(&[asked]), limits, prints, asked);
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
