//! Steps whose commands depend on what is there: rustfmt's, clippy's and libtorch's.

use std::env;
use std::ffi::OsStr;

use attentive_course::{Tree, files, manifest};

use super::program::{Program, cargo, run};
use super::{Check, CheckError, Gap};
use crate::part::{EDITION, Part};

/// Checks the layout of all files of the exercise, also of those that `cargo fmt` does not know.
pub(super) fn format(check: &Check) -> Result<Vec<Gap>, CheckError> {
    let course = &check.course;
    let mut paths = Vec::new();
    for tree in Tree::ALL {
        let folder = check.exercise.in_tree(tree).directory();
        let sources = files::list_rust(&course.path(&folder))?;
        paths.extend(sources.into_iter().map(|source| folder.join(source)));
    }
    for part in [Part::Reference, Part::Figure, Part::Claims] {
        let path = part.path(&check.exercise);
        if course.path(&path).exists() {
            paths.push(path);
        }
    }
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut arguments = vec!["--check", "--color", "never", "--edition", EDITION];
    arguments.extend(paths.iter().map(String::as_str));
    let remedy = format!("`rustfmt --edition {EDITION}` with their names");
    let program = Program {
        program: OsStr::new("rustfmt"),
        arguments: &arguments,
        what: "files are not laid out as rustfmt does it",
        remedy: &remedy,
    };
    Ok(run(course, &program)?)
}

/// Checks the lints of the exercise, of its solution and, where there is libtorch, of the reference.
pub(super) fn clippy(check: &Check) -> Result<Vec<Gap>, CheckError> {
    let (solution, exercise) = (
        check.exercise.package(),
        check.exercise.in_tree(Tree::Exercises).package(),
    );
    let mut arguments = vec!["clippy", "--quiet", "--all-targets"];
    for package in [&solution, &exercise] {
        arguments.extend(["--package", package]);
    }
    if has_libtorch() {
        arguments.extend(["--package", "attentive-reference"]);
    }
    arguments.extend(["--", "--deny", "warnings"]);
    Ok(cargo(
        &check.course,
        &arguments,
        "the compiler or clippy finds something",
        "correct it",
    )?)
}

/// Checks that libtorch still computes what the golden pack has.
pub(super) fn drift(check: &Check) -> Result<Vec<Gap>, CheckError> {
    if !has_libtorch() {
        return Ok(vec![Gap::new(
            "libtorch is not there, so that neither drift nor the reference's lints were checked",
            "`export LIBTORCH=\"$(src/reference/libtorch.sh)\"`, and check again",
        )]);
    }
    let folder = check.folder();
    // A filter that no test has would run none, and find nothing wrong.
    let tests = format!("{}::", check.exercise.name);
    let tools = manifest::tools(check.course.root());
    let mut arguments = vec!["test", "--quiet", "--test", "drift"];
    for package in &tools {
        arguments.extend(["--package", package]);
    }
    arguments.extend(["--", &tests]);
    Ok(cargo(
        &check.course,
        &arguments,
        "the golden pack is not what libtorch computes today",
        &format!(
            "`cargo run -p attentive-reference -- record {folder}`, after a look at what differs"
        ),
    )?)
}

/// Returns `true` if the environment names a libtorch to link.
fn has_libtorch() -> bool {
    env::var_os("LIBTORCH").is_some_and(|path| !path.is_empty())
}
