//! Messages of cargo itself on standard error, and its progress among them.

use std::io::{BufReader, Read};

/// Begin of a line of progress: `Building [===>   ] 12/87: ndarray`.
const PROGRESS: &str = "Building [";

/// Width of the column on the right of which cargo's words of state end: `   Compiling ndarray`.
const STATE_WIDTH: usize = 12;

/// Reads a pipe to its end. Calls `on_progress` with each state of progress, such as `12/87: ndarray`, and returns the rest
/// without the crates that were compiled.
pub(super) fn read(pipe: impl Read, on_progress: impl Fn(&str)) -> String {
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
        match progress(&text) {
            Some(state) => on_progress(state),
            None if byte == b'\n' && !is_state(&text) => rest += &format!("{text}\n"),
            None => {}
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
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn progress_is_told_from_messages() {
        let pipe = "   Compiling ndarray\n    Building [=>   ] 1/3: ndarray\r    Building [==>  ] 2/3: a, b   \r\u{1b}[K\
                    error: no\n\nCaused by:\n  a file\n    Finished `test` profile\n";
        let states = RefCell::new(Vec::new());
        let rest = read(pipe.as_bytes(), |state| {
            states.borrow_mut().push(state.to_owned())
        });
        assert_eq!(states.into_inner(), ["1/3: ndarray", "2/3: a, b"]);
        assert_eq!(rest, "error: no\n\nCaused by:\n  a file\n");
    }
}
