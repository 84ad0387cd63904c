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
    /// Training a model.
    Trainer,
}

/// Crates that run the functions of exercises on models, and are compiled with the learner's for `--own`.
const MODELS: [&str; 2] = ["src/models", "src/pipeline"];

/// The crate that trains a model by the functions of exercises.
const TRAINER: [&str; 1] = ["src/trainer"];

/// Profile of the programs that run models: in the profile of development they take many times as long.
const PROFILE: &str = "pipeline";

impl Program {
    fn package(self) -> &'static str {
        match self {
            Self::Book => "attentive-book",
            Self::Batch => "attentive-batch",
            Self::Proof => "attentive-proof",
            Self::Author => "attentive-author",
            Self::Pipeline => "attentive-pipeline",
            Self::Trainer => "attentive-trainer",
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
    let exercises = exercises_run_by(&MODELS).ok_or(Error::NoModels)?;
    let mut cargo = cargo_run(Program::Pipeline);
    cargo.args(["--profile", PROFILE]);
    if !passed.has("--own") {
        if command == "pipeline" {
            ensure_solutions(&exercises, passed)?;
        }
        return finish(cargo, Some(command), passed, here);
    }
    let exercises = own(&exercises);
    own_workspace()?.add_to(&mut cargo);
    let status = finish(cargo, Some(command), passed, here)?;
    if status == CommandStatus::Other(0) && !asks_for_help(passed) {
        warn(&own_functions::advice(&exercises)?);
    }
    Ok(status)
}

/// Runs the program that trains a model: by the course's functions, or with `--own` by the learner's.
///
/// It may run for minutes, and Ctrl-C is for it alone. So it is compiled first, and then takes the place of this program,
/// where the system knows such a thing. What is to be said about the learner's functions is said before that.
pub(crate) fn train(passed: &ForwardedArgs, here: &Path) -> CommandResult {
    let exercises = exercises_run_by(&TRAINER).ok_or(Error::NoTrainer)?;
    let mut calls = ["build", "run"].map(|call| cargo_call(call, Program::Trainer));
    for cargo in &mut calls {
        cargo.args(["--profile", PROFILE]);
    }
    let [mut build, mut run] = calls;
    // Until the program is compiled, no other process may change the manifests.
    let workspace = if passed.has("--own") {
        let exercises = own(&exercises);
        if !asks_for_help(passed) {
            warn(&own_functions::advice(&exercises)?);
        }
        let workspace = own_workspace()?;
        workspace.add_to(&mut build);
        workspace.add_to(&mut run);
        Some(workspace)
    } else {
        ensure_solutions(&exercises, passed)?;
        None
    };
    let built = build.current_dir(here).status().map_err(CargoError::from)?;
    if !built.success() {
        // Cargo has said why.
        return Ok(CommandStatus::Other(2));
    }
    drop(workspace);
    replace(run, passed, here)
}

/// The exercises that programs run, directly: the course's, or the learner's if there are no others. `None` if a program is
/// not there: a course may be released without it.
fn exercises_run_by(programs: &[&str]) -> Option<Vec<Exercise>> {
    let mut exercises = Vec::new();
    for program in programs {
        let folder = Path::new(program);
        if !folder.exists() {
            return None;
        }
        let named = manifest::direct_path_deps(folder);
        exercises.extend(
            named
                .iter()
                .filter_map(|folder| Exercise::from_path(folder)),
        );
    }
    Some(exercises)
}

/// Checks that the exercises are solved by the course, unless help is all that is asked for.
fn ensure_solutions(exercises: &[Exercise], passed: &ForwardedArgs) -> Result<(), Error> {
    let is_learners = |exercise: &Exercise| exercise.tree == Tree::Exercises;
    if exercises.iter().any(is_learners) && !asks_for_help(passed) {
        // The course was released without solutions.
        return Err(Error::OwnAlone);
    }
    Ok(())
}

/// The learner's own exercises in place of these, and all that they are built on.
fn own(exercises: &[Exercise]) -> Vec<Exercise> {
    let exercises = exercises
        .iter()
        .map(|exercise| exercise.in_tree(Tree::Exercises));
    DependencySource::Learner.with_prerequisites(&exercises.collect::<Vec<_>>())
}

/// The workspace in which programs run the learner's functions. It has all of these programs, so that it is the same
/// whichever of them is called.
fn own_workspace() -> Result<Workspace, Error> {
    let (mut programs, mut exercises) = (Vec::new(), Vec::new());
    for group in [&MODELS[..], &TRAINER[..]] {
        if let Some(run) = exercises_run_by(group) {
            programs.extend(group.iter().map(|&program| Path::new(program)));
            exercises.extend(run);
        }
    }
    Ok(Workspace::write_programs(&own(&exercises), &programs)?)
}

fn asks_for_help(passed: &ForwardedArgs) -> bool {
    passed.has("--help") || passed.has("-h")
}

fn cargo_run(program: Program) -> Command {
    cargo_call("run", program)
}

fn cargo_call(call: &str, program: Program) -> Command {
    let mut cargo = Command::new(attentive_course::cargo_program());
    cargo.args([call, "--quiet", "--package", program.package()]);
    cargo
}

fn finish(
    mut cargo: Command,
    command: Option<&str>,
    passed: &ForwardedArgs,
    here: &Path,
) -> CommandResult {
    add_arguments(&mut cargo, command, passed, here);
    let status = cargo.status().map_err(CargoError::from)?;
    // Without an exit status of its own, because it was ended by a signal, it did not do its work.
    let code = status
        .code()
        .filter(|code| *code != FAILED)
        .and_then(|code| u8::try_from(code).ok());
    Ok(CommandStatus::Other(code.unwrap_or(2)))
}

/// Runs a program in place of this one, with this one's process: its exit status and its signals are the program's.
#[cfg(unix)]
fn replace(mut cargo: Command, passed: &ForwardedArgs, here: &Path) -> CommandResult {
    use std::os::unix::process::CommandExt;

    add_arguments(&mut cargo, None, passed, here);
    // It returns only if it cannot be done.
    Err(CargoError::from(cargo.exec()).into())
}

#[cfg(not(unix))]
fn replace(cargo: Command, passed: &ForwardedArgs, here: &Path) -> CommandResult {
    finish(cargo, None, passed, here)
}

fn add_arguments(cargo: &mut Command, command: Option<&str>, passed: &ForwardedArgs, here: &Path) {
    cargo
        .arg("--")
        .args(command)
        .args(&passed.arguments)
        .current_dir(here);
    // Without it a program does what it can do alone.
    if let Ok(command) = std::env::current_exe() {
        cargo.env(attentive_course::COMMAND_VARIABLE, command);
    }
}
