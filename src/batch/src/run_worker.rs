//! Stage 2: asking a sandboxed worker, case by case. It never holds an expected value: its replies are compared here.

use std::io::{self, PipeWriter, Read};
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use attentive_grader::{
    Case, Failure, Finding, ProcessEnd, Reply, Report, Respond, Signal, SourceLocation, Task,
    TaskGrade, Verdict, Worker, grade, plot,
};
use thiserror::Error;

use crate::context::GradingContext;
use crate::course::Exercise;
use crate::limits::{LimitHit, Limits};
use crate::results::TaskResult;
use crate::sandbox::{ENTERED, LaunchSpec, Mounts, Sandbox, Step, SyscallFilter};
use crate::text::plain;

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
}

/// The program of a worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkerBinary<'a> {
    pub(crate) file: &'a Path,
    /// The folder of the shared libraries that it starts with.
    pub(crate) libraries: &'a Path,
}

/// Grades one task after the other, each with a worker of its own.
pub(crate) fn run_worker(
    context: &GradingContext<'_>,
    exercise: &Exercise,
    binary: WorkerBinary<'_>,
    slot: usize,
) -> Result<Vec<GradedTask>, WorkerError> {
    let mut graded = Vec::new();
    for task in &exercise.pack.manifest().tasks {
        let command = worker_command(context.sandbox, context.limits, binary, slot);
        graded.push(grade_task(context.limits, exercise, task, command)?);
    }
    Ok(graded)
}

fn grade_task(
    limits: &Limits,
    exercise: &Exercise,
    task: &Task,
    mut command: Command,
) -> Result<GradedTask, WorkerError> {
    let (prints, capture) =
        PrintCapture::spawn(&mut command, limits.output << 10).map_err(WorkerError::Pipe)?;
    let mut worker = BoundedWorker {
        worker: Worker::new(command, limits.call, prints),
        end: Instant::now() + limits.task,
        limit: limits.task,
    };
    let mut graded = grade(&exercise.pack, task, &mut worker);
    // The capture ends when the worker has gone, which has the other end of its pipe.
    drop(worker);
    let captured = capture.finish();
    let Some(printed) = captured.text.strip_prefix(ENTERED) else {
        return Err(WorkerError::NotEntered(plain(captured.text.trim())));
    };
    let limit = if captured.flooded && !graded.passed() {
        Some(LimitHit::Output { kib: limits.output })
    } else {
        limit_hit(&graded, printed, limits)
    };
    let is_doubtful = limit.is_some() || is_doubtful(&graded);
    for grade in &mut graded.grades {
        explain_abort(&mut grade.verdict, printed);
    }
    let (result, picture) = task_result(exercise, &graded, limit);
    Ok(GradedTask {
        result,
        picture,
        is_doubtful,
    })
}

fn worker_command(
    sandbox: &Sandbox,
    limits: &Limits,
    binary: WorkerBinary<'_>,
    slot: usize,
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
        seconds: Some(limits.task.as_secs() + 5),
        memory: Some(limits.memory << 20),
        processes: Some(limits.threads),
        file: Some(0),
        filter: SyscallFilter::Worker,
        user: None,
        steps: vec![step],
        result: None,
    };
    let shown = [(binary.file, "/worker"), (binary.libraries, "/libraries")];
    let mounts = Mounts::new(shown.map(|(real, shown)| (real.to_owned(), shown.into())));
    sandbox.command(&mounts, slot, spec)
}

/// A worker with a limit on all of its calls together. It is not believed when it replies that the course is broken: the
/// stubs have shown before that the course is in order.
struct BoundedWorker {
    worker: Worker,
    end: Instant,
    limit: Duration,
}

impl Respond for BoundedWorker {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        if Instant::now() >= self.end {
            return Err(Failure::TimedOut { limit: self.limit });
        }
        // A frame has room for megabytes, and each of these texts is wrapped, searched and kept.
        self.worker
            .respond(task, case)
            .map_err(|failure| match failure {
                Failure::Broken { message } => Failure::Crashed(ProcessEnd::RefusedCall {
                    message: plain(&message),
                }),
                Failure::Panicked { message, location } => Failure::Panicked {
                    message: plain(&message),
                    location: location.map(|location| SourceLocation {
                        file: plain(&location.file),
                        ..location
                    }),
                },
                Failure::NotImplemented { text } => Failure::NotImplemented { text: plain(&text) },
                Failure::Crashed(ProcessEnd::UnreadableReply { error }) => {
                    Failure::Crashed(ProcessEnd::UnreadableReply {
                        error: plain(&error),
                    })
                }
                other => other,
            })
    }
}

/// Returns `true` if the machine's load may have had a part in the first failure.
fn is_doubtful(graded: &TaskGrade) -> bool {
    let first = graded.first_failure();
    match first.and_then(|first| first.verdict.failure()) {
        Some(Failure::TimedOut { .. }) => true,
        Some(Failure::Crashed(end)) => end.signal() == Some(Signal::Kill),
        _ => false,
    }
}

/// Names the reason for which a process aborted. Rust's runtime has no other way to tell it than what it prints; a
/// program that prints the same and aborts changes the words of its verdict, and nothing else.
fn explain_abort(verdict: &mut Verdict, printed: &str) {
    let Verdict::NoReply(Failure::Crashed(end)) = verdict else {
        return;
    };
    if end.signal() != Some(Signal::Abort) {
        return;
    }
    if printed.contains("has overflowed its stack") {
        *end = ProcessEnd::StackOverflow;
    } else if printed.contains("panicked while panicking") {
        *end = ProcessEnd::PanicWhilePanicking;
    }
}

/// Returns the limit that a task reached, if one.
fn limit_hit(graded: &TaskGrade, printed: &str, limits: &Limits) -> Option<LimitHit> {
    match graded.first_failure()?.verdict.failure()? {
        Failure::TimedOut { limit } if *limit == limits.task => Some(LimitHit::TaskTime(*limit)),
        Failure::TimedOut { limit } => Some(LimitHit::CallTime(*limit)),
        Failure::Crashed(end) => match end.signal()? {
            Signal::CpuLimit => Some(LimitHit::TaskCpuTime(limits.task)),
            Signal::FileSizeLimit => Some(LimitHit::FileSize),
            // Rust's runtime prints this before it aborts, and has no other way to tell it.
            Signal::Abort if printed.contains("memory allocation of") => {
                Some(LimitHit::Memory { mib: limits.memory })
            }
            _ => None,
        },
        // A thread that the system refuses is a panic of the standard library, whose message begins with these words.
        Failure::Panicked { message, .. } if message.starts_with("failed to spawn thread: Os ") => {
            Some(LimitHit::Threads {
                threads: limits.threads,
                mib: limits.memory,
            })
        }
        _ => None,
    }
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

/// Everything that a worker prints, read on a thread of its own up to a limit.
#[derive(Debug)]
struct PrintCapture {
    limit: u64,
    reader: JoinHandle<Vec<u8>>,
}

/// Everything that a worker printed.
struct Captured {
    text: String,
    /// `true` if it printed as much as it may, or more.
    flooded: bool,
}

impl PrintCapture {
    /// Connects a command's standard error, and returns the pipe for what it prints to standard output. At the limit,
    /// the pipe is closed: whoever goes on printing gets an error.
    fn spawn(command: &mut Command, limit: u64) -> io::Result<(PipeWriter, Self)> {
        let (reader, writer) = io::pipe()?;
        command.stderr(writer.try_clone()?);
        let read = move || {
            let mut bytes = Vec::new();
            // An error is an end: what came before it counts.
            let _ = reader.take(limit).read_to_end(&mut bytes);
            bytes
        };
        let capture = Self {
            limit,
            reader: thread::spawn(read),
        };
        Ok((writer, capture))
    }

    /// Waits until every process has closed its end of the pipe, and returns what they printed.
    fn finish(self) -> Captured {
        let bytes = self.reader.join().unwrap_or_default();
        Captured {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            flooded: bytes.len() as u64 >= self.limit,
        }
    }
}
