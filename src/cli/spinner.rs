//! Something that moves while one has to wait; on standard error, so that it is never part of an answer.

use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};

use crate::style::warn;

/// A spinner, until it is dropped. Where nothing can move, it is a line.
#[derive(Debug)]
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Starts to spin beside a text.
    pub(crate) fn start(text: &str) -> Self {
        if !Self::can_move() {
            warn(&format!("{text} …"));
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        // The template is a constant; should indicatif no longer like it, its own will do.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style.tick_chars("|/-\\ "));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        let spinner = Self(Some(bar));
        spinner.set_message(text);
        spinner
    }

    /// Returns `true` if something can move here.
    pub(crate) fn can_move() -> bool {
        Term::stderr().is_term() && supports_cursor()
    }

    /// Returns `true` if it moves.
    pub(crate) fn is_moving(&self) -> bool {
        self.0.is_some()
    }

    /// Goes on to something that is over too soon to be worth a line where nothing can move.
    pub(crate) fn set_message(&self, text: &str) {
        if let Some(bar) = &self.0 {
            // It is not in the template: it is kept for the details.
            bar.set_prefix(text.to_owned());
            bar.set_message(format!("{text} …"));
        }
    }

    /// Says what is being worked on, where that does not fill the screen.
    pub(crate) fn set_detail(&self, text: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{} … {text}", bar.prefix()));
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Returns `true` if the terminal understands more than lines.
pub(crate) fn supports_cursor() -> bool {
    std::env::var("TERM").is_ok_and(|term| term != "dumb")
}
