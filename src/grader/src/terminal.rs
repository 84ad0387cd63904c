//! The width of the text that people read.

/// The widest: longer lines are hard to read.
pub(crate) const WIDEST: usize = 100;
/// Below this, wrapping does more harm than good.
const NARROWEST: usize = 40;

/// The columns that text on standard output is wrapped to: the terminal's, from 40 to 100, and 100 where there is none.
pub fn columns() -> usize {
    match terminal_size::terminal_size_of(std::io::stdout()) {
        Some((width, _)) if width.0 > 0 => usize::from(width.0).clamp(NARROWEST, WIDEST),
        _ => WIDEST,
    }
}
