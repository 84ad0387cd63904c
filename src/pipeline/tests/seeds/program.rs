//! The program, which is run as learners run it, after its models have been fetched.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use attentive_models::catalogue;
use attentive_models::fetch::Fetcher;
use serde_json::Value;
use tempfile::TempDir;

/// The program, in a folder of its own.
pub(crate) struct Program {
    folder: TempDir,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Path of a file that it writes.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `attentive pipeline` with these arguments, and returns what it prints.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[impl AsRef<str>]) -> String {
        let arguments = arguments.iter().map(AsRef::as_ref);
        self.command(
            &["pipeline"]
                .into_iter()
                .chain(arguments)
                .collect::<Vec<_>>(),
        )
    }

    /// Runs `attentive` with these arguments, and returns what it prints.
    #[track_caller]
    pub(crate) fn command(&self, arguments: &[impl AsRef<str>]) -> String {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        for pair in arguments.windows(2) {
            match pair {
                // A path leads to a model that was converted.
                ["--model" | "convert", name] if !name.contains('/') => {
                    fetch(name);
                }
                _ => (),
            }
        }
        if arguments.contains(&"--digits") {
            fetch("digits");
        }
        let output = Command::new(env!("CARGO_BIN_EXE_attentive-pipeline"))
            .args(&arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("it can be started");
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs it and reads the JSON that it prints.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[impl AsRef<str>]) -> Value {
        let mut arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        arguments.push("--json");
        serde_json::from_str(&self.run(&arguments)).expect("JSON")
    }
}

/// Held while a model is fetched: two tests may want the same one.
static FETCHING: Mutex<()> = Mutex::new(());

/// Fetches an entry of the catalogue, unless it is there, and returns its folder.
pub(crate) fn fetch(name: &str) -> PathBuf {
    let _one_at_a_time = FETCHING.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = catalogue::find(name).unwrap_or_else(|error| panic!("{error}"));
    let fetcher = Fetcher::new().unwrap_or_else(|error| panic!("{error}"));
    let folder = fetcher.fetch(entry, &mut |_| ());
    folder.unwrap_or_else(|error| panic!("{error}"))
}
