//! Results of compiling exercises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use attentive_course::Exercise;

use super::CargoError;

/// Result of compiling one exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BuildOutcome {
    /// Its test executable.
    Executable(PathBuf),
    /// The compiler's errors.
    Errors(Vec<CompilerError>),
}

/// An error of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompilerError {
    /// The error as the compiler prints it.
    pub(crate) text: String,
    /// The file that it is about, if it is about one.
    pub(crate) file: Option<PathBuf>,
}

/// Results of compiling several exercises.
#[derive(Debug, Default)]
pub(crate) struct Builds {
    /// Results by package. One is missing if something that it is built on was not compiled.
    pub(super) built: BTreeMap<String, BuildOutcome>,
    /// Messages of cargo itself.
    pub(super) said: String,
}

impl Builds {
    /// Returns the result of compiling an exercise; `None` if cargo did not try, which it may leave out only where something is
    /// `missing` that the exercise is built on.
    pub(crate) fn take(
        &mut self,
        exercise: &Exercise,
        missing: bool,
    ) -> Result<Option<BuildOutcome>, CargoError> {
        match self.built.remove(&exercise.package()) {
            None if !missing => Err(CargoError::Failed(self.said.trim_end().to_owned())),
            built => Ok(built),
        }
    }

    /// Lists the packages that were compiled from other sources than those that are there.
    pub(super) fn outdated(&self) -> Result<BTreeSet<String>, CargoError> {
        let root = std::env::current_dir()?;
        let mut packages = BTreeSet::new();
        for (package, outcome) in &self.built {
            let BuildOutcome::Executable(program) = outcome else {
                continue;
            };
            let mut ask = Command::new(program);
            ask.arg("--outdated").arg(&root).stdin(Stdio::null());
            let answer = ask.output()?;
            if answer.status.success() {
                let listed = String::from_utf8_lossy(&answer.stdout);
                packages.extend(listed.lines().map(str::to_owned));
            } else {
                // One that does not know the question is outdated in any case.
                packages.insert(package.clone());
            }
        }
        Ok(packages)
    }
}
