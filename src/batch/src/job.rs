//! What there is to do: each exercise's sources once, however many handed them in.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;
use std::{fs, result};

use crate::compile::{Compiled, compile};
use crate::course::{Course, Exercise};
use crate::dependencies::Dependencies;
use crate::hash::Hash;
use crate::intake::{Submission, Taken};
use crate::limits::Limits;
use crate::sandbox::Sandbox;
use crate::verdict::{Outcome, Result};
use crate::work::{Program, work};

/// What grading needs, the same for every job.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
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
pub(crate) type Done = (Result, Pictures);

/// What everything that a result depends on comes to, but for the sources: the same for all submissions.
pub(crate) fn ground(exercise: &Exercise, dependencies: &Dependencies, limits: &Limits) -> String {
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
pub(crate) fn key(ground: &str, sources: &BTreeMap<String, String>) -> String {
    let hash = Hash::new().part(ground);
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
    match submission.taken.get(&exercise.folder)? {
        Taken::Sources(sources) if sources.contains_key("lib.rs") => Some(sources),
        Taken::Sources(_) | Taken::Unusable(_) => None,
    }
}

/// The exercises as they were handed out.
pub(crate) fn stubs<'a>(course: &'a Course, grounds: &BTreeMap<String, String>) -> Vec<Job<'a>> {
    let job = |exercise: &'a Exercise| {
        let sources = &exercise.stub;
        Job {
            key: key(&grounds[&exercise.folder], sources),
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
    grounds: &BTreeMap<String, String>,
) -> Vec<Job<'a>> {
    let mut jobs = BTreeMap::new();
    for (nth, exercise) in course.exercises.iter().enumerate() {
        for submission in submissions {
            let Some(sources) = sources(submission, exercise) else {
                continue;
            };
            let key = key(&grounds[&exercise.folder], sources);
            jobs.entry((nth, key.clone())).or_insert(Job {
                key,
                exercise,
                sources,
            });
        }
    }
    jobs.into_values().collect()
}

impl Bench<'_> {
    /// Compiles and grades; `slot` numbers what runs at one time.
    pub(crate) fn grade(&self, job: &Job<'_>, slot: usize) -> Done {
        let start = Instant::now();
        let (outcome, compiled, pictures) = self.attempt(job, slot).unwrap_or_else(|error| {
            (
                Outcome::Fault {
                    message: format!("{error} (is the disk full?)"),
                },
                0.0,
                Vec::new(),
            )
        });
        let seconds = (compiled, start.elapsed().as_secs_f64() - compiled);
        let (key, exercise) = (job.key.clone(), job.exercise.folder.clone());
        (
            Result {
                key,
                exercise,
                outcome,
                seconds,
                unsteady: false,
            },
            pictures,
        )
    }

    fn attempt(&self, job: &Job<'_>, slot: usize) -> io::Result<(Outcome, f64, Pictures)> {
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
                    Outcome::NotCompiled {
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
                    Outcome::NotCompiled {
                        message,
                        limit: Some(limit),
                    },
                    seconds,
                    Vec::new(),
                ));
            }
            Compiled::Fault(message) => {
                return Ok((Outcome::Fault { message }, seconds, Vec::new()));
            }
        };
        let program = folder.path().join("worker");
        fs::write(&program, worker)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let libraries = dependencies.shared();
        let program = Program {
            file: &program,
            libraries: &libraries,
        };
        Ok(match work(sandbox, limits, job.exercise, program, slot) {
            result::Result::Ok(judged) => {
                let mut pictures = Vec::new();
                let keep = |(task, picture): crate::work::Judged| {
                    pictures.extend(picture.map(|picture| (task.name.clone(), picture)));
                    task
                };
                let tasks = judged.into_iter().map(keep).collect();
                (Outcome::Ran { tasks }, seconds, pictures)
            }
            Err(message) => (Outcome::Fault { message }, seconds, Vec::new()),
        })
    }
}
