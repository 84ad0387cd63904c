//! The mutants of an exercise, graded one by one.

use std::collections::BTreeSet;
use std::path::Path;

use attentive_grader::{Failure, Verdict, Worker, grade};

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
    on_mutant: impl Fn(),
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
    let built = MutantCrate::write(root, exercise, "mutants", &sources, changes)?.build()?;
    built.ensure_sound(exercise)?;
    let mut tried = Vec::new();
    for (index, mutant) in found.into_iter().enumerate() {
        let outcome = if built.unviable.contains(&index) {
            Outcome::Unviable
        } else {
            run(exercise, built.worker(exercise, index))
        };
        tried.push(Tried { mutant, outcome });
        on_mutant();
    }
    Ok(Survey { tried })
}

/// Grades one mutant; the first failure decides.
fn run(exercise: &Authored, mut worker: Worker) -> Outcome {
    for task in &exercise.pack.manifest().tasks {
        let graded = grade(&exercise.pack, task, &mut worker);
        match graded.first_failure().map(|grade| &grade.verdict) {
            None => {}
            Some(Verdict::NoReply(Failure::TimedOut { .. })) => return Outcome::TimedOut,
            Some(_) => return Outcome::Killed,
        }
    }
    Outcome::Survived
}
