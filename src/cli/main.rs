//! The `attentive` command: progress, grading, hints, the quiz, and the author's tools.
//!
//! A thin layer: the verdicts come from `attentive-grader`, the questions from `attentive-quiz`, the book from
//! `attentive-book`. Each command is a module in `commands`; what they share is below.

mod args;
mod cargo;
mod chain;
mod commands;
mod error;
mod exercise_status;
mod explanation;
mod fingerprint;
mod grading;
mod own_functions;
mod prints;
mod progress;
mod quizzes;
mod root;
mod signatures;
mod spinner;
mod style;
mod sync;
mod todo_location;
mod untouched;
mod watch;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Author, Command};
use commands::CommandStatus;
use commands::program::{self, Program};
use error::Error;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments
        .command
        .unwrap_or(Command::Status(args::Limit::default())))
    {
        Ok(status) => status.into(),
        Err(error) => {
            // To whoever has stopped reading there is nothing to say.
            if !matches!(&error, Error::Terminal(error) if error.kind() == ErrorKind::BrokenPipe) {
                let label = console::style("error:").red().bold().for_stderr();
                style::warn(&style::message(&format!("{label} {error}")));
            }
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<CommandStatus, Error> {
    if let Command::Check(args::Check { schema: true, .. }) = command {
        return commands::check::schema(); // wherever one is
    }
    let here = root::cd_to_root()?;
    root::ensure_own_sources()?;
    match command {
        Command::Status(limit) => commands::status::run(limit),
        Command::Check(check) => commands::check::run(&check),
        Command::Watch(limit) => watch::run(limit),
        Command::Hint(hint) => commands::hint::run(&hint),
        Command::Reset { exercise } => commands::reset::run(&exercise),
        Command::Quiz(quiz) => commands::quiz::run(&quiz),
        Command::Pipeline(passed) => program::run_models("pipeline", &passed, &here),
        Command::Train(passed) => program::train(&passed, &here),
        Command::Model(passed) => program::run_models("model", &passed, &here),
        Command::Book(passed) => program::run(Program::Book, None, &passed, &here),
        Command::Figure(passed) => program::run(Program::Book, Some("figure"), &passed, &here),
        Command::Grade(passed) => program::run(Program::Batch, Some("grade"), &passed, &here),
        Command::Merge(passed) => program::run(Program::Batch, Some("merge"), &passed, &here),
        Command::Regrade(passed) => program::run(Program::Batch, Some("regrade"), &passed, &here),
        Command::Release(passed) => program::run(Program::Batch, Some("release"), &passed, &here),
        Command::Author(Author::New(passed)) => {
            program::run(Program::Author, Some("new"), &passed, &here)
        }
        Command::Author(Author::Check(passed)) => {
            program::run(Program::Author, Some("check"), &passed, &here)
        }
        Command::Author(Author::Sync {
            exercises,
            check,
            force,
        }) => commands::author::sync(&exercises, check, force),
        Command::Author(Author::Mutants { exercises }) => {
            commands::author::prove("mutants", &exercises, &here)
        }
        Command::Author(Author::Names { exercises }) => {
            commands::author::prove("names", &exercises, &here)
        }
        Command::Author(Author::KillTable(passed)) => {
            program::run(Program::Proof, Some("kill-table"), &passed, &here)
        }
    }
}
