//! What a watch shows.

use console::Term;

use crate::commands::say;
use crate::error::Error;
use crate::grading::Graded;
use crate::spinner::can_move;
use crate::standing::Standing;
use crate::style::{bad, count};
use crate::text;

/// What keys there are.
pub(crate) const KEYS: &str = "h hint · n next · l list · r reset · q quit\n";

/// An empty screen, where there is one; else an empty line.
pub(crate) fn clear() -> Result<(), Error> {
    let terminal = Term::stdout();
    if terminal.is_term() && can_move() { Ok(terminal.clear_screen()?) } else { say("\n") }
}

/// The verdicts of a run, and how far it all is.
pub(crate) fn verdicts(graded: &[Graded], standings: &[Standing]) -> Result<(), Error> {
    let verdicts: String = graded.iter().map(|graded| text::explain(graded, false)).collect();
    let passed = standings.iter().filter(|standing| standing.record.passed()).count();
    let all = count(standings.len(), "exercise");
    say(&format!("{verdicts}\n{passed} of {all} passed · {KEYS}"))
}

/// Why a run came to nothing.
pub(crate) fn error(error: &Error) -> Result<(), Error> {
    say(&format!("{} {error}\n\n{KEYS}", bad("error:")))
}
