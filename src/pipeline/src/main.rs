//! `cargo attentive pipeline` and `cargo attentive model`, as a program.

use std::process::ExitCode;

use attentive_pipeline::{Arguments, run};
use clap::Parser;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
