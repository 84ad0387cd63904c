//! Jobs: the sources of each exercise once, however many students handed them in.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::budget::JobBudget;
use crate::compile::{Compiled, compile};
use crate::context::{CacheContexts, GradingContext};
use crate::course::{Course, Exercise};
use crate::intake::{Collected, Submission};
use crate::limits::LimitHit;
use crate::permissions::make_executable;
use crate::plain_code::is_plain;
use crate::results::{ExerciseOutcome, ExerciseResult, Seconds, TaskResult};
use crate::run_worker::{WorkerBinary, run_worker};
use crate::slot::Slot;

/// The sources of one exercise, to be graded once.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The key under which its result is stored.
    pub(crate) key: String,
    pub(crate) exercise: &'a Exercise,
    pub(crate) sources: &'a BTreeMap<String, String>,
    /// The submissions that it belongs to, by their places.
    pub(crate) owners: Vec<usize>,
}

/// A graded job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GradedJob {
    pub(crate) result: ExerciseResult,
    pub(crate) pictures: Vec<Picture>,
    /// `true` if the machine's load may have had a part in it: then it is tried again, alone, before it counts.
    pub(crate) is_doubtful: bool,
}

impl GradedJob {
    /// Makes the result of a job that ended by the grader's own fault.
    pub(crate) fn fault(job: &Job<'_>, message: String) -> Self {
        let attempt = Attempt::without_run(ExerciseOutcome::Fault { message }, 0.0, true);
        Self::new(job, attempt, 0.0)
    }

    fn new(job: &Job<'_>, attempt: Attempt, running: f64) -> Self {
        Self {
            result: ExerciseResult {
                key: job.key.clone(),
                exercise: job.exercise.folder.clone(),
                outcome: attempt.outcome,
                seconds: Seconds {
                    compiling: attempt.compiling,
                    running,
                },
                unsteady: false,
                over_budget: attempt.over_budget,
            },
            pictures: attempt.pictures,
            is_doubtful: attempt.is_doubtful,
        }
    }

    /// Returns the result that counts of a doubtful one and a second attempt: the second, if there was time for all of
    /// it.
    pub(crate) fn confirmed_by(self, mut second: Self) -> Self {
        let seconds = self.result.seconds + second.result.seconds;
        let unsteady = !second.result.outcome.agrees_with(&self.result.outcome);
        second.result.unsteady = unsteady;
        let mut counts = if second.result.over_budget {
            self
        } else {
            second
        };
        counts.result.seconds = seconds;
        counts
    }
}

/// The picture of a task's first failure.
#[derive(Debug, Serialize, Deserialize)]
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
            owners: Vec::new(),
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
        for (owner, submission) in submissions.iter().enumerate() {
            let Some(sources) = sources(submission, exercise) else {
                continue;
            };
            let key = contexts.key(exercise, sources);
            let job = jobs.entry((nth, key.clone())).or_insert(Job {
                key,
                exercise,
                sources,
                owners: Vec::new(),
            });
            job.owners.push(owner);
        }
    }
    jobs.into_values().collect()
}

/// Compiles and grades a job in the time that its budget leaves; `slot` tells those apart that run at one time.
pub(crate) fn grade_job(
    context: &GradingContext<'_>,
    job: &Job<'_>,
    budget: JobBudget<'_>,
    slot: Slot,
) -> GradedJob {
    let start = Instant::now();
    let attempt = attempt(context, job, budget, slot).unwrap_or_else(|error| {
        let message = format!("{error} (is the disk full?)");
        Attempt::without_run(ExerciseOutcome::Fault { message }, 0.0, true)
    });
    let running = start.elapsed().as_secs_f64() - attempt.compiling;
    GradedJob::new(job, attempt, running)
}

/// One attempt at a job.
struct Attempt {
    outcome: ExerciseOutcome,
    /// Seconds that compiling took.
    compiling: f64,
    pictures: Vec<Picture>,
    is_doubtful: bool,
    /// `true` if the time of the submission was over before its end.
    over_budget: bool,
}

impl Attempt {
    /// Makes an attempt that ended before any task was run.
    fn without_run(outcome: ExerciseOutcome, compiling: f64, is_doubtful: bool) -> Self {
        Self {
            outcome,
            compiling,
            pictures: Vec::new(),
            is_doubtful,
            over_budget: false,
        }
    }

    /// Makes an attempt for which no time was left.
    fn over_budget(context: &GradingContext<'_>, exercise: &Exercise) -> Self {
        let tasks = &exercise.pack.manifest().tasks;
        let limit = context.limits.submission;
        let tasks = tasks
            .iter()
            .map(|task| TaskResult::over_budget(task, limit));
        let outcome = ExerciseOutcome::Ran {
            tasks: tasks.collect(),
        };
        Self {
            over_budget: true,
            ..Self::without_run(outcome, 0.0, false)
        }
    }
}

fn attempt(
    context: &GradingContext<'_>,
    job: &Job<'_>,
    budget: JobBudget<'_>,
    slot: Slot,
) -> io::Result<Attempt> {
    if budget.is_exhausted() {
        return Ok(Attempt::over_budget(context, job.exercise));
    }
    let start = Instant::now();
    let folder = tempfile::tempdir_in(context.scratch)?;
    make_executable(folder.path())?;
    let stage = folder.path().join("course");
    fs::create_dir(&stage)?;
    let file = folder.path().join("worker");
    let compiled = compile(
        context,
        job.exercise,
        job.sources,
        &stage,
        &file,
        budget,
        slot,
    )?;
    budget.charge(start.elapsed());
    let compiling = start.elapsed().as_secs_f64();
    match compiled {
        Compiled::Worker => make_executable(&file)?,
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
            let over_budget = matches!(limit, LimitHit::SubmissionTime(_));
            return Ok(Attempt {
                over_budget,
                ..Attempt::without_run(outcome, compiling, !over_budget)
            });
        }
        Compiled::Fault(message) => {
            let outcome = ExerciseOutcome::Fault { message };
            return Ok(Attempt::without_run(outcome, compiling, true));
        }
    }
    let binary = WorkerBinary {
        file: &file,
        libraries: &context.dependencies.shared(),
        is_plain: is_plain(job.sources),
    };
    let graded = match run_worker(context, job.exercise, binary, budget, slot) {
        Ok(graded) => graded,
        Err(error) => {
            let message = error.to_string();
            let outcome = ExerciseOutcome::Fault { message };
            return Ok(Attempt::without_run(outcome, compiling, true));
        }
    };
    let over_budget = graded.iter().any(|task| task.over_budget);
    // Without time, there is no second attempt.
    let is_doubtful = !over_budget && graded.iter().any(|task| task.is_doubtful);
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
        over_budget,
    })
}
