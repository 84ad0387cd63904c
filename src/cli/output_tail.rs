//! The last lines that a learner's code prints while it is graded, however much that is.

use std::collections::VecDeque;
use std::io::{self, PipeWriter, Read};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// The bytes that are kept, and the characters of one message.
const KEPT: usize = 4096;
/// The lines that are shown.
const SHOWN: usize = 10;
/// Time to wait for the end, in case something still holds the pipe open.
const PATIENCE: Duration = Duration::from_millis(200);

/// A pipe's reading end, read in the background.
pub(crate) struct OutputTail(Receiver<VecDeque<u8>>);

impl OutputTail {
    /// A pipe to be given to the process that prints.
    pub(crate) fn spawn() -> io::Result<(PipeWriter, Self)> {
        let (mut reader, writer) = io::pipe()?;
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let (mut tail, mut chunk) = (VecDeque::new(), [0; KEPT]);
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                tail.extend(&chunk[..length]);
                tail.drain(..tail.len().saturating_sub(KEPT));
            }
            // Nobody may be waiting any more.
            let _ = sender.send(tail);
        });
        Ok((writer, Self(receiver)))
    }

    /// The last lines that are not empty, once the process has gone.
    pub(crate) fn lines(self) -> Vec<String> {
        let tail = Vec::from(self.0.recv_timeout(PATIENCE).unwrap_or_default());
        let text = printable(&String::from_utf8_lossy(&tail));
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(Into::into)
            .collect();
        lines[lines.len().saturating_sub(SHOWN)..].to_vec()
    }
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
    use std::io::Write;

    use super::*;

    #[test]
    fn the_end_of_a_flood_is_kept() {
        let (mut writer, printed) = OutputTail::spawn().expect("a pipe");
        for line in 0..5000 {
            writeln!(writer, "\x1b[31mline {line}\x1b[0m").expect("the reader reads");
        }
        drop(writer);
        let lines = printed.lines();
        assert_eq!(lines.len(), SHOWN);
        assert_eq!(lines.last().map(String::as_str), Some("line 4999"));
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

    #[test]
    fn a_pipe_that_stays_open_is_not_waited_for() {
        let (_writer, printed) = OutputTail::spawn().expect("a pipe");
        assert!(printed.lines().is_empty());
    }
}
