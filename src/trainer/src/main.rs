//! `cargo attentive train`, as a program.

use std::io::ErrorKind;
use std::process::ExitCode;

use attentive_trainer::{Arguments, TrainerError, run};
use clap::Parser;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        // Nobody reads on, which is no error: `head` had enough.
        Err(TrainerError::Print(error)) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
