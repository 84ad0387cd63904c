//! Cargo, which compiles the exercises: one call for all of them, and what came of each.

mod messages;
mod output;
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use attentive_course::Exercise;
use attentive_digest::anew_variable;
use thiserror::Error;

use crate::chain::Workspace;
use crate::root;
use crate::spinner::Spinner;

use output::{Line, Message, Output, ask_for_progress};

pub(crate) use program::compile;

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
    built: BTreeMap<String, BuildOutcome>,
    /// Messages of cargo itself.
    said: String,
}

/// A reason why cargo could not do its work. An error in a learner's file is none of these.
#[derive(Debug, Error)]
pub(crate) enum CargoError {
    #[error("cargo cannot be run ({0}); install Rust from https://rustup.rs")]
    Run(#[from] io::Error),
    #[error("cargo could not compile the exercises; it said:\n{0}")]
    Failed(String),
    #[error(
        "expected `{0}` to be compiled from the sources that are here, found it compiled from different ones, twice. \
         Restore its manifest if it has changed, and wait until no program changes the files; then `cargo clean`"
    )]
    Outdated(String),
    #[error(
        "expected cargo to say where it compiled `{0}` to, found no word of it; does `cargo build` work here?"
    )]
    Unnamed(String),
}

/// Cargo, to be called any number of times; a call can be stopped from another thread.
#[derive(Debug, Default)]
pub(crate) struct Cargo {
    /// The workspace to compile in, if not the course.
    chain: Option<Workspace>,
    running: Mutex<Option<Child>>,
}

/// The program to call: the cargo that runs this command, if one does.
pub(crate) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
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
}

impl Builds {
    /// Lists the packages that were compiled from other sources than those that are there.
    fn outdated(&self) -> Result<BTreeSet<String>, CargoError> {
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

impl Cargo {
    /// Compiles in another workspace than the course's.
    pub(crate) fn in_workspace(chain: Workspace) -> Self {
        Self {
            chain: Some(chain),
            ..Self::default()
        }
    }

    /// Compiles the graders of exercises, and returns what came of each. Those are of the sources that are there now:
    /// where cargo has taken others for them, it compiles once more.
    pub(crate) fn build(
        &self,
        exercises: &[Exercise],
        spinner: &Spinner,
    ) -> Result<Builds, CargoError> {
        let builds = self.build_packages(exercises, &BTreeSet::new(), spinner)?;
        let outdated = builds.outdated()?;
        if outdated.is_empty() {
            return Ok(builds);
        }
        let builds = self.build_packages(exercises, &outdated, spinner)?;
        match builds.outdated()?.pop_first() {
            Some(package) => Err(CargoError::Outdated(package)),
            None => Ok(builds),
        }
    }

    /// Compiles what cargo takes for changed by the times of files, and these packages of the course in any case.
    fn build_packages(
        &self,
        exercises: &[Exercise],
        anew: &BTreeSet<String>,
        spinner: &Spinner,
    ) -> Result<Builds, CargoError> {
        let mut command = Command::new(program());
        // Errors in one exercise do not keep the others from being graded.
        command.args(["build", "--test", "grade", "--keep-going"]);
        if let Some(chain) = &self.chain {
            chain.add_to(&mut command);
        }
        for exercise in exercises {
            command.arg("--package").arg(exercise.package());
        }
        for package in anew {
            // Not `cargo clean`, which takes other exercises' programs away from those who run them.
            let value = RandomState::new().hash_one(package);
            command.env(anew_variable(package), value.to_string());
        }
        if spinner.is_moving() {
            ask_for_progress(&mut command);
        }
        let (child, output) = Output::of(command)?;
        *self.running() = Some(child);
        let mut built = BTreeMap::new();
        let said = output.read(
            |line| self.handle_message(line, exercises, &mut built),
            |state| spinner.set_detail(state),
        );
        let child = self.running().take();
        child.map(|mut child| child.wait()).transpose()?;
        let said = said?;
        Ok(Builds { built, said })
    }

    /// Ends a call that is under way.
    pub(crate) fn stop(&self) {
        if let Some(child) = self.running().as_mut() {
            // It may have ended by itself, which is as good.
            let _ = child.kill();
        }
    }

    fn handle_message(
        &self,
        line: Line,
        exercises: &[Exercise],
        built: &mut BTreeMap<String, BuildOutcome>,
    ) {
        let target = line.target.map(|target| target.name).unwrap_or_default();
        let found = line.manifest_path.unwrap_or_default();
        let Some(exercise) = exercises
            .iter()
            .find(|exercise| found.ends_with(self.manifest(exercise)))
        else {
            return;
        };
        match (line.executable, line.message) {
            (Some(executable), _) if target == "grade" => {
                built.insert(exercise.package(), BuildOutcome::Executable(executable));
            }
            (
                None,
                Some(Message {
                    level,
                    rendered: Some(rendered),
                    spans,
                }),
            ) if level == "error" => {
                let mut spans = spans.into_iter();
                let error = CompilerError {
                    text: root::relative_to_root(&rendered),
                    file: spans
                        .find(|span| span.is_primary)
                        .map(|span| span.file_name),
                };
                match built
                    .entry(exercise.package())
                    .or_insert_with(|| BuildOutcome::Errors(Vec::new()))
                {
                    BuildOutcome::Errors(errors) => errors.push(error),
                    BuildOutcome::Executable(_) => {}
                }
            }
            _ => {}
        }
    }

    /// The manifest that an exercise is compiled from, from the course's root.
    fn manifest(&self, exercise: &Exercise) -> PathBuf {
        match &self.chain {
            Some(chain) => chain.manifest(exercise),
            None => exercise.directory().join("Cargo.toml"),
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
