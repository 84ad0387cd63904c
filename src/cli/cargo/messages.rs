//! Messages of cargo itself on standard error, and its progress among them.

use std::io::{BufReader, Read};

/// Begin of a line of progress: `Building [===>   ] 12/87: ndarray`.
const PROGRESS: &str = "Building [";

/// Width of the column on the right of which cargo's words of state end: `   Compiling ndarray`.
const STATE_WIDTH: usize = 12;

/// Begin of what cargo shows, when asked to, of a program that it runs.
const RUNNING: &str = "Running `";

/// A line of cargo's that is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// The state of progress, such as `12/87: ndarray`.
    Progress(&'a str),
    /// The command of a program that is run.
    Running(&'a str),
}

/// Reads a pipe to its end. Calls `on_said` with each state of progress and each command that is run, and returns the rest
/// without the crates that were compiled.
pub(super) fn read(pipe: impl Read, mut on_said: impl FnMut(Said<'_>)) -> String {
    let (mut rest, mut line) = (String::new(), Vec::new());
    // Cargo goes back to the beginning of a line to write its progress anew. Half of an explanation is better than none, so
    // an error is an end.
    for byte in BufReader::new(pipe).bytes().map_while(Result::ok) {
        if !matches!(byte, b'\r' | b'\n') {
            line.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let text = console::strip_ansi_codes(&text);
        if let Some(state) = progress(&text) {
            on_said(Said::Progress(state));
        } else if let Some(command) = running(&text) {
            on_said(Said::Running(command));
        } else if byte == b'\n' && !is_state(&text) {
            rest += &format!("{text}\n");
        }
        line.clear();
    }
    rest + &String::from_utf8_lossy(&line)
}

/// Returns the state in a line of progress.
fn progress(line: &str) -> Option<&str> {
    let bar = line.trim().strip_prefix(PROGRESS)?;
    let (_, state) = bar.split_once(']')?;
    Some(state.trim())
}

/// Returns the command in a line about a program that is run.
fn running(line: &str) -> Option<&str> {
    line.trim().strip_prefix(RUNNING)?.strip_suffix('`')
}

/// Returns `true` for a line such as `   Compiling ndarray`.
fn is_state(line: &str) -> bool {
    line.split_at_checked(STATE_WIDTH)
        .is_some_and(|(state, rest)| {
            let word = state.trim_start();
            let is_word =
                word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic);
            word.len() < STATE_WIDTH && is_word && rest.starts_with(' ')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_from_messages() {
        let pipe = "   Compiling ndarray\n    Building [=>   ] 1/3: ndarray\r     Running `rustc a.rs`\n    Building [==>  ] 2/3: a, b   \r\u{1b}[K\
                    error: no\n\nCaused by:\n  a file\n    Finished `test` profile\n";
        let mut said = Vec::new();
        let rest = read(pipe.as_bytes(), |line| said.push(format!("{line:?}")));
        let expected = [
            "Progress(\"1/3: ndarray\")",
            "Running(\"rustc a.rs\")",
            "Progress(\"2/3: a, b\")",
        ];
        assert_eq!(said, expected);
        assert_eq!(rest, "error: no\n\nCaused by:\n  a file\n");
    }
}
