//! The mutants of an exercise, graded one by one.

use std::collections::BTreeSet;
use std::path::Path;

use attentive_grader::{Failure, Task, Verdict, Worker, first_failure};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::course::Authored;
use crate::error::ProofError;
use crate::mutant_crate::{Change, MutantCrate, read_sources};
use crate::mutate::{Mutant, mutants};
use crate::wrong_answers::right_answers;

/// The outcome of grading a mutant, in the words of mutation testing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It does not compile, and counts for nothing.
    Unviable,
    /// The grader rejected it.
    Killed,
    /// The grader rejected it because it did not return in time.
    TimedOut,
    /// The grader accepted it.
    Survived,
}

/// A mutant that was tried.
#[derive(Debug)]
pub struct Tried {
    /// The change to the solution.
    pub mutant: Mutant,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcomes of all mutants of one exercise.
#[derive(Debug)]
pub struct Survey {
    /// Every mutant, in the order of the solution's text.
    pub tried: Vec<Tried>,
}

impl Survey {
    /// Counts the mutants with an outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.tried
            .iter()
            .filter(|tried| tried.outcome == outcome)
            .count()
    }

    /// Returns the mutants that the grader accepted.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.tried
            .iter()
            .filter(|tried| tried.outcome == Outcome::Survived)
            .map(|tried| &tried.mutant)
    }
}

/// Makes, compiles and grades every mutant of an exercise's solution, and of the other right answers that wrong ones are
/// made from. `root` is the course's; `on_mutant` is called after each that has been tried.
///
/// # Errors
/// When the mutants cannot be written, or not even the unchanged solution compiles and passes.
pub fn survey(
    root: &Path,
    exercise: &Authored,
    on_mutant: impl Fn() + Sync,
) -> Result<Survey, ProofError> {
    let sources = read_sources(&exercise.folder)?;
    let mut originals: Vec<Change> = sources.iter().map(Change::none).collect();
    originals.extend(right_answers(exercise, &sources)?);
    let (mut found, mut changes, mut titles) = (Vec::new(), Vec::new(), BTreeSet::new());
    for Change { path, text } in &originals {
        let earlier = titles.clone();
        for mutant in mutants(text).map_err(ProofError::text(path))? {
            // Most of a right answer is as in the solution, and so are its mutants.
            if earlier.contains(&mutant.title()) {
                continue;
            }
            titles.insert(mutant.title());
            changes.push(Change {
                path: path.clone(),
                text: mutant.apply(text),
            });
            found.push(mutant);
        }
    }
    let built = MutantCrate::write(root, exercise, "mutants", sources, changes)?.build()?;
    let limit = built.ensure_sound(exercise)?.to_reject;
    // Most of the time goes into processes that are started and waited for, so they run side by side.
    let outcomes: Vec<Outcome> = found
        .par_iter()
        .enumerate()
        .map(|(index, mutant)| {
            let outcome = if built.unviable.contains(&index) {
                Outcome::Unviable
            } else {
                run(exercise, mutant, built.worker(exercise, index, limit))
            };
            on_mutant();
            outcome
        })
        .collect();
    let mut tried = Vec::new();
    for (mutant, outcome) in found.into_iter().zip(outcomes) {
        tried.push(Tried { mutant, outcome });
    }
    Ok(Survey { tried })
}

/// Grades one mutant; the first failure decides.
fn run(exercise: &Authored, mutant: &Mutant, mut worker: Worker) -> Outcome {
    // The task of the changed function is the one that most likely fails, and then no other has to be run.
    let mut tasks: Vec<&Task> = exercise.pack.manifest().tasks.iter().collect();
    tasks.sort_by_key(|task| task.name != mutant.function);
    for task in tasks {
        match first_failure(&exercise.pack, task, &mut worker) {
            None => {}
            Some(Verdict::NoReply(Failure::TimedOut { .. })) => return Outcome::TimedOut,
            Some(_) => return Outcome::Killed,
        }
    }
    Outcome::Survived
}
