//! Commands that are other programs, so that nobody compiles mdBook or a sandbox who does not use it.

use std::path::Path;
use std::process::Command;

use attentive_course::manifest;
use attentive_course::{Exercise, Tree};

use crate::args::ForwardedArgs;
use crate::cargo::CargoError;
use crate::chain::{DependencySource, Workspace};
use crate::commands::{CommandResult, CommandStatus};
use crate::error::Error;
use crate::own_functions;
use crate::style::warn;

/// Exit status of cargo when it failed, and of a program that panicked.
const FAILED: i32 = 101;

/// One of the course's other programs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Program {
    /// The book and its figures.
    Book,
    /// Grading a class.
    Batch,
    /// The authors' proofs.
    Proof,
    /// New exercises, and what is missing from them.
    Author,
    /// Language models.
    Pipeline,
}

/// Crates that run the functions of exercises, and are compiled with the learner's for `--own`.
const MODELS: [&str; 2] = ["src/models", "src/pipeline"];

/// Profile of the program that runs models: in the profile of development they take many times as long.
const PROFILE: &str = "pipeline";

impl Program {
    fn package(self) -> &'static str {
        match self {
            Self::Book => "attentive-book",
            Self::Batch => "attentive-batch",
            Self::Proof => "attentive-proof",
            Self::Author => "attentive-author",
            Self::Pipeline => "attentive-pipeline",
        }
    }
}

/// Runs a program with its command, if that is not among the arguments, and the arguments given; in the folder that they
/// were typed in.
pub(crate) fn run(
    program: Program,
    command: Option<&str>,
    passed: &ForwardedArgs,
    here: &Path,
) -> CommandResult {
    finish(cargo_run(program), command, passed, here)
}

/// Runs the program of `pipeline` and `model`: through the course's functions, or with `--own` through the learner's.
pub(crate) fn run_models(command: &str, passed: &ForwardedArgs, here: &Path) -> CommandResult {
    let programs = MODELS.map(Path::new);
    if programs.iter().any(|program| !program.exists()) {
        return Err(Error::NoModels);
    }
    let mut cargo = cargo_run(Program::Pipeline);
    cargo.args(["--profile", PROFILE]);
    let exercises = exercises_of(&programs);
    if passed.has("--own") {
        return run_own(cargo, command, passed, here, &programs, &exercises);
    }
    if exercises
        .iter()
        .any(|exercise| exercise.tree == Tree::Exercises)
        && !asks_for_help(passed)
        && command == "pipeline"
    {
        // The course was released without solutions.
        return Err(Error::OwnAlone);
    }
    finish(cargo, Some(command), passed, here)
}

/// Runs the program through the learner's functions, and says which of these to look at.
fn run_own(
    mut cargo: Command,
    command: &str,
    passed: &ForwardedArgs,
    here: &Path,
    programs: &[&Path],
    exercises: &[Exercise],
) -> CommandResult {
    let exercises = exercises
        .iter()
        .map(|exercise| exercise.in_tree(Tree::Exercises));
    let exercises = DependencySource::Learner.with_prerequisites(&exercises.collect::<Vec<_>>());
    Workspace::write_programs(&exercises, programs)?.add_to(&mut cargo);
    let status = finish(cargo, Some(command), passed, here)?;
    if status == CommandStatus::Other(0) && !asks_for_help(passed) {
        warn(&own_functions::advice(&exercises)?);
    }
    Ok(status)
}

fn asks_for_help(passed: &ForwardedArgs) -> bool {
    passed.has("--help") || passed.has("-h")
}

/// The exercises whose functions programs run.
fn exercises_of(programs: &[&Path]) -> Vec<Exercise> {
    let mut exercises = Vec::new();
    for program in programs {
        let named = manifest::direct_path_deps(program);
        exercises.extend(
            named
                .iter()
                .filter_map(|folder| Exercise::from_path(folder)),
        );
    }
    exercises
}

fn cargo_run(program: Program) -> Command {
    let mut cargo = Command::new(attentive_course::cargo_program());
    cargo.args(["run", "--quiet", "--package", program.package()]);
    cargo
}

fn finish(
    mut cargo: Command,
    command: Option<&str>,
    passed: &ForwardedArgs,
    here: &Path,
) -> CommandResult {
    cargo
        .arg("--")
        .args(command)
        .args(&passed.arguments)
        .current_dir(here);
    // Without it a program does what it can do alone.
    if let Ok(command) = std::env::current_exe() {
        cargo.env(attentive_course::COMMAND_VARIABLE, command);
    }
    let status = cargo.status().map_err(CargoError::from)?;
    // Without an exit status of its own, because it was ended by a signal, it did not do its work.
    let code = status
        .code()
        .filter(|code| *code != FAILED)
        .and_then(|code| u8::try_from(code).ok());
    Ok(CommandStatus::Other(code.unwrap_or(2)))
}
