//! `cargo attentive author new` and `author check`, as a program.

mod args;

use std::io::{self, Write};
use std::process::ExitCode;

use attentive_author::{
    Check, CheckError, Checked, CreateError, Outcome, create, json, result, summary,
};
use attentive_course::{Course, CourseError};
use clap::Parser;
use thiserror::Error;

use args::{Arguments, Command};

/// A command that could not do its work.
#[derive(Debug, Error)]
enum Error {
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error("this cannot be printed ({0}); print it to a file")]
    Print(#[from] io::Error),
    #[error("this cannot be written as JSON ({0}); leave out --json")]
    Json(#[from] serde_json::Error),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Error> {
    let here = std::env::current_dir()?;
    let course = Course::containing(&here)?;
    match command {
        Command::New { name } => new(&course, &name),
        Command::Check { name, json } => check(course, &name, json),
    }
}

fn new(course: &Course, name: &str) -> Result<ExitCode, Error> {
    let created = create(course, name)?;
    print(&created.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn check(course: Course, name: &str, as_json: bool) -> Result<ExitCode, Error> {
    let check = Check::new(course, name)?;
    let mut steps = Vec::new();
    for step in Check::steps() {
        if !as_json {
            print(&format!("{:<12}", step.name))?;
        }
        let checked = check.take(step);
        if !as_json {
            print(&format!("{}\n", result(&checked)))?;
        }
        steps.push(checked);
    }
    if as_json {
        print(&format!("{}\n", json(&check.folder(), &steps)?))?;
    } else {
        print(&format!("\n{}", summary(&check.folder(), &steps)))?;
    }
    Ok(exit_code(&steps))
}

fn exit_code(steps: &[Checked]) -> ExitCode {
    let mut code = 0;
    for checked in steps {
        code = code.max(match checked.outcome {
            Outcome::Holds => 0,
            Outcome::Missing(_) | Outcome::Waiting(_) => 1,
            Outcome::Failed(_) => 2,
        });
    }
    ExitCode::from(code)
}

/// Prints a text at once, also where it is no whole line yet.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
