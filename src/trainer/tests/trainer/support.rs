//! The program, which is run in the course, on a short text in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_attentive-trainer");

/// A folder with a text and with runs.
pub(crate) struct Runs {
    folder: TempDir,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    status: Option<i32>,
}

impl Ran {
    /// Checks the exit status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        self
    }

    /// Reads the lines of JSON that were printed.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }
}

impl Runs {
    /// Makes the folder, with `text.txt`.
    pub(crate) fn new() -> Self {
        let runs = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        runs.write("text.txt", &"A query asks, and keys answer.\n".repeat(40));
        runs
    }

    /// Path of something in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        std::fs::write(path, text).expect("it can be written");
    }

    /// The program with arguments. In each of them, `@` stands for the folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.folder.path().to_str().expect("a path of letters");
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments.iter().map(|word| word.replace('@', folder)))
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .env("COLUMNS", "100")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end. Paths of the folder are shown as `@`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("it can be started");
        let folder = self.folder.path().display().to_string();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("text");
            text.replace(&folder, "@")
        };
        Ran {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            status: output.status.code(),
        }
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("it can be started")
    }
}
