//! Grading of all jobs on all cores, and of doubtful ones once more.
//!
//! A second attempt has a core of its own: however many of them run at one time, none takes another's. So they need not
//! wait for each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use crate::attempt::grade_job;
use crate::begun::BegunJobs;
use crate::budget::Budgets;
use crate::context::GradingContext;
use crate::job::{GradedJob, Job};
use crate::joint::grade_jobs;
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
pub(crate) fn grade_all<'a, 'j, E>(
    context: &GradingContext<'_>,
    ledger: Ledger<'_>,
    jobs: &'a [Job<'j>],
    cores: usize,
    mut keep: impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<(), E> {
    let bar = bar(jobs.len());
    let budgets = ledger.budgets;
    let first_attempts =
        |bundle: Bundle<'a, 'j>, slot, done: &mut Done<'_, (&'a Job<'j>, GradedJob)>| {
            if let Some(begun) = ledger.begun {
                bundle.iter().for_each(|job| begun.begin(&job.key));
            }
            grade_jobs(context, &bundle, budgets, slot, &mut |job, graded| {
                done((job, graded));
            });
        };
    let mut doubtful = Vec::new();
    let bundles = bundles(jobs, |job| job.owners.first().copied(), cores);
    in_parallel(
        &Slot::some(cores),
        bundles,
        first_attempts,
        |(job, graded)| {
            if graded.is_doubtful && !budgets.of(&job.owners).is_exhausted() {
                doubtful.push((job, graded));
                return Ok(());
            }
            bar.inc(1);
            keep(graded)
        },
    )?;
    if !doubtful.is_empty() {
        bar.set_message(", then once more what was too slow or killed");
    }
    let second_attempt = |(job, first): (&'a Job<'j>, GradedJob), slot, done: &mut Done<'_, _>| {
        let second = grade_job(context, job, budgets.of(&job.owners), slot);
        done(first.confirmed_by(second));
    };
    in_parallel(
        &Slot::with_cores(cores),
        doubtful,
        second_attempt,
        |graded| {
            bar.inc(1);
            keep(graded)
        },
    )?;
    bar.finish_and_clear();
    Ok(())
}

/// Jobs that one core grades, together where that makes no difference.
type Bundle<'a, 'j> = Vec<&'a Job<'j>>;

/// Takes a result.
type Done<'a, R> = dyn FnMut(R) + 'a;

/// Makes bundles of the items that first belong to the same submission, so that equal sources are in one of them. With few
/// submissions, there are as many bundles as cores.
pub(crate) fn bundles<T>(
    items: &[T],
    first_owner: impl Fn(&T) -> Option<usize>,
    cores: usize,
) -> Vec<Vec<&T>> {
    let mut by_owner: BTreeMap<Option<usize>, Vec<&T>> = BTreeMap::new();
    for item in items {
        by_owner.entry(first_owner(item)).or_default().push(item);
    }
    let most = items.len().div_ceil(cores).max(1);
    let mut bundles = Vec::new();
    for bundle in by_owner.into_values() {
        bundles.extend(bundle.chunks(most).map(<[_]>::to_vec));
    }
    bundles
}

/// Works on items at all slots; passes each result to `each`.
fn in_parallel<T: Send, R: Send, E>(
    slots: &[Slot],
    items: Vec<T>,
    work: impl Fn(T, Slot, &mut Done<'_, R>) + Sync,
    mut each: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let waiting = Mutex::new(items.into_iter());
    let is_over = AtomicBool::new(false);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for &slot in slots {
            let (sender, waiting, work, is_over) = (sender.clone(), &waiting, &work, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed)
                    && let Some(item) = take_next(waiting)
                {
                    // Nobody takes a result when the journal could not be written.
                    work(item, slot, &mut |result| _ = sender.send(result));
                }
            });
        }
        drop(sender);
        while let Ok(result) = results.recv() {
            if let Err(error) = each(result) {
                is_over.store(true, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_submission_is_one_bundle_unless_cores_would_have_nothing_to_do() {
        let owners = [0, 1, 0, 1, 2];
        let sizes = |cores| -> Vec<usize> {
            let bundles = bundles(&owners, |owner| Some(*owner), cores);
            bundles.iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(1), [2, 2, 1]);
        assert_eq!(sizes(2), [2, 2, 1]);
        assert_eq!(sizes(5), [1, 1, 1, 1, 1]);
        assert_eq!(sizes(100), [1, 1, 1, 1, 1]);
    }
}
