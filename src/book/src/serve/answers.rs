//! Answers to quizzes, which the terminal and the pages that are served have in common.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

/// Path to which a page sends answers.
pub(super) const ANSWERS_PATH: &str = "/.answers";
/// End of the part of a page in which scripts run before those of the book.
const HEAD_END: &str = "</head>";
/// Part of each page that has a quiz.
const QUIZ: &str = "data-quiz=";

/// Script that shows the terminal's answers in a page and sends back those that change. Where storage is missing or was
/// cleared, nothing is sent, because all answers would seem to be forgotten.
const SCRIPT: &str = r#"<script>(() => {
const key = "attentive.quiz", terminal = ANSWERS;
const read = () => { try { return JSON.parse(localStorage[key]); } catch { return null; } };
try { localStorage[key] = JSON.stringify({ ...read(), ...terminal }); } catch { return; }
let known = terminal, sent = Promise.resolve();
const send = () => {
	const now = read(), changes = {};
	if (!now) return;
	for (const id in { ...known, ...now })
		if (JSON.stringify(known[id]) !== JSON.stringify(now[id])) changes[id] = now[id] ?? null;
	known = now;
	if (!Object.keys(changes).length) return;
	const body = JSON.stringify(changes), headers = { "Content-Type": "application/json" };
	sent = sent.then(() => fetch("/.answers", { method: "POST", headers, body, keepalive: true })).catch(() => {});
};
send();
for (const event of ["submit", "click"]) document.addEventListener(event, () => setTimeout(send));
})();</script>"#;

/// The command that keeps the answers of this course.
#[derive(Debug)]
pub struct Terminal {
    command: OsString,
    course: PathBuf,
    /// Held while the command runs, so that no two of them write at once.
    running: Mutex<()>,
}

impl Terminal {
    /// Calls `attentive` by its path, in the folder of the course.
    pub fn new(command: OsString, course: PathBuf) -> Self {
        Self {
            command,
            course,
            running: Mutex::new(()),
        }
    }

    /// Adds all answers to a page that has a quiz; returns the command's message where it fails.
    pub(super) fn add_answers(&self, page: Vec<u8>) -> Result<Vec<u8>, (Vec<u8>, String)> {
        let Some(text) = std::str::from_utf8(&page)
            .ok()
            .filter(|text| text.contains(QUIZ) && text.contains(HEAD_END))
        else {
            return Ok(page);
        };
        match self.quiz(&["--export"], b"") {
            Ok(answers) => {
                let script = SCRIPT.replace("ANSWERS", &for_script(&answers));
                let changed = text.replacen(HEAD_END, &format!("{script}{HEAD_END}"), 1);
                Ok(changed.into_bytes())
            }
            Err(message) => Err((page, message)),
        }
    }

    /// Keeps the answers that a page has sent, or returns the command's message.
    pub(super) fn keep(&self, answers: &[u8]) -> Result<(), String> {
        self.quiz(&["--import", "-"], answers).map(drop)
    }

    /// Runs `attentive quiz` and returns all that it printed, or its message if it failed.
    fn quiz(&self, arguments: &[&str], input: &[u8]) -> Result<String, String> {
        let _running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let output = self.run(arguments, input).map_err(|error| {
            format!(
                "{} cannot be run ({error}); start `cargo attentive book serve` again",
                self.command.display()
            )
        })?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> std::io::Result<Output> {
        let mut child = Command::new(&self.command)
            .arg("quiz")
            .args(arguments)
            .current_dir(&self.course)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // It may end before it has read everything, and says why.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(input);
        }
        child.wait_with_output()
    }
}

/// Escapes JSON for a script inside a page: nothing in it ends the script.
fn for_script(json: &str) -> String {
    let escaped = json.replace('<', "\\u003c");
    escaped
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_ends_the_script() {
        let json = r#"{"a": "</script><script>alert(1)//"}"#;
        let escaped = for_script(json);
        assert!(!escaped.contains('<'), "{escaped}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(read(&escaped), read(json));
    }
}
