//! The skeleton of a new exercise.

mod name;
mod registration;
mod templates;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use attentive_course::files::{self, FileError};
use attentive_course::{Course, Exercise, Tree};
use thiserror::Error;

use crate::part::{EDITION, Part};
pub use name::NameError;
pub use registration::RegistrationError;

/// A skeleton that could not be made.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The name is taken, or no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file has no place for the new exercise.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// A program cannot be run.
    #[error("cargo or rustfmt cannot be run ({0}); install Rust from https://rustup.rs")]
    Run(io::Error),
    /// A program did not do its part.
    #[error("the files are written, but `{command}` failed; it printed:\n{printed}")]
    Unfinished {
        /// The command.
        command: &'static str,
        /// All that it printed about it.
        printed: String,
    },
}

/// A skeleton that was made. Displays as what to do next.
#[derive(Debug)]
pub struct Created {
    exercise: Exercise,
}

/// Makes the skeleton of a new exercise. `wanted` is its name or the name of its folder.
///
/// # Errors
/// When the name is taken or no name, before anything is written; or when a file cannot be written.
pub fn create(course: &Course, wanted: &str) -> Result<Created, CreateError> {
    let exercise = name::parse(course, wanted)?;
    let mut texts = templates::files(&exercise);
    texts.extend(registration::changes(course, &exercise)?);
    for (path, text) in texts {
        files::write(&course.path(path), text)?;
    }
    format(course, &exercise)?;
    sync(course, &exercise)?;
    Ok(Created { exercise })
}

/// Lays out the Rust files: the length of a name decides how, and its first letter where it is imported.
fn format(course: &Course, exercise: &Exercise) -> Result<(), CreateError> {
    let paths = Part::ALL.map(|part| part.path(exercise));
    let is_rust = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let output = Command::new("rustfmt")
        .args(["--edition", EDITION])
        .args(paths.iter().filter(is_rust))
        .current_dir(course.root())
        .stdin(Stdio::null())
        .output()
        .map_err(CreateError::Run)?;
    if output.status.success() {
        return Ok(());
    }
    Err(CreateError::Unfinished {
        command: "rustfmt",
        printed: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Has the exercise's stub and manifest made.
fn sync(course: &Course, exercise: &Exercise) -> Result<(), CreateError> {
    // Cargo refuses a workspace with a member that has no manifest. This one is replaced by the one that is made.
    let manifest = format!("[package]\nname = \"{}\"\n", exercise.name);
    let path = exercise.in_tree(Tree::Exercises).manifest();
    files::write(&course.path(path), manifest)?;
    let output = Command::new(attentive_course::cargo_program())
        .args(["run", "--quiet", "--package", "attentive", "--"])
        .args(["author", "sync", &exercise.folder()])
        .current_dir(course.root())
        .stdin(Stdio::null())
        .output()
        .map_err(CreateError::Run)?;
    // The pack is missing, which is the status 1.
    match output.status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(CreateError::Unfinished {
            command: "cargo attentive author sync",
            printed: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.exercise.folder();
        writeln!(
            f,
            "{folder} is there: it compiles, and it does not pass yet."
        )?;
        writeln!(
            f,
            "\nFill these in, in this order. Each `FILL IN:` says what to write there."
        )?;
        let paths = Part::ALL.map(|part| (part, part.path(&self.exercise).display().to_string()));
        let width = paths.iter().map(|(_, path)| path.len()).max().unwrap_or(0);
        for (part, path) in &paths {
            if *part == Part::Pack {
                writeln!(
                    f,
                    "  record the golden pack: `cargo run -p attentive-reference -- record {folder}`"
                )?;
            } else {
                writeln!(f, "  {path:<width$}  {}", part.title())?;
            }
        }
        writeln!(
            f,
            "\nAt any time, `cargo attentive author check {folder}` says what is still missing."
        )
    }
}
