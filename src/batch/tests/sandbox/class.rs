//! A class in a folder, and the command called on it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// The variable that names another place for what tests keep.
pub(crate) const SCRATCH: &str = "ATTENTIVE_TEST_SCRATCH";

pub(crate) const FOLDER: &str = "05-scaled-dot-product";

/// Limits short enough for tests, and long enough for a machine with other things to do.
pub(crate) const LIMITS: [&str; 6] = [
    "--limit-call",
    "10",
    "--limit-task",
    "30",
    "--limit-compile",
    "30",
];

/// The repository, whose course is graded.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors()
        .nth(2)
        .expect("the crate is in src/batch")
        .to_owned()
}

/// Folder for files that are kept between tests: an ordinary user's run cannot write where root's does.
pub(crate) fn scratch() -> PathBuf {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME"));
    std::env::var_os(SCRATCH).map_or(own, PathBuf::from)
}

/// A copy of the course, which nobody changes while it is graded with.
pub(crate) fn course() -> &'static Path {
    static COURSE: LazyLock<PathBuf> = LazyLock::new(|| {
        let copied = scratch().join("course");
        for name in [
            "Cargo.toml",
            "Cargo.lock",
            "README.md",
            ".cargo",
            "exercises",
            "solutions",
            "src",
            "tests",
        ] {
            mirror(&root().join(name), &copied.join(name));
        }
        copied
    });
    &COURSE
}

/// The folder of compiled dependencies of commands that name no other: what is equal is compiled once for all tests.
pub(crate) fn cache() -> PathBuf {
    let own = std::env::var_os("ATTENTIVE_CACHE").map(PathBuf::from);
    let attentive = own.unwrap_or_else(|| {
        let home = std::env::var_os("HOME").expect("there is a home");
        Path::new(&home).join(".cache/attentive")
    });
    attentive.join("batch")
}

/// Copies a file or a folder. A file that is equal already stays as it is, with its time, by which cargo knows what it has
/// compiled.
pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("the folder can be made");
        for name in names(from) {
            copy(&from.join(&name), &to.join(&name));
        }
        return;
    }
    let bytes = fs::read(from).expect("it can be read");
    if fs::read(to).ok().as_ref() != Some(&bytes) {
        write(to, bytes);
    }
}

/// Makes what is there a copy: what else is in it goes, but for what cargo has compiled.
pub(crate) fn mirror(from: &Path, to: &Path) {
    remove_others(from, to);
    copy(from, to);
}

fn remove_others(from: &Path, to: &Path) {
    if from.is_dir() && to.is_dir() {
        for name in names(to) {
            remove_others(&from.join(&name), &to.join(&name));
        }
    } else if to.is_dir() {
        fs::remove_dir_all(to).expect("it can be removed");
    } else if to.exists() && !from.is_file() {
        fs::remove_file(to).expect("it can be removed");
    }
}

/// The names in a folder, without those of what builds leave behind.
fn names(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).expect("it can be listed");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    names
        .filter(|name| name != "target" && name != "node_modules")
        .collect()
}

/// Releases a course into a folder.
pub(crate) fn release(from: &Path, to: &Path, arguments: &[&str]) -> Output {
    let output = release_command(from, to, arguments)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    output
}

pub(crate) fn release_command(from: &Path, to: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
    command
        .arg("release")
        .arg(to)
        .arg("--course")
        .arg(from)
        .args(arguments);
    command
}

/// The solution's text.
pub(crate) fn solution() -> String {
    let path = course().join("solutions").join(FOLDER).join("src/lib.rs");
    fs::read_to_string(path).expect("the solution is there")
}

/// A library whose task `attention` is solved and whose `scores` is this.
pub(crate) fn with_scores(scores: &str) -> String {
    let solution = solution()
        .replace("pub fn scores(", "fn right_scores(")
        .replace("= scores(q, k)", "= right_scores(q, k)");
    // What a crate says of itself has to come first.
    let (inner, rest): (Vec<&str>, Vec<&str>) =
        solution.lines().partition(|line| line.starts_with("//!"));
    format!("{}\n{}\n\n{scores}", inner.join("\n"), rest.join("\n"))
}

/// Submissions, and the output of grading them.
pub(crate) struct Class {
    pub(crate) folder: TempDir,
}

impl Class {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("in")).expect("and one in it");
        Self { folder }
    }

    pub(crate) fn submissions(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Hands in a library.
    pub(crate) fn hand_in(&self, student: &str, library: impl AsRef<[u8]>) {
        let path = self
            .submissions()
            .join(student)
            .join("exercises")
            .join(FOLDER)
            .join("src/lib.rs");
        write(&path, library);
    }

    /// Grades with these arguments; the last are those that tests want to change.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_into(&self.out(), arguments)
    }

    /// The same with another output.
    pub(crate) fn command_into(&self, out: &Path, arguments: &[&str]) -> Command {
        self.command_with(out, &[&LIMITS, arguments].concat())
    }

    /// The same without limits that are those of tests.
    pub(crate) fn command_with(&self, out: &Path, arguments: &[&str]) -> Command {
        self.command_of(&[FOLDER], out, arguments)
    }

    /// Grades these exercises.
    pub(crate) fn command_of(&self, exercises: &[&str], out: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
        command
            .arg("grade")
            .arg(self.submissions())
            .arg("--out")
            .arg(out);
        command
            .arg("--course")
            .arg(course())
            .args(exercises.iter().flat_map(|exercise| ["--only", exercise]))
            .args(arguments);
        command
    }

    /// Grades, and returns the grades.
    pub(crate) fn grade(&self, arguments: &[&str]) -> Value {
        self.finish(self.command(arguments))
    }

    /// Runs a command that grades, and returns the grades.
    pub(crate) fn finish(&self, mut command: Command) -> Value {
        let output = command.output().expect("the command runs");
        assert!(output.status.success(), "{}", said(&output));
        self.grades()
    }

    pub(crate) fn grades(&self) -> Value {
        let text = fs::read_to_string(self.out().join("grades.json")).expect("there are grades");
        serde_json::from_str(&text).expect("they are JSON")
    }
}

/// The grade of the exercise of a student.
pub(crate) fn exercise<'a>(grades: &'a Value, student: &str) -> &'a Value {
    let students = grades["students"].as_array().expect("there are students");
    let one = students.iter().find(|one| one["student"]["id"] == student);
    &one.unwrap_or_else(|| panic!("no {student} in {grades}"))["exercises"][0]
}

pub(crate) fn student<'a>(grades: &'a Value, id: &str) -> Option<&'a Value> {
    grades["students"]
        .as_array()?
        .iter()
        .find(|one| one["student"]["id"] == id)
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
    fs::write(path, bytes).expect("the file can be written");
}
