//! A curve that is drawn again and again at the end of what a terminal shows.

use std::io;
use std::mem;
use std::time::{Duration, Instant};

use console::Term;

/// The time between two pictures.
const INTERVAL: Duration = Duration::from_millis(250);
/// The columns that a terminal must have: a line that is broken would be left behind when the picture is drawn again.
const COLUMNS: u16 = 80;

/// A picture in a terminal.
#[derive(Debug)]
pub(crate) struct Live {
    terminal: Term,
    /// The picture that is there now.
    picture: String,
    drawn: Option<Instant>,
}

impl Live {
    /// A picture on standard error, if that is a terminal in which one can be drawn again.
    pub(super) fn new() -> Option<Self> {
        let terminal = Term::buffered_stderr();
        let (_, columns) = terminal.size();
        let can_redraw =
            terminal.features().is_attended() && terminal.features().colors_supported();
        (can_redraw && columns >= COLUMNS).then_some(Self {
            terminal,
            picture: String::new(),
            drawn: None,
        })
    }

    /// Draws a curve and lines below it in place of the picture that is there, unless that is very new.
    pub(super) fn draw(&mut self, lines: &str, curve: impl FnOnce() -> String) -> io::Result<()> {
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL) {
            return Ok(());
        }
        self.replace(&(curve() + lines))?;
        self.drawn = Some(Instant::now());
        Ok(())
    }

    /// Prints a line above the picture.
    pub(super) fn above(&mut self, line: &str) -> io::Result<()> {
        let picture = mem::take(&mut self.picture);
        self.terminal.clear_last_lines(picture.lines().count())?;
        self.terminal.write_line(line)?;
        if picture.is_empty() {
            return self.terminal.flush();
        }
        self.replace(&picture)
    }

    /// Draws a curve once more and leaves it there: what is printed next comes after it.
    pub(super) fn keep(&mut self, curve: &str) -> io::Result<()> {
        if self.drawn.take().is_none() {
            return Ok(());
        }
        self.replace(curve.trim_end())?;
        self.picture.clear();
        Ok(())
    }

    fn replace(&mut self, picture: &str) -> io::Result<()> {
        self.terminal
            .clear_last_lines(self.picture.lines().count())?;
        self.terminal.write_line(picture)?;
        picture.clone_into(&mut self.picture);
        self.terminal.flush()
    }
}
