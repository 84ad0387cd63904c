//! Advice about the learner's own functions, after a model has run through them: a wrong one shows in what the model says,
//! but not which it is.

use attentive_course::Exercise;

use crate::error::Error;
use crate::exercise_status::{self, ExerciseStatus};
use crate::fingerprint;
use crate::progress::TaskOutcome;

/// Id of the verdict on a function that is not solved. The model cannot have called it.
const UNSOLVED: &str = "not-implemented";

/// State of an exercise, as the remembered verdicts have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// It passes, or what of it is open was not called.
    Passes,
    /// It has a wrong function.
    Fails,
    /// It has changed since it was graded, or never was.
    Nothing,
}

/// Says which of these exercises to look at first. None is graded for it.
pub(crate) fn advice(exercises: &[Exercise]) -> Result<String, Error> {
    let mut known = Vec::new();
    for status in exercise_status::load(exercises)? {
        let state = Known::of(&status);
        known.push((status.exercise, state));
    }
    Ok(in_words(&known))
}

impl Known {
    fn of(status: &ExerciseStatus) -> Self {
        let ExerciseStatus {
            exercise, record, ..
        } = status;
        if record.content != fingerprint::hash_inputs(exercise) {
            return Self::Nothing;
        }
        let fails = record.tasks.iter().any(|task| match &task.outcome {
            TaskOutcome::Failed { verdict, .. } => verdict != UNSOLVED,
            _ => false,
        });
        if fails { Self::Fails } else { Self::Passes }
    }
}

fn in_words(known: &[(Exercise, Known)]) -> String {
    let folders = |wanted: Known| -> Vec<String> {
        let found = known.iter().filter(|(_, known)| *known == wanted);
        found.map(|(exercise, _)| exercise.folder()).collect()
    };
    let first_failing = known.iter().find(|(_, known)| *known == Known::Fails);
    let whose = "Computed by your functions.";
    if let Some((first, _)) = first_failing {
        return format!(
            "{whose} Look at {} first, which does not pass: cargo attentive check {}",
            first.folder(),
            first.number
        );
    }
    let changed = folders(Known::Nothing);
    if changed.is_empty() {
        return format!("{whose} Those that are solved pass.");
    }
    format!(
        "{whose} Not graded as they are now: {}. `cargo attentive check --chain` names the one to look at.",
        changed.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use attentive_course::Tree;

    use super::*;

    fn words(states: [Known; 3]) -> String {
        let folders = ["07-multi-head-attention", "09-layer-norm", "18-gpt"];
        let exercises = folders.map(|folder| Exercise::from_folder(folder, Tree::Exercises));
        let known = exercises.into_iter().flatten().zip(states);
        in_words(&known.collect::<Vec<_>>())
    }

    #[test]
    fn the_first_that_fails_is_named_and_otherwise_what_nobody_knows() {
        use Known::{Fails, Nothing, Passes};
        insta::assert_snapshot!(words([Nothing, Fails, Fails]), @"Computed by your functions. Look at 09-layer-norm first, which does not pass: cargo attentive check 09");
        insta::assert_snapshot!(words([Passes, Nothing, Nothing]), @"Computed by your functions. Not graded as they are now: 09-layer-norm, 18-gpt. `cargo attentive check --chain` names the one to look at.");
        insta::assert_snapshot!(words([Passes; 3]), @"Computed by your functions. Those that are solved pass.");
    }
}
