//! Grading of all jobs on all cores, and of doubtful ones once more.
//!
//! A second attempt has a core of its own: however many of them run at one time, none takes another's. So they need not
//! wait for each other.

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use crate::begun::BegunJobs;
use crate::budget::Budgets;
use crate::context::GradingContext;
use crate::job::{GradedJob, Job, grade_job};
use crate::results::{ExerciseOutcome, ExerciseResult};
use crate::slot::Slot;

/// The bookkeeping of jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ledger<'a> {
    pub(crate) budgets: &'a Budgets,
    /// The list of jobs that are begun; `None` where no run can be continued.
    pub(crate) begun: Option<&'a BegunJobs>,
}

/// Grades jobs on `cores` cores; passes each result to `keep` as soon as it is final.
///
/// # Errors
/// The first that `keep` returns. No job is begun after it.
pub(crate) fn grade_all<E>(
    context: &GradingContext<'_>,
    ledger: Ledger<'_>,
    jobs: &[Job<'_>],
    cores: usize,
    mut keep: impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<(), E> {
    let bar = bar(jobs.len());
    let budgets = ledger.budgets;
    let first_attempt = |job: &&Job<'_>, slot| {
        if let Some(begun) = ledger.begun {
            begun.begin(&job.key);
        }
        grade_job(context, job, budgets.of(&job.owners), slot)
    };
    let all: Vec<_> = jobs.iter().collect();
    let mut doubtful = Vec::new();
    in_parallel(&Slot::some(cores), all, first_attempt, |job, graded| {
        if graded.is_doubtful && !budgets.of(&job.owners).is_exhausted() {
            doubtful.push((job, graded));
            return Ok(());
        }
        bar.inc(1);
        keep(graded)
    })?;
    if !doubtful.is_empty() {
        bar.set_message(", then once more what was too slow or killed");
    }
    let second_attempt = |(job, _): &(&Job<'_>, GradedJob), slot| {
        grade_job(context, job, budgets.of(&job.owners), slot)
    };
    in_parallel(
        &Slot::with_cores(cores),
        doubtful,
        second_attempt,
        |(_, first), second| {
            bar.inc(1);
            keep(first.confirmed_by(second))
        },
    )?;
    bar.finish_and_clear();
    Ok(())
}

/// Works on items at all slots; passes each with its result to `each`.
fn in_parallel<T: Sync + Send, R: Send, E>(
    slots: &[Slot],
    items: Vec<T>,
    work: impl Fn(&T, Slot) -> R + Sync,
    mut each: impl FnMut(T, R) -> Result<(), E>,
) -> Result<(), E> {
    let waiting = Mutex::new(items.into_iter());
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for &slot in slots {
            let (sender, waiting, work) = (sender.clone(), &waiting, &work);
            scope.spawn(move || {
                while let Some(item) = take_next(waiting) {
                    let result = work(&item, slot);
                    if sender.send((item, result)).is_err() {
                        break; // the journal could not be written
                    }
                }
            });
        }
        drop(sender);
        while let Ok((item, result)) = results.recv() {
            if let Err(error) = each(item, result) {
                drop(results);
                return Err(error);
            }
        }
        Ok(())
    })
}

fn take_next<T>(waiting: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    // A lock that a panic has poisoned still guards a list of jobs.
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.next()
}

/// Makes a progress bar with the time left.
fn bar(jobs: usize) -> ProgressBar {
    let bar = ProgressBar::new(jobs as u64);
    let template = "grading {bar:30} {pos} of {len}, {eta} left{msg}";
    // The template is a constant; should indicatif no longer like it, its own will do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Lists the grader's own faults among results.
pub(crate) fn faults<'a>(results: impl Iterator<Item = &'a ExerciseResult>) -> Vec<String> {
    let mut faults = Vec::new();
    for result in results {
        if let ExerciseOutcome::Fault { message } = &result.outcome {
            faults.push(format!("{}: {message}", result.exercise));
        }
    }
    faults
}

/// Returns the number of cores.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
