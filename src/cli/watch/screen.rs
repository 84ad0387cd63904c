//! Screen of a watch.

use attentive_course::Exercise;
use attentive_course::text::count;
use console::Term;

use crate::commands::print;
use crate::error::Error;
use crate::exercise_status::ExerciseStatus;
use crate::explanation;
use crate::grading::{ExerciseOutcome, GradedExercise};
use crate::spinner::supports_cursor;
use crate::style::bad;

/// List of the keys.
pub(crate) const KEYS: &str = "h hint · n next · l list · r reset · q quit\n";

/// An empty screen, where there is one; else an empty line.
pub(crate) fn clear() -> Result<(), Error> {
    let terminal = Term::stdout();
    if terminal.is_term() && supports_cursor() {
        Ok(terminal.clear_screen()?)
    } else {
        print("\n")
    }
}

/// Shows the verdicts of a run, at length and last those that are `reported` and what these wait for; and how far it all is.
pub(crate) fn verdicts(
    graded: &[GradedExercise],
    reported: &[Exercise],
    statuses: &[ExerciseStatus],
) -> Result<(), Error> {
    let mut verdicts = String::new();
    let mut at_length = String::new();
    for one in graded {
        let text = explanation::explain(one, false);
        if reported.contains(&one.exercise) || is_awaited(&one.exercise, graded, reported) {
            at_length += &text;
        } else if let Some(line) = text.lines().next() {
            verdicts += &format!("{line}\n");
        }
    }
    verdicts += &at_length;
    let passed = statuses
        .iter()
        .filter(|status| status.record.passed())
        .count();
    let all = count(statuses.len(), "exercise");
    print(&format!("{verdicts}\n{passed} of {all} passed · {KEYS}"))
}

/// Returns `true` if one of the reported exercises waits for an exercise.
fn is_awaited(exercise: &Exercise, graded: &[GradedExercise], reported: &[Exercise]) -> bool {
    for one in graded {
        if let ExerciseOutcome::Waits { on } = &one.outcome
            && reported.contains(&one.exercise)
            && on.contains(exercise)
        {
            return true;
        }
    }
    false
}

/// Shows the reason why a run came to nothing.
pub(crate) fn error(error: &Error) -> Result<(), Error> {
    print(&format!("{} {error}\n\n{KEYS}", bad("error:")))
}
