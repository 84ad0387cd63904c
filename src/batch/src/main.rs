//! `attentive-batch`: what `cargo attentive grade` and the instructors' other commands call.

use std::process::ExitCode;

fn main() -> ExitCode {
    attentive_batch::main()
}
