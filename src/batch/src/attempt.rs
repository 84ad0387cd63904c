//! One attempt at a job: compile it, run it, and see what became of it.

use std::io;
use std::time::Instant;

use crate::budget::JobBudget;
use crate::compile::{Compiled, Program, compile, write_exercise};
use crate::context::GradingContext;
use crate::course::Exercise;
use crate::job::{GradedJob, Job, Picture};
use crate::limits::LimitHit;
use crate::permissions::make_executable;
use crate::plain_code::is_plain;
use crate::results::{ExerciseOutcome, ExerciseResult, Seconds, TaskResult};
use crate::run_worker::{SharedGrades, WorkerBinary, run_worker, share_worker};
use crate::slot::Slot;

/// Compiles and grades a job in the time that its budget leaves; `slot` tells those apart that run at one time.
pub(crate) fn grade_job(
    context: &GradingContext<'_>,
    job: &Job<'_>,
    budget: JobBudget<'_>,
    slot: Slot,
) -> GradedJob {
    let start = Instant::now();
    let attempt = attempt(context, job, budget, slot)
        .unwrap_or_else(|error| Attempt::fault(format!("{error} (is the disk full?)"), 0.0));
    let running = start.elapsed().as_secs_f64() - attempt.compiling;
    attempt.graded(job, running)
}

/// Makes the result of a job that ended by the grader's own fault.
pub(crate) fn fault(job: &Job<'_>, message: String) -> GradedJob {
    Attempt::fault(message, 0.0).graded(job, 0.0)
}

/// One attempt at a job.
pub(crate) struct Attempt {
    pub(crate) outcome: ExerciseOutcome,
    /// Seconds that compiling took.
    pub(crate) compiling: f64,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) is_doubtful: bool,
    /// `true` if the time of the submission was over before its end.
    pub(crate) over_budget: bool,
}

impl Attempt {
    /// Makes the result of the job; `running` is the time that it took beside the compiler's, in seconds.
    pub(crate) fn graded(self, job: &Job<'_>, running: f64) -> GradedJob {
        GradedJob {
            result: ExerciseResult {
                key: job.key.clone(),
                exercise: job.exercise.folder.clone(),
                outcome: self.outcome,
                seconds: Seconds {
                    compiling: self.compiling,
                    running,
                },
                unsteady: false,
                over_budget: self.over_budget,
            },
            pictures: self.pictures,
            is_doubtful: self.is_doubtful,
        }
    }

    /// Makes an attempt that ended before any task was run.
    pub(crate) fn without_run(outcome: ExerciseOutcome, compiling: f64, is_doubtful: bool) -> Self {
        Self {
            outcome,
            compiling,
            pictures: Vec::new(),
            is_doubtful,
            over_budget: false,
        }
    }

    /// Makes an attempt that the grader is at fault for. It is tried again.
    fn fault(message: String, compiling: f64) -> Self {
        Self::without_run(ExerciseOutcome::Fault { message }, compiling, true)
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
    let exercise = job.exercise;
    if budget.is_exhausted() {
        return Ok(Attempt::over_budget(context, exercise));
    }
    let start = Instant::now();
    let folder = tempfile::tempdir_in(context.scratch)?;
    make_executable(folder.path())?;
    let stage = folder.path().join("course");
    let file = folder.path().join("worker");
    write_exercise(&stage, exercise, &exercise.adapter, job.sources)?;
    let program = Program::of_exercise(context, exercise);
    let remaining = budget.remaining();
    let compiled = compile(context, &program, &stage, &file, remaining, slot)?;
    budget.charge(start.elapsed());
    let compiling = start.elapsed().as_secs_f64();
    if let Some(ended) = ended_by_compiling(compiled, compiling) {
        return Ok(ended);
    }
    make_executable(&file)?;
    let binary = WorkerBinary {
        file: &file,
        libraries: &context.dependencies.shared(),
        is_joint: false,
    };
    let mut shared = SharedGrades::default();
    if exercise.pack.manifest().tasks.len() > 1 && is_plain(job.sources, &exercise.stub) {
        match share_worker(context, &[(exercise, budget)], binary, slot) {
            Ok(grades) => shared = grades.into_iter().next().unwrap_or_default(),
            Err(error) => return Ok(Attempt::fault(error.to_string(), compiling)),
        }
    }
    Ok(run(context, job, binary, shared, compiling, budget, slot))
}

/// Returns the attempt that ended with compiling, if it did.
fn ended_by_compiling(compiled: Compiled, compiling: f64) -> Option<Attempt> {
    match compiled {
        Compiled::Worker => None,
        Compiled::Rejected(message) => {
            let limit = None;
            let outcome = ExerciseOutcome::NotCompiled { message, limit };
            Some(Attempt::without_run(outcome, compiling, false))
        }
        Compiled::Limit(limit) => {
            let outcome = ExerciseOutcome::NotCompiled {
                message: format!("the compiler needed more than {limit}"),
                limit: Some(limit.to_string()),
            };
            let over_budget = matches!(limit, LimitHit::SubmissionTime(_));
            Some(Attempt {
                over_budget,
                ..Attempt::without_run(outcome, compiling, !over_budget)
            })
        }
        Compiled::Fault(message) => Some(Attempt::fault(message, compiling)),
    }
}

/// Runs a compiled job, for which compiling took some seconds.
pub(crate) fn run(
    context: &GradingContext<'_>,
    job: &Job<'_>,
    binary: WorkerBinary<'_>,
    shared: SharedGrades,
    compiling: f64,
    budget: JobBudget<'_>,
    slot: Slot,
) -> Attempt {
    let graded = match run_worker(context, job.exercise, binary, shared, budget, slot) {
        Ok(graded) => graded,
        Err(error) => return Attempt::fault(error.to_string(), compiling),
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
    Attempt {
        outcome: ExerciseOutcome::Ran { tasks },
        compiling,
        pictures,
        is_doubtful,
        over_budget,
    }
}
