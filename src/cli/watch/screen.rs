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

/// The verdicts of a run, at length and last those that are `reported` and what these wait for; and how far it all is.
pub(crate) fn verdicts(
    graded: &[GradedExercise],
    reported: &[Exercise],
    statuses: &[ExerciseStatus],
) -> Result<(), Error> {
    let is_reported = |exercise: &Exercise| reported.contains(exercise);
    let is_awaited = |exercise: &Exercise| {
        let awaited = |graded: &GradedExercise| match &graded.outcome {
            ExerciseOutcome::Waits { on } => is_reported(&graded.exercise) && on.contains(exercise),
            _ => false,
        };
        graded.iter().any(awaited)
    };
    let (reported, others): (Vec<_>, Vec<_>) = graded
        .iter()
        .partition(|graded| is_reported(&graded.exercise) || is_awaited(&graded.exercise));
    let short = |graded: &&GradedExercise| {
        let line = explanation::explain(graded, false)
            .lines()
            .next()
            .map(|line| format!("{line}\n"));
        line.unwrap_or_default()
    };
    let mut verdicts: String = others.iter().map(short).collect();
    for graded in reported {
        verdicts += &explanation::explain(graded, false);
    }
    let passed = statuses
        .iter()
        .filter(|status| status.record.passed())
        .count();
    let all = count(statuses.len(), "exercise");
    print(&format!("{verdicts}\n{passed} of {all} passed · {KEYS}"))
}

/// Shows the reason why a run came to nothing.
pub(crate) fn error(error: &Error) -> Result<(), Error> {
    print(&format!("{} {error}\n\n{KEYS}", bad("error:")))
}
