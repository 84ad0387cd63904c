//! Stage 2: asking a sandboxed worker, case by case. It never holds an expected value; what it says is compared here.

use std::io::{self, PipeWriter, Read};
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use attentive_course::text::format_seconds;
use attentive_grader::{
    Case, Failure, Finding, ProcessEnd, Reply, Report, Respond, Signal, SourceLocation, TaskGrade,
    Verdict, Worker, grade, plot,
};

use crate::course::Exercise;
use crate::limits::Limits;
use crate::results::TaskResult;
use crate::sandbox::{ENTERED, LaunchSpec, Mounts, Sandbox, Step, SyscallFilter};
use crate::text::plain;

/// The most cells that a picture may have; a reply may have any shape.
const MAX_PLOT_CELLS: usize = 4096;

/// The words of [`ProcessEnd::RefusedCall`].
pub(crate) const CASE_NOT_UNDERSTOOD: &str = "it replied that it cannot be asked";

/// A task's result, and the picture of its first failure.
pub(crate) type GradedTask = (TaskResult, Option<String>);

/// A worker's program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkerBinary<'a> {
    /// Its file.
    pub(crate) file: &'a Path,
    /// The folder of the shared libraries that it starts with.
    pub(crate) libraries: &'a Path,
}

/// Grades one task after the other. The error is the grader's own fault.
pub(crate) fn run_worker(
    sandbox: &Sandbox,
    limits: &Limits,
    exercise: &Exercise,
    program: WorkerBinary<'_>,
    slot: usize,
) -> Result<Vec<GradedTask>, String> {
    let mut graded_tasks = Vec::new();
    for task in &exercise.pack.manifest().tasks {
        let mut command = command(sandbox, limits, program, slot);
        let (prints, capture) = StderrCapture::spawn(&mut command, limits.output << 10)
            .map_err(|error| format!("the worker has no pipe for what it prints: {error}"))?;
        let worker = Worker::new(command, limits.call, prints);
        let mut answers = BoundedWorker {
            worker,
            end: Instant::now() + limits.task,
            limit: limits.task,
        };
        let mut graded = grade(&exercise.pack, task, &mut answers);
        drop(answers); // only when it has gone, has all been said
        let captured = capture.finish();
        let Some(text) = captured.text.strip_prefix(ENTERED) else {
            return Err(format!(
                "the sandbox could not be entered: {}",
                plain(captured.text.trim())
            ));
        };
        for grade in &mut graded.grades {
            explain_crash(&mut grade.verdict, text);
        }
        let limit = if captured.flooded && !graded.passed() {
            Some(format!("{} KiB of output", limits.output))
        } else {
            limit_hit(&graded, text, limits)
        };
        graded_tasks.push(task_result(exercise, &graded, limit));
    }
    Ok(graded_tasks)
}

fn command(sandbox: &Sandbox, limits: &Limits, program: WorkerBinary<'_>, slot: usize) -> Command {
    let libraries = sandbox.path(program.libraries, "/libraries");
    let step = Step {
        program: sandbox.path(program.file, "/worker"),
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
    let shown = [(program.file, "/worker"), (program.libraries, "/libraries")];
    sandbox.command(
        &Mounts::new(shown.map(|(real, shown)| (real.to_owned(), shown.into()))),
        slot,
        spec,
    )
}

/// A worker with a limit on all of its calls together. What it says of the course is not believed: that the course is
/// in order was found out without it.
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

/// Names the reason for a process's end, where what it printed tells.
fn explain_crash(verdict: &mut Verdict, printed: &str) {
    if let Verdict::NoReply(Failure::Crashed(end)) = verdict {
        if printed.contains("has overflowed its stack") {
            *end = ProcessEnd::StackOverflow;
        } else if end.signal() == Some(Signal::Abort)
            && printed.contains("panicked while panicking")
        {
            *end = ProcessEnd::PanicWhilePanicking;
        }
    }
}

/// Returns the limit that a task ran into, if one.
fn limit_hit(graded: &TaskGrade, printed: &str, limits: &Limits) -> Option<String> {
    match graded.first_failure()?.verdict.failure()? {
        Failure::TimedOut { limit } if *limit == limits.task => Some(format!(
            "{} for all calls of the task",
            format_seconds(*limit)
        )),
        Failure::TimedOut { limit } => Some(format!("{} for one call", format_seconds(*limit))),
        Failure::Crashed(end) => match end.signal() {
            Some(Signal::CpuLimit) => {
                Some(format!("{} of processor time", format_seconds(limits.task)))
            }
            Some(Signal::FileSizeLimit) => Some("no files may be written".to_owned()),
            _ if printed.contains("memory allocation of") => {
                Some(format!("{} MiB of memory", limits.memory))
            }
            _ => None,
        },
        Failure::Panicked { message, .. } if message.contains("failed to spawn thread") => {
            Some(format!(
                "{} threads, or {} MiB of memory",
                limits.threads, limits.memory
            ))
        }
        _ => None,
    }
}

fn task_result(exercise: &Exercise, graded: &TaskGrade, limit: Option<String>) -> GradedTask {
    let Some(first) = graded.first_failure() else {
        return (TaskResult::new(graded, limit, String::new(), false), None);
    };
    let source = Path::new("exercises")
        .join(&exercise.folder)
        .join("src/lib.rs");
    let (name, info) = (&exercise.name, &exercise.info);
    let report = Report {
        exercise: name,
        text: info,
        root: None,
        source: &source,
        task: graded,
        grade: first,
        picture: None,
    };
    let picture = first.verdict.finding().filter(|finding| is_small(finding));
    // A picture that cannot be drawn is no reason not to say the rest.
    let picture = picture.and_then(|finding| plot::svg(finding).ok());
    (
        TaskResult::new(graded, limit, report.to_string(), picture.is_some()),
        picture,
    )
}

fn is_small(finding: &Finding) -> bool {
    let page = |shape: &[usize]| shape.iter().rev().take(2).product::<usize>() <= MAX_PLOT_CELLS;
    finding.got.ndim() <= 8 && page(finding.got.shape()) && page(finding.expected.shape())
}

/// Everything that a worker prints, read on a thread of its own up to a limit.
#[derive(Debug)]
struct StderrCapture {
    limit: u64,
    reader: JoinHandle<Vec<u8>>,
}

/// Everything that a worker printed.
struct Captured {
    text: String,
    /// `true` if it printed as much as it may, or more.
    flooded: bool,
}

impl StderrCapture {
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
