//! What a watch shows.

use attentive_course::Exercise;
use attentive_course::text::count;
use console::Term;

use crate::commands::say;
use crate::error::Error;
use crate::grading::{Graded, Outcome};
use crate::spinner::can_move;
use crate::standing::Standing;
use crate::style::bad;
use crate::text;

/// What keys there are.
pub(crate) const KEYS: &str = "h hint · n next · l list · r reset · q quit\n";

/// An empty screen, where there is one; else an empty line.
pub(crate) fn clear() -> Result<(), Error> {
    let terminal = Term::stdout();
    if terminal.is_term() && can_move() {
        Ok(terminal.clear_screen()?)
    } else {
        say("\n")
    }
}

/// The verdicts of a run, at length and last those that are `told` and what these wait for; and how far it all is.
pub(crate) fn verdicts(
    graded: &[Graded],
    told: &[Exercise],
    standings: &[Standing],
) -> Result<(), Error> {
    let is_told = |exercise: &Exercise| told.contains(exercise);
    let is_awaited = |exercise: &Exercise| {
        let awaited = |graded: &Graded| match &graded.outcome {
            Outcome::Waits { on } => is_told(&graded.exercise) && on.contains(exercise),
            _ => false,
        };
        graded.iter().any(awaited)
    };
    let (told, others): (Vec<_>, Vec<_>) = graded
        .iter()
        .partition(|graded| is_told(&graded.exercise) || is_awaited(&graded.exercise));
    let short = |graded: &&Graded| {
        let line = text::explain(graded, false)
            .lines()
            .next()
            .map(|line| format!("{line}\n"));
        line.unwrap_or_default()
    };
    let mut verdicts: String = others.iter().map(short).collect();
    for graded in told {
        verdicts += &text::explain(graded, false);
    }
    let passed = standings
        .iter()
        .filter(|standing| standing.record.passed())
        .count();
    let all = count(standings.len(), "exercise");
    say(&format!("{verdicts}\n{passed} of {all} passed · {KEYS}"))
}

/// Why a run came to nothing.
pub(crate) fn error(error: &Error) -> Result<(), Error> {
    say(&format!("{} {error}\n\n{KEYS}", bad("error:")))
}
