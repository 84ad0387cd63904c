//! Grading of all jobs on all cores, and of doubtful ones once more, alone.

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use crate::context::GradingContext;
use crate::job::{GradedJob, Job, grade_job};
use crate::results::{ExerciseOutcome, ExerciseResult};

/// Grades jobs on `cores` cores; passes each result to `keep` as soon as it is final.
///
/// # Errors
/// The first that `keep` returns. No job is begun after it.
pub(crate) fn grade_all<E>(
    context: &GradingContext<'_>,
    jobs: &[Job<'_>],
    cores: usize,
    mut keep: impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<(), E> {
    let bar = bar(jobs.len());
    let doubtful = in_parallel(context, jobs, cores, |graded| {
        bar.inc(1);
        keep(graded)
    })?;
    if !doubtful.is_empty() {
        bar.set_message(", then once more what was too slow or killed");
    }
    for (job, first) in doubtful {
        let mut second = grade_job(context, job, 0);
        second.result.unsteady = !second.result.outcome.agrees_with(&first.result.outcome);
        keep(second)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Grades all jobs; returns those whose results are doubtful instead of passing them on.
fn in_parallel<'a, 'j, E>(
    context: &GradingContext<'_>,
    jobs: &'a [Job<'j>],
    cores: usize,
    mut keep: impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<Vec<(&'a Job<'j>, GradedJob)>, E> {
    let waiting = Mutex::new(jobs.iter());
    let (sender, results) = mpsc::channel();
    let mut doubtful = Vec::new();
    thread::scope(|scope| {
        for slot in 1..=cores {
            let (sender, waiting) = (sender.clone(), &waiting);
            scope.spawn(move || {
                while let Some(job) = take_next(waiting) {
                    if sender.send((job, grade_job(context, job, slot))).is_err() {
                        break; // the journal could not be written
                    }
                }
            });
        }
        drop(sender);
        while let Ok((job, graded)) = results.recv() {
            if graded.is_doubtful {
                doubtful.push((job, graded));
            } else if let Err(error) = keep(graded) {
                drop(results);
                return Err(error);
            }
        }
        Ok(doubtful)
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
