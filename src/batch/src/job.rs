//! What there is to do: each exercise's sources once, however many handed them in.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use crate::compile::{Compiled, compile};
use crate::course::{Course, Exercise};
use crate::dependencies::Dependencies;
use crate::hash::Hash;
use crate::intake::{Collected, Submission};
use crate::limits::Limits;
use crate::results::{ExerciseOutcome, ExerciseResult};
use crate::run_worker::{WorkerBinary, run_worker};
use crate::sandbox::Sandbox;

/// What grading needs, the same for every job.
#[derive(Debug)]
pub(crate) struct GradingContext<'a> {
    pub(crate) dependencies: &'a Dependencies,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) limits: &'a Limits,
    /// A folder for what is in the making.
    pub(crate) scratch: &'a Path,
}

/// The sources of one exercise, to be graded once.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// What it is remembered by.
    pub(crate) key: String,
    pub(crate) exercise: &'a Exercise,
    pub(crate) sources: &'a BTreeMap<String, String>,
}

/// The pictures of a result, by task.
type Pictures = Vec<(String, String)>;

/// A result and its pictures.
pub(crate) type GradedJob = (ExerciseResult, Pictures);

/// What everything that a result depends on comes to, but for the sources: the same for all submissions.
pub(crate) fn cache_context(
    exercise: &Exercise,
    dependencies: &Dependencies,
    limits: &Limits,
) -> String {
    let limits = serde_json::to_string(limits).unwrap_or_default();
    let hash = Hash::new()
        .part(&exercise.folder)
        .part(&exercise.pack_hash)
        .part(&exercise.adapter);
    let hash = exercise
        .assets
        .iter()
        .fold(hash, |hash, (_, content)| hash.part(content));
    hash.part(&dependencies.id)
        .part(&dependencies.grader)
        .part(limits)
        .part(env!("CARGO_PKG_VERSION"))
        .text()
}

/// The key of an exercise's sources.
pub(crate) fn key(cache_context: &str, sources: &BTreeMap<String, String>) -> String {
    let hash = Hash::new().part(cache_context);
    sources
        .iter()
        .fold(hash, |hash, (path, text)| hash.part(path).part(text))
        .text()
}

/// The sources of an exercise that can be compiled at all.
pub(crate) fn sources<'a>(
    submission: &'a Submission,
    exercise: &Exercise,
) -> Option<&'a BTreeMap<String, String>> {
    match submission.collected.get(&exercise.folder)? {
        Collected::Sources(sources) if sources.contains_key("lib.rs") => Some(sources),
        Collected::Sources(_) | Collected::Unusable(_) => None,
    }
}

/// The exercises as they were handed out.
pub(crate) fn stubs<'a>(
    course: &'a Course,
    cache_contexts: &BTreeMap<String, String>,
) -> Vec<Job<'a>> {
    let job = |exercise: &'a Exercise| {
        let sources = &exercise.stub;
        Job {
            key: key(&cache_contexts[&exercise.folder], sources),
            exercise,
            sources,
        }
    };
    course.exercises.iter().map(job).collect()
}

/// The jobs of all submissions, in the order of exercises, and each once.
pub(crate) fn jobs<'a>(
    course: &'a Course,
    submissions: &'a [Submission],
    cache_contexts: &BTreeMap<String, String>,
) -> Vec<Job<'a>> {
    let mut jobs = BTreeMap::new();
    for (nth, exercise) in course.exercises.iter().enumerate() {
        for submission in submissions {
            let Some(sources) = sources(submission, exercise) else {
                continue;
            };
            let key = key(&cache_contexts[&exercise.folder], sources);
            jobs.entry((nth, key.clone())).or_insert(Job {
                key,
                exercise,
                sources,
            });
        }
    }
    jobs.into_values().collect()
}

impl GradingContext<'_> {
    /// Compiles and grades; `slot` numbers what runs at one time.
    pub(crate) fn grade(&self, job: &Job<'_>, slot: usize) -> GradedJob {
        let start = Instant::now();
        let (outcome, compiled, pictures) = self.attempt(job, slot).unwrap_or_else(|error| {
            (
                ExerciseOutcome::Fault {
                    message: format!("{error} (is the disk full?)"),
                },
                0.0,
                Vec::new(),
            )
        });
        let seconds = (compiled, start.elapsed().as_secs_f64() - compiled);
        let (key, exercise) = (job.key.clone(), job.exercise.folder.clone());
        (
            ExerciseResult {
                key,
                exercise,
                outcome,
                seconds,
                unsteady: false,
            },
            pictures,
        )
    }

    fn attempt(&self, job: &Job<'_>, slot: usize) -> io::Result<(ExerciseOutcome, f64, Pictures)> {
        let start = Instant::now();
        let folder = tempfile::tempdir_in(self.scratch)?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let stage = folder.path().join("course");
        fs::create_dir(&stage)?;
        let Self {
            sandbox,
            dependencies,
            limits,
            ..
        } = self;
        let compiled = compile(
            sandbox,
            dependencies,
            limits,
            job.exercise,
            job.sources,
            (&stage, slot),
        )?;
        let seconds = start.elapsed().as_secs_f64();
        let worker = match compiled {
            Compiled::Worker(bytes) => bytes,
            Compiled::Rejected(message) => {
                return Ok((
                    ExerciseOutcome::NotCompiled {
                        message,
                        limit: None,
                    },
                    seconds,
                    Vec::new(),
                ));
            }
            Compiled::Limit(limit) => {
                let message = format!("the compiler needed more than {limit}");
                return Ok((
                    ExerciseOutcome::NotCompiled {
                        message,
                        limit: Some(limit),
                    },
                    seconds,
                    Vec::new(),
                ));
            }
            Compiled::Fault(message) => {
                return Ok((ExerciseOutcome::Fault { message }, seconds, Vec::new()));
            }
        };
        let program = folder.path().join("worker");
        fs::write(&program, worker)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let libraries = dependencies.shared();
        let program = WorkerBinary {
            file: &program,
            libraries: &libraries,
        };
        Ok(
            match run_worker(sandbox, limits, job.exercise, program, slot) {
                Ok(judged) => {
                    let mut pictures = Vec::new();
                    let keep = |(task, picture): crate::run_worker::GradedTask| {
                        pictures.extend(picture.map(|picture| (task.name.clone(), picture)));
                        task
                    };
                    let tasks = judged.into_iter().map(keep).collect();
                    (ExerciseOutcome::Ran { tasks }, seconds, pictures)
                }
                Err(message) => (ExerciseOutcome::Fault { message }, seconds, Vec::new()),
            },
        )
    }
}
