//! Grading of all jobs on all cores, and of doubtful ones once more, alone.

use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use crate::job::{GradedJob, GradingContext, Job};
use crate::results::{ExerciseOutcome, ExerciseResult};

/// Grades jobs on `cores` cores; each result goes to `keep` as soon as it is known for good.
///
/// # Errors
/// The first that `keep` returns. Nothing is begun after it.
pub(crate) fn grade_all<E>(
    bench: &GradingContext<'_>,
    jobs: &[Job<'_>],
    cores: usize,
    mut keep: impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<(), E> {
    let bar = bar(jobs.len());
    let doubtful = in_parallel(bench, jobs, cores, &mut |done| {
        bar.inc(1);
        keep(done)
    })?;
    if !doubtful.is_empty() {
        bar.set_message(", then once more what was too slow or killed");
    }
    for (job, (first, _)) in doubtful {
        let (second, pictures) = bench.grade(job, 0);
        let unsteady = !second.agrees(&first);
        keep((ExerciseResult { unsteady, ..second }, pictures))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

type Doubtful<'a, 'j> = Vec<(&'a Job<'j>, GradedJob)>;

/// Grades all jobs; returns those whose results are doubtful instead of passing them on.
fn in_parallel<'a, 'j, E>(
    bench: &GradingContext<'_>,
    jobs: &'a [Job<'j>],
    cores: usize,
    keep: &mut impl FnMut(GradedJob) -> Result<(), E>,
) -> Result<Doubtful<'a, 'j>, E> {
    let waiting = Mutex::new(jobs.iter());
    let (sender, results) = mpsc::channel();
    let mut doubtful = Vec::new();
    thread::scope(|scope| {
        for slot in 1..=cores {
            let (sender, waiting) = (sender.clone(), &waiting);
            scope.spawn(move || {
                // A lock that a panic has poisoned still guards a list of jobs.
                let next = || {
                    waiting
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .next()
                };
                while let Some(job) = next() {
                    if sender.send((job, bench.grade(job, slot))).is_err() {
                        break; // the journal could not be written
                    }
                }
            });
        }
        drop(sender);
        while let Ok((job, done)) = results.recv() {
            if done.0.is_doubtful() {
                doubtful.push((job, done));
            } else if let Err(error) = keep(done) {
                drop(results);
                return Err(error);
            }
        }
        Ok(doubtful)
    })
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
    let fault = |result: &ExerciseResult| match &result.outcome {
        ExerciseOutcome::Fault { message } => Some(format!("{}: {message}", result.exercise)),
        _ => None,
    };
    results.filter_map(fault).collect()
}

/// Returns the number of cores.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
