//! Jobs: the sources of each exercise once, however many students handed them in.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use crate::compile::{Compiled, compile};
use crate::context::{CacheContexts, GradingContext};
use crate::course::{Course, Exercise};
use crate::intake::{Collected, Submission};
use crate::results::{ExerciseOutcome, ExerciseResult, Seconds};
use crate::run_worker::{WorkerBinary, run_worker};

/// The sources of one exercise, to be graded once.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The key under which its result is stored.
    pub(crate) key: String,
    pub(crate) exercise: &'a Exercise,
    pub(crate) sources: &'a BTreeMap<String, String>,
}

/// A graded job.
#[derive(Debug)]
pub(crate) struct GradedJob {
    pub(crate) result: ExerciseResult,
    pub(crate) pictures: Vec<Picture>,
    /// `true` if the machine's load may have had a part in it: then it is tried again, alone, before it counts.
    pub(crate) is_doubtful: bool,
}

/// The picture of a task's first failure.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) task: String,
    pub(crate) svg: String,
}

/// Returns the sources of an exercise, if they can be compiled at all.
pub(crate) fn sources<'a>(
    submission: &'a Submission,
    exercise: &Exercise,
) -> Option<&'a BTreeMap<String, String>> {
    match submission.collected.get(&exercise.folder)? {
        Collected::Sources(sources) if sources.contains_key("lib.rs") => Some(sources),
        Collected::Sources(_) | Collected::Unusable(_) => None,
    }
}

/// Makes a job of each exercise's stub.
pub(crate) fn stub_jobs<'a>(course: &'a Course, contexts: &CacheContexts) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for exercise in &course.exercises {
        let sources = &exercise.stub;
        jobs.push(Job {
            key: contexts.key(exercise, sources),
            exercise,
            sources,
        });
    }
    jobs
}

/// Makes the jobs of all submissions, in the order of exercises; equal sources become one job.
pub(crate) fn submission_jobs<'a>(
    course: &'a Course,
    submissions: &'a [Submission],
    contexts: &CacheContexts,
) -> Vec<Job<'a>> {
    let mut jobs = BTreeMap::new();
    for (nth, exercise) in course.exercises.iter().enumerate() {
        for submission in submissions {
            let Some(sources) = sources(submission, exercise) else {
                continue;
            };
            let key = contexts.key(exercise, sources);
            jobs.entry((nth, key.clone())).or_insert(Job {
                key,
                exercise,
                sources,
            });
        }
    }
    jobs.into_values().collect()
}

/// Compiles and grades a job; `slot` tells those apart that run at one time.
pub(crate) fn grade_job(context: &GradingContext<'_>, job: &Job<'_>, slot: usize) -> GradedJob {
    let start = Instant::now();
    let attempt = attempt(context, job, slot).unwrap_or_else(|error| Attempt {
        outcome: ExerciseOutcome::Fault {
            message: format!("{error} (is the disk full?)"),
        },
        compiling: 0.0,
        pictures: Vec::new(),
        is_doubtful: true,
    });
    let seconds = Seconds {
        compiling: attempt.compiling,
        running: start.elapsed().as_secs_f64() - attempt.compiling,
    };
    GradedJob {
        result: ExerciseResult {
            key: job.key.clone(),
            exercise: job.exercise.folder.clone(),
            outcome: attempt.outcome,
            seconds,
            unsteady: false,
        },
        pictures: attempt.pictures,
        is_doubtful: attempt.is_doubtful,
    }
}

/// One attempt at a job.
struct Attempt {
    outcome: ExerciseOutcome,
    /// Seconds that compiling took.
    compiling: f64,
    pictures: Vec<Picture>,
    is_doubtful: bool,
}

impl Attempt {
    /// Makes an attempt that ended before any task was run.
    fn without_run(outcome: ExerciseOutcome, compiling: f64, is_doubtful: bool) -> Self {
        Self {
            outcome,
            compiling,
            pictures: Vec::new(),
            is_doubtful,
        }
    }
}

fn attempt(context: &GradingContext<'_>, job: &Job<'_>, slot: usize) -> io::Result<Attempt> {
    let start = Instant::now();
    let folder = tempfile::tempdir_in(context.scratch)?;
    make_executable(folder.path())?;
    let stage = folder.path().join("course");
    fs::create_dir(&stage)?;
    let compiled = compile(context, job.exercise, job.sources, &stage, slot)?;
    let compiling = start.elapsed().as_secs_f64();
    let worker = match compiled {
        Compiled::Worker(bytes) => bytes,
        Compiled::Rejected(message) => {
            let limit = None;
            let outcome = ExerciseOutcome::NotCompiled { message, limit };
            return Ok(Attempt::without_run(outcome, compiling, false));
        }
        Compiled::Limit(limit) => {
            let outcome = ExerciseOutcome::NotCompiled {
                message: format!("the compiler needed more than {limit}"),
                limit: Some(limit.to_string()),
            };
            return Ok(Attempt::without_run(outcome, compiling, true));
        }
        Compiled::Fault(message) => {
            let outcome = ExerciseOutcome::Fault { message };
            return Ok(Attempt::without_run(outcome, compiling, true));
        }
    };
    let file = folder.path().join("worker");
    fs::write(&file, worker)?;
    make_executable(&file)?;
    let binary = WorkerBinary {
        file: &file,
        libraries: &context.dependencies.shared(),
    };
    let graded = match run_worker(context, job.exercise, binary, slot) {
        Ok(graded) => graded,
        Err(error) => {
            let message = error.to_string();
            let outcome = ExerciseOutcome::Fault { message };
            return Ok(Attempt::without_run(outcome, compiling, true));
        }
    };
    let is_doubtful = graded.iter().any(|task| task.is_doubtful);
    let (mut tasks, mut pictures) = (Vec::new(), Vec::new());
    for task in graded {
        if let Some(svg) = task.picture {
            pictures.push(Picture {
                task: task.result.name.clone(),
                svg,
            });
        }
        tasks.push(task.result);
    }
    Ok(Attempt {
        outcome: ExerciseOutcome::Ran { tasks },
        compiling,
        pictures,
        is_doubtful,
    })
}

/// Lets every user enter a folder or run a file: root's sandboxes run as another user.
fn make_executable(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}
