//! The steps of a check: a table of names, of what each needs, and of what each does.

use std::env;
use std::ffi::OsStr;

use attentive_course::Tree;
use attentive_course::files;

use super::program::{Program, ProgramError, cargo, run};
use super::{Check, CheckError, Gap, reading};
use crate::part::{EDITION, Part};

/// A step of a check.
#[derive(Debug)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// The files that it cannot do without.
    pub(super) needs: &'static [Part],
    /// Finds what is missing.
    pub(super) gaps: fn(&Check) -> Result<Vec<Gap>, CheckError>,
}

/// The files without which nothing can be graded.
const GRADED: &[Part] = &[Part::Solution, Part::Adapter, Part::Words, Part::Pack];

/// All steps, in the order in which an author comes to them.
pub(super) const STEPS: [Step; 13] = [
    Step {
        name: "files",
        needs: &[],
        gaps: reading::files,
    },
    Step {
        name: "words",
        needs: &[],
        gaps: reading::words,
    },
    Step {
        name: "format",
        needs: &[],
        gaps: format,
    },
    Step {
        name: "clippy",
        needs: &[],
        gaps: clippy,
    },
    Step {
        name: "drift",
        needs: &[Part::Reference, Part::Pack],
        gaps: drift,
    },
    Step {
        name: "stub",
        needs: &[Part::Words, Part::Pack],
        gaps: stub,
    },
    Step {
        name: "solution",
        needs: GRADED,
        gaps: solution,
    },
    Step {
        name: "variants",
        needs: &[Part::Solution, Part::Variants, Part::Words, Part::Pack],
        gaps: variants,
    },
    Step {
        name: "mistakes",
        needs: &[Part::Words, Part::Pack],
        gaps: mistakes,
    },
    Step {
        name: "mutants",
        needs: GRADED,
        gaps: mutants,
    },
    Step {
        name: "kill table",
        needs: &[Part::Solution, Part::Variants, Part::Words, Part::Pack],
        gaps: kill_table,
    },
    Step {
        name: "claims",
        needs: &[
            Part::Solution,
            Part::Page,
            Part::Figure,
            Part::Claims,
            Part::Quiz,
        ],
        gaps: claims,
    },
    Step {
        name: "book",
        needs: &[
            Part::Words,
            Part::Pack,
            Part::Page,
            Part::Figure,
            Part::Quiz,
        ],
        gaps: book,
    },
];

fn drift(check: &Check) -> Result<Vec<Gap>, CheckError> {
    if !has_libtorch() {
        return Ok(vec![Gap::new(
            "libtorch is not there, so that neither drift nor the reference's lints were checked",
            "`export LIBTORCH=\"$(src/reference/libtorch.sh)\"`, and check again",
        )]);
    }
    let folder = check.folder();
    // A filter that no test has would run none, and find nothing wrong.
    let tests = format!("{}::", check.exercise.name);
    Ok(cargo(
        &check.course,
        &[
            "test",
            "--quiet",
            "--package",
            "attentive-reference",
            "--test",
            "drift",
            "--",
            &tests,
        ],
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

fn stub(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(package(
        check,
        "attentive",
        &["author", "sync", "--check", &check.folder()],
        "the stub is not what the solution makes of it, or the words and the pack differ",
        "`cargo attentive author sync`, unless the output names something to correct",
    )?)
}

fn solution(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(cargo(
        &check.course,
        &[
            "test",
            "--quiet",
            "--package",
            &check.exercise.package(),
            "--test",
            "grade",
        ],
        "the solution does not pass",
        "correct it, or the reference",
    )?)
}

fn variants(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(cargo(
        &check.course,
        &[
            "test",
            "--quiet",
            "--package",
            &check.exercise.package(),
            "--test",
            "variants",
        ],
        "a correct variant is not accepted",
        "correct it; if it is right, the tolerance is too small",
    )?)
}

fn mistakes(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(cargo(
        &check.course,
        &[
            "test",
            "--quiet",
            "--package",
            "attentive",
            "--test",
            "mistakes",
            "--",
            &check.folder(),
        ],
        "a mistake is not rejected and named, or learners read something new of one",
        "read what they read, and accept it with `INSTA_UPDATE=always cargo test --test mistakes`; \
         otherwise correct the reference",
    )?)
}

fn mutants(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(package(
        check,
        "attentive-proof",
        &["mutants", &check.exercise.name],
        "too few mutants of the solution are rejected",
        "add a case that rejects the survivor, or write it into equivalent.toml with the reason",
    )?)
}

fn kill_table(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(package(
        check,
        "attentive-proof",
        &["kill-table", "--check", &check.exercise.name],
        "a row of the kill table does not hold, or the page is not up to date",
        "`cargo attentive author kill-table` writes it, unless the output names something to correct",
    )?)
}

fn claims(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(cargo(
        &check.course,
        &[
            "test",
            "--quiet",
            "--package",
            "attentive-book",
            "--test",
            "claims",
        ],
        "a claim of the lesson or of its quiz is not computed, or does not hold",
        "correct the page, the quiz or the claims",
    )?)
}

fn book(check: &Check) -> Result<Vec<Gap>, CheckError> {
    Ok(package(
        check,
        "attentive-book",
        &["check", &check.exercise.name],
        "the lesson lacks something",
        "each line says what to do",
    )?)
}

/// Checks the layout of all files of the exercise, also of those that `cargo fmt` does not know.
fn format(check: &Check) -> Result<Vec<Gap>, CheckError> {
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

fn clippy(check: &Check) -> Result<Vec<Gap>, CheckError> {
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

/// Runs the program of one of the course's packages.
fn package(
    check: &Check,
    package: &str,
    arguments: &[&str],
    what: &str,
    remedy: &str,
) -> Result<Vec<Gap>, ProgramError> {
    let mut all = vec!["run", "--quiet", "--package", package, "--"];
    all.extend(arguments);
    cargo(&check.course, &all, what, remedy)
}
