//! The mutants of an exercise, graded one by one.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use attentive_grader::{Failure, ReplyBounds, Verdict, Worker, grade};

use crate::course::Authored;
use crate::error::ProofError;
use crate::mutant_crate::{MUTANT, MutantCrate};
use crate::mutate::Mutant;

/// The time that a mutant has for one case. The right answer takes milliseconds, and many mutants loop for ever.
const LIMIT: Duration = Duration::from_secs(3);

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

/// Makes, compiles and grades every mutant of an exercise's solution. `root` is the course's; `on_mutant` is called after
/// each that has been tried.
///
/// # Errors
/// When the mutants cannot be written, or not even the unchanged solution compiles and passes.
pub fn survey(
    root: &Path,
    exercise: &Authored,
    on_mutant: impl Fn(),
) -> Result<Survey, ProofError> {
    let mutant_crate = MutantCrate::write(root, exercise)?;
    let built = mutant_crate.build()?;
    // The last module is the unchanged solution. If that is rejected, rejections prove nothing.
    let unchanged = mutant_crate.mutants().len();
    if run(exercise, &built.program, unchanged) != Outcome::Survived {
        return Err(ProofError::Unsound(exercise.name().to_owned()));
    }
    let mut tried = Vec::new();
    for (index, mutant) in mutant_crate.mutants().enumerate() {
        let outcome = if built.unviable.contains(&index) {
            Outcome::Unviable
        } else {
            run(exercise, &built.program, index)
        };
        tried.push(Tried {
            mutant: mutant.clone(),
            outcome,
        });
        on_mutant();
    }
    Ok(Survey { tried })
}

/// Grades one mutant; the first failure decides.
fn run(exercise: &Authored, program: &Path, index: usize) -> Outcome {
    let mut command = Command::new(program);
    command.env(MUTANT, index.to_string()).stderr(Stdio::null());
    let bounds = ReplyBounds::of_pack(&exercise.pack);
    let mut worker = Worker::new(command, bounds, LIMIT, std::io::sink());
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
