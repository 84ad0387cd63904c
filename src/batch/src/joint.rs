//! Grading several exercises of a submission together: one compiler, one program, and one sandbox for each of the two.
//!
//! Only plain code takes part, and the joint program only ever decides what is clear. Sources that do not compile are
//! compiled alone, and a task that a shared worker does not survive gets a worker of its own, so every other verdict is that
//! which the exercise would have alone.

mod module;
mod program;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::attempt::{grade_job, run};
use crate::budget::Budgets;
use crate::compile::{Compiled, compile};
use crate::context::GradingContext;
use crate::job::{GradedJob, Job};
use crate::permissions::make_executable;
use crate::run_worker::{WorkerBinary, share_worker};
use crate::slot::Slot;
use program::{suitable, write_program};

/// The number of times that a joint program is compiled, each time without the exercises that the compiler named.
const ROUNDS: usize = 3;

/// Grades jobs, those together for which it makes no difference; passes each result to `keep` when it is known.
pub(crate) fn grade_jobs<'a, 'j>(
    context: &GradingContext<'_>,
    jobs: &[&'a Job<'j>],
    budgets: &Budgets,
    slot: Slot,
    keep: &mut dyn FnMut(&'a Job<'j>, GradedJob),
) {
    let mut alone = jobs.to_vec();
    // Without a program, whatever the reason is, each has to do without the others.
    if let Ok(Some(joint)) = JointProgram::compile(context, jobs, budgets, slot) {
        joint.grade(context, budgets, slot, keep);
        let is_left = |job: &&Job<'_>| joint.jobs.iter().all(|done| done.key != job.key);
        alone.retain(is_left);
    }
    for job in alone {
        let graded = grade_job(context, job, budgets.of(&job.owners), slot);
        keep(job, graded);
    }
}

/// The compiled program of several jobs.
struct JointProgram<'a, 'j> {
    jobs: Vec<&'a Job<'j>>,
    file: PathBuf,
    /// The time that it took to compile it, for each of the jobs.
    time: Duration,
    _folder: TempDir,
}

impl<'a, 'j> JointProgram<'a, 'j> {
    /// Compiles as many jobs into one program as can be.
    fn compile(
        context: &GradingContext<'_>,
        jobs: &[&'a Job<'j>],
        budgets: &Budgets,
        slot: Slot,
    ) -> io::Result<Option<Self>> {
        let mut jobs = suitable(context, jobs);
        for _ in 0..ROUNDS {
            jobs.retain(|job| !budgets.of(&job.owners).is_exhausted());
            if jobs.len() < 2 {
                break;
            }
            let (compiled, program) = Self::compile_all(context, jobs, budgets, slot)?;
            let message = match compiled {
                Compiled::Worker => return Ok(Some(program)),
                Compiled::Rejected(message) => message,
                Compiled::Limit(_) | Compiled::Fault(_) => break,
            };
            let named = named_folders(&message);
            jobs = program.jobs;
            let before = jobs.len();
            jobs.retain(|job| !named.contains(job.exercise.folder.as_str()));
            if jobs.len() == before {
                break;
            }
        }
        Ok(None)
    }

    /// Compiles jobs into one program. Each is charged an equal part of the time.
    fn compile_all(
        context: &GradingContext<'_>,
        jobs: Vec<&'a Job<'j>>,
        budgets: &Budgets,
        slot: Slot,
    ) -> io::Result<(Compiled, Self)> {
        let start = Instant::now();
        let folder = tempfile::tempdir_in(context.scratch)?;
        make_executable(folder.path())?;
        let stage = folder.path().join("course");
        let file = folder.path().join("worker");
        let program = write_program(context, &jobs, &stage)?;
        let remaining = jobs
            .iter()
            .map(|job| budgets.of(&job.owners).remaining())
            .min();
        let remaining = remaining.unwrap_or(Duration::MAX);
        let compiled = compile(context, &program, &stage, &file, remaining, slot)?;
        if matches!(compiled, Compiled::Worker) {
            make_executable(&file)?;
        }
        let time = start.elapsed() / u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        for job in &jobs {
            budgets.of(&job.owners).charge(time);
        }
        let joint = Self {
            jobs,
            file,
            time,
            _folder: folder,
        };
        Ok((compiled, joint))
    }

    /// Runs all jobs: with one worker where that decides, and with workers of their own where it does not.
    fn grade(
        &self,
        context: &GradingContext<'_>,
        budgets: &Budgets,
        slot: Slot,
        keep: &mut dyn FnMut(&'a Job<'j>, GradedJob),
    ) {
        let binary = WorkerBinary {
            file: &self.file,
            libraries: &context.dependencies.shared(),
            is_joint: true,
        };
        let mut asked = Vec::new();
        for job in &self.jobs {
            asked.push((job.exercise, budgets.of(&job.owners)));
        }
        // A sandbox that cannot be entered is each exercise's own fault to report.
        let shared = share_worker(context, &asked, binary, slot).unwrap_or_default();
        let mut shared = shared.into_iter();
        for job in &self.jobs {
            let shared = shared.next().unwrap_or_default();
            let (budget, compiling) = (budgets.of(&job.owners), self.time.as_secs_f64());
            let together = shared.time;
            let start = Instant::now();
            let attempt = run(context, job, binary, shared, compiling, budget, slot);
            let running = (together + start.elapsed()).as_secs_f64();
            keep(job, attempt.graded(job, running));
        }
    }
}

/// Returns the folders of exercises in which a compiler's message finds something wrong.
fn named_folders(message: &str) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for line in message.lines() {
        let place = line.trim_start();
        let path = place
            .strip_prefix("--> exercises/")
            .or_else(|| place.strip_prefix("::: exercises/"));
        named.extend(path.and_then(|path| path.split('/').next()));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_exercises_that_it_is_about() {
        let message = "error[E0308]: mismatched types\n  --> exercises/05-a/src/lib.rs:3:5\n   |\n\
                       3 | // exercises/06-b/src/lib.rs\n   |\n   ::: exercises/07-c/tests/grade.rs:1:1";
        assert_eq!(named_folders(message), BTreeSet::from(["05-a", "07-c"]));
    }
}
