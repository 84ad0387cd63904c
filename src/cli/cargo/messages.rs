//! Messages of cargo itself on standard error, and its progress among them.

use std::io::{BufReader, Read};

/// Begin of a line of progress: `Building [===>   ] 12/87: ndarray`.
const PROGRESS: &str = "Building [";

/// Reads a pipe to its end. Calls `on_progress` with each state of progress, such as `12/87: ndarray`, and returns the rest.
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
            None if byte == b'\n' => rest += &format!("{text}\n"),
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn progress_is_told_from_messages() {
        let pipe = "   Compiling ndarray\n    Building [=>   ] 1/3: ndarray\r    Building [==>  ] 2/3: a, b   \r\u{1b}[K\
                    error: no\n\n    Finished\n";
        let states = RefCell::new(Vec::new());
        let rest = read(pipe.as_bytes(), |state| {
            states.borrow_mut().push(state.to_owned())
        });
        assert_eq!(states.into_inner(), ["1/3: ndarray", "2/3: a, b"]);
        assert_eq!(rest, "   Compiling ndarray\nerror: no\n\n    Finished\n");
    }
}
