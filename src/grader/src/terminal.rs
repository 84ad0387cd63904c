//! How wide the text is that people read.

/// The widest: longer lines are hard to read.
pub(crate) const WIDEST: usize = 100;
/// Below this, wrapping does more harm than good.
const NARROWEST: usize = 40;

/// The columns that text on standard output is wrapped to: the terminal's, from 40 to 100, and 100 where there is none.
pub fn columns() -> usize {
    match rustix::termios::tcgetwinsize(rustix::stdio::stdout()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).clamp(NARROWEST, WIDEST),
        _ => WIDEST,
    }
}
