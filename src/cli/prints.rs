//! The last lines that a learner's code prints in a call, however much that is, and the worker that it runs in.

use std::io;
use std::process::Command;
use std::time::Duration;

use attentive_grader::{Case, Failure, Pack, PrintFrames, Reply, ReplyBounds, Respond, Worker};

/// The bytes that are kept of a call, and the characters of one message.
const KEPT: usize = 4096;
/// The lines that are shown.
const SHOWN: usize = 10;

/// A worker, with what it prints in each call.
#[derive(Debug)]
pub(crate) struct PrintingWorker {
    worker: Worker,
    prints: PrintFrames,
}

impl PrintingWorker {
    /// Makes a worker for a pack's cases that is started by `command`, of which both outputs are read.
    pub(crate) fn new(mut command: Command, pack: &Pack, limit: Duration) -> io::Result<Self> {
        let prints = PrintFrames::spawn(KEPT)?;
        command.stderr(prints.pipe()?);
        let worker = Worker::new(command, ReplyBounds::of_pack(pack), limit, prints.pipe()?);
        Ok(Self { worker, prints })
    }
}

impl Respond for PrintingWorker {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        self.worker.respond(task, case)
    }

    fn printed(&mut self) -> String {
        self.prints.end_call()
    }
}

/// Returns the last lines of what was printed that are not empty.
pub(crate) fn last_lines(printed: &str) -> Vec<String> {
    let text = printable(printed);
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(Into::into)
        .collect();
    lines[lines.len().saturating_sub(SHOWN)..].to_vec()
}

/// Removes from a text what would move the cursor or change colours; a long text ends after some pages.
pub(crate) fn printable(text: &str) -> String {
    let plain = console::strip_ansi_codes(text);
    let mut plain = plain
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control());
    let mut short: String = plain.by_ref().take(KEPT).collect();
    if plain.next().is_some() {
        short += " …";
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown() {
        let mut printed = String::new();
        for line in 0..50 {
            printed += &format!("\x1b[31mline {line}\x1b[0m\n \n");
        }
        let lines = last_lines(&printed);
        assert_eq!(lines.len(), SHOWN);
        assert_eq!(lines.last().map(String::as_str), Some("line 49"));
    }

    #[test]
    fn what_moves_the_cursor_is_left_out_and_a_long_text_is_cut() {
        assert_eq!(
            printable("\x1b[2Jred\x1b[31m\r\n\tand\x07 on"),
            "red\n\tand on"
        );
        assert_eq!(printable(&"é".repeat(KEPT)).chars().count(), KEPT);
        assert_eq!(printable(&"é".repeat(KEPT + 1)), "é".repeat(KEPT) + " …");
    }
}
