//! Output of a call of cargo: lines of JSON on standard output, and words for people on standard error.

use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::messages::{self, Said};

/// A line of cargo's `--message-format=json`; the fields are those that matter here.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) manifest_path: Option<PathBuf>,
    pub(super) target: Option<Target>,
    pub(super) executable: Option<PathBuf>,
    pub(super) message: Option<Message>,
}

/// The target that a line is about.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
}

/// A message of the compiler.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) level: String,
    pub(super) rendered: Option<String>,
    #[serde(default)]
    pub(super) spans: Vec<Span>,
}

/// A place that a message is about.
#[derive(Debug, Deserialize)]
pub(super) struct Span {
    pub(super) file_name: PathBuf,
    pub(super) is_primary: bool,
}

/// The two pipes of a call of cargo.
#[derive(Debug)]
pub(super) struct Output {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

/// Has cargo write its progress to the pipe.
pub(super) fn ask_for_progress(command: &mut Command) {
    // Cargo does not ask a pipe how wide it is. What it counts is taken from the end of its bar.
    command.env("CARGO_TERM_PROGRESS_WHEN", "always");
    command.env("CARGO_TERM_PROGRESS_WIDTH", "100");
}

impl Output {
    /// Starts a build that says in lines of JSON what it compiled, and has the compiler's messages among them.
    pub(super) fn of(mut build: Command) -> io::Result<(Child, Self)> {
        build.arg(if console::colors_enabled() {
            "--message-format=json-diagnostic-rendered-ansi"
        } else {
            "--message-format=json"
        });
        let mut child = build
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        Ok((child, Self { stdout, stderr }))
    }

    /// Reads both pipes to their ends, and returns what cargo itself says. `on_said` gets each state of progress, such as
    /// `12/87: ndarray`, and the commands that cargo shows.
    pub(super) fn read(
        self,
        mut on_line: impl FnMut(Line),
        on_said: impl FnMut(Said<'_>) + Send,
    ) -> io::Result<String> {
        thread::scope(|scope| {
            // Both at the same time: cargo waits when a pipe is full.
            let stderr = self.stderr;
            let said = scope.spawn(move || {
                stderr
                    .map(|pipe| messages::read(pipe, on_said))
                    .unwrap_or_default()
            });
            for line in self
                .stdout
                .map(BufReader::new)
                .into_iter()
                .flat_map(BufRead::lines)
            {
                // What a build script prints is no message of cargo's.
                if let Ok(line) = serde_json::from_str(&line?) {
                    on_line(line);
                }
            }
            Ok(said.join().unwrap_or_default())
        })
    }
}
