//! Copies of this checkout.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::{Course, Tree};

use super::{COURSE, Checkout, files};

impl Checkout {
    /// Copies this checkout, with all exercises unsolved.
    pub(crate) fn copy(name: &str) -> Self {
        let mut wanted = BTreeMap::new();
        for file in tracked() {
            if let Ok(bytes) = fs::read(Path::new(COURSE).join(&file)) {
                wanted.insert(file, bytes);
            }
        }
        // This checkout may be a learner's: its exercises are what they were before.
        let course = Course::at(COURSE);
        for exercise in course.exercises(Tree::Exercises).expect("exercises") {
            for (file, text) in course.stub(&exercise).expect("a stub") {
                let source = exercise.directory().join("src").join(file);
                wanted.insert(source, text.into_bytes());
            }
        }
        wanted.entry("Cargo.toml".into()).and_modify(set_version);
        Self::write_all("checkouts", name, wanted)
    }
}

/// Changes the version of the workspace's packages. Cargo does not look at where a workspace is, and would take what is
/// compiled for a copy for this checkout's.
fn set_version(manifest: &mut Vec<u8>) {
    let version = |added| format!("version = \"{}{added}\"", env!("CARGO_PKG_VERSION"));
    let text = String::from_utf8_lossy(manifest);
    let changed = text.replacen(&version(""), &version("+command-tests"), 1);
    assert_ne!(text, changed, "the workspace has a version");
    *manifest = changed.into_bytes();
}

/// Lists the files of this checkout: all that git knows or would add, or without git all but what building leaves.
fn tracked() -> Vec<PathBuf> {
    let list = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ];
    match Command::new("git").args(list).current_dir(COURSE).output() {
        Ok(output) if output.status.success() => {
            let names = String::from_utf8(output.stdout).expect("the files have UTF-8 names");
            names.split_terminator('\0').map(PathBuf::from).collect()
        }
        _ => files(Path::new(COURSE)).into_keys().collect(),
    }
}
