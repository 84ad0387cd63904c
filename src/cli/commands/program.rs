//! Commands that are other programs, so that nobody compiles mdBook or a sandbox who does not use it.

use std::path::Path;
use std::process::Command;

use attentive_course::manifest;
use attentive_course::{Exercise, Tree};

use crate::args::ForwardedArgs;
use crate::cargo;
use crate::chain::{DependencySource, Workspace};
use crate::commands::{CommandResult, CommandStatus};
use crate::error::Error;
use crate::own_functions;
use crate::style::warn;

/// Exit status of a program that panicked.
const PANICKED: i32 = 101;

/// The command's exit status when a program does not compile. Cargo has said why.
const NOT_COMPILED: CommandStatus = CommandStatus::Other(2);

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

    fn runs_models(self) -> bool {
        matches!(self, Self::Pipeline | Self::Trainer)
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
    match compile(program, None, here)? {
        Some(program) => finish(program, command, passed, here),
        None => Ok(NOT_COMPILED),
    }
}

/// Runs the program of `pipeline` and `model`: through the course's functions, or with `--own` through the learner's.
pub(crate) fn run_models(command: &str, passed: &ForwardedArgs, here: &Path) -> CommandResult {
    let exercises = exercises_run_by(&MODELS).ok_or(Error::NoModels)?;
    if !passed.has("--own") {
        if command == "pipeline" {
            ensure_solutions(&exercises, passed)?;
        }
        return run(Program::Pipeline, Some(command), passed, here);
    }
    let exercises = own(&exercises);
    let workspace = own_workspace()?;
    let Some(program) = compile(Program::Pipeline, Some(&workspace), here)? else {
        return Ok(NOT_COMPILED);
    };
    let status = finish(program, Some(command), passed, here)?;
    if status == CommandStatus::Other(0) && !asks_for_help(passed) {
        warn(&own_functions::advice(&exercises)?);
    }
    Ok(status)
}

/// Runs the program that trains a model: by the course's functions, or with `--own` by the learner's.
///
/// It may run for minutes, and Ctrl-C is for it alone. So it takes the place of this program, where the system knows such a
/// thing. What is to be said about the learner's functions is said before that.
pub(crate) fn train(passed: &ForwardedArgs, here: &Path) -> CommandResult {
    let exercises = exercises_run_by(&TRAINER).ok_or(Error::NoTrainer)?;
    // Until the program is compiled, no other process may change the manifests.
    let workspace = if passed.has("--own") {
        let exercises = own(&exercises);
        if !asks_for_help(passed) {
            warn(&own_functions::advice(&exercises)?);
        }
        Some(own_workspace()?)
    } else {
        ensure_solutions(&exercises, passed)?;
        None
    };
    let compiled = compile(Program::Trainer, workspace.as_ref(), here)?;
    drop(workspace);
    match compiled {
        Some(program) => replace(program, passed, here),
        None => Ok(NOT_COMPILED),
    }
}

/// Compiles a program of the course, or of a workspace of the learner's functions; `None` if it does not compile.
fn compile(
    program: Program,
    workspace: Option<&Workspace>,
    here: &Path,
) -> Result<Option<Command>, Error> {
    let mut build = Command::new(attentive_course::cargo_program());
    build.arg("build").current_dir(here);
    let packages = match workspace {
        Some(workspace) => {
            workspace.add_to(&mut build);
            let folders = MODELS.iter().chain(&TRAINER).map(Path::new);
            folders.filter_map(manifest::package).collect()
        }
        None => manifest::tools(Path::new(".")),
    };
    for package in packages {
        build.arg("--package").arg(package);
    }
    if program.runs_models() {
        build.args(["--profile", PROFILE]);
    }
    Ok(cargo::compile(build, program.package())?.map(Command::new))
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

fn finish(
    mut program: Command,
    command: Option<&str>,
    passed: &ForwardedArgs,
    here: &Path,
) -> CommandResult {
    add_arguments(&mut program, command, passed, here);
    let status = program.status()?;
    // Without an exit status of its own, because it was ended by a signal or panicked, it did not do its work.
    let code = status
        .code()
        .filter(|code| *code != PANICKED)
        .and_then(|code| u8::try_from(code).ok());
    Ok(CommandStatus::Other(code.unwrap_or(2)))
}

/// Runs a program in place of this one, with this one's process: its exit status and its signals are the program's.
#[cfg(unix)]
fn replace(mut program: Command, passed: &ForwardedArgs, here: &Path) -> CommandResult {
    use std::os::unix::process::CommandExt;

    add_arguments(&mut program, None, passed, here);
    // It returns only if it cannot be done.
    Err(program.exec().into())
}

#[cfg(not(unix))]
fn replace(program: Command, passed: &ForwardedArgs, here: &Path) -> CommandResult {
    finish(program, None, passed, here)
}

fn add_arguments(
    program: &mut Command,
    command: Option<&str>,
    passed: &ForwardedArgs,
    here: &Path,
) {
    program
        .args(command)
        .args(&passed.arguments)
        .current_dir(here);
    // Without it a program does what it can do alone.
    if let Ok(command) = std::env::current_exe() {
        program.env(attentive_course::COMMAND_VARIABLE, command);
    }
}
