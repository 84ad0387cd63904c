//! Cargo, which compiles the exercises: one call for all of them, and what came of each.

mod builds;
mod compiler_call;
mod messages;
mod output;
mod process;
mod program;
mod replay;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use attentive_course::Exercise;
use attentive_digest::anew_variable;
use thiserror::Error;

use crate::chain::Workspace;
use crate::root;
use crate::spinner::Spinner;

use compiler_call::CompilerCall;
use messages::Said;
use output::{Line, Message, Output, ask_for_progress};

use process::Processes;
use replay::Replays;

pub(crate) use builds::{BuildOutcome, Builds, CompilerError};
pub(crate) use program::compile;

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
    /// The calls of the compiler to repeat, if somebody sees each save.
    replays: Option<Mutex<Replays>>,
    processes: Processes,
}

/// The program to call: the cargo that runs this command, if one does.
pub(crate) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

impl Cargo {
    /// Compiles in another workspace than the course's.
    pub(crate) fn in_workspace(chain: Workspace) -> Self {
        Self {
            chain: Some(chain),
            ..Self::default()
        }
    }

    /// Compiles the same exercise again and again, for somebody who sees each save: by calls of the compiler alone, as
    /// soon as they are known.
    pub(crate) fn repeated() -> Self {
        Self {
            replays: Replays::new().map(Mutex::new),
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
        if let [exercise] = exercises
            && let Some(builds) = self.replay(exercise)?
        {
            return Ok(builds);
        }
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

    /// Compiles an exercise without cargo. `None` where only cargo knows what comes of it.
    fn replay(&self, exercise: &Exercise) -> Result<Option<Builds>, CargoError> {
        let Some(replays) = &self.replays else {
            return Ok(None);
        };
        let mut replays = replays.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(program) = replays.compile(exercise, |command| self.succeeds(command))? else {
            return Ok(None);
        };
        let built = BTreeMap::from([(exercise.package(), BuildOutcome::Executable(program))]);
        let said = String::new();
        let builds = Builds { built, said };
        if builds.outdated()?.is_empty() {
            return Ok(Some(builds));
        }
        replays.forget(exercise);
        Ok(None)
    }

    /// Runs a compiler, and returns `true` if it succeeds.
    fn succeeds(&self, mut command: Command) -> io::Result<bool> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::piped());
        let errors = self.processes.start(|| {
            let mut child = command.spawn()?;
            let errors = child.stderr.take();
            Ok((child, errors))
        })?;
        // Cargo is to show them.
        if let Some(mut errors) = errors {
            io::copy(&mut errors, &mut io::sink())?;
        }
        let status = self.processes.wait()?;
        Ok(status.is_some_and(|status| status.success()))
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
        let mut settings = Vec::new();
        if self.replays.is_some() {
            command.arg("-vv");
            settings.extend(exercises.iter().map(replay::settings));
        }
        let output = self.processes.start(|| Output::of(command))?;
        let (mut built, mut shown) = (BTreeMap::new(), Vec::new());
        let said = output.read(
            |line| self.handle_message(line, exercises, &mut built),
            |said| match said {
                Said::Progress(state) => spinner.set_detail(state),
                Said::Running(command) => shown.extend(CompilerCall::parse(command)),
            },
        );
        self.processes.wait()?;
        let said = said?;
        if let Some(replays) = &self.replays {
            let mut replays = replays.lock().unwrap_or_else(PoisonError::into_inner);
            for (exercise, settings) in exercises.iter().zip(settings) {
                replays.keep(exercise, &shown, settings);
            }
        }
        Ok(Builds { built, said })
    }

    /// Ends a call that is under way, and calls nothing any more.
    pub(crate) fn stop(&self) {
        self.processes.stop();
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
}
