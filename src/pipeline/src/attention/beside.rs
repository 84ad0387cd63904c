//! The course's weights beside the learner's. This program was compiled with the learner's functions alone, so another
//! one computes the course's.

use std::process::{Command, Stdio};

use attentive_course::COMMAND_VARIABLE;

use crate::args::Attention;
use crate::page::Weights;

/// The weights that the course's functions compute for the same text, or `None` where these cannot be run: in a course
/// without solutions, or if `cargo attentive` did not start this program.
pub(super) fn of_course(options: &Attention, text: &str, model: &str) -> Option<Weights> {
    let mut command = Command::new(std::env::var_os(COMMAND_VARIABLE)?);
    command.args(["pipeline", "attention", "--json", "--model", model]);
    if options.input.ids {
        command.arg("--ids");
    }
    // A text may begin with a dash.
    let output = command.args(["--", text]).stdin(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    serde_json::from_slice(&output.stdout).ok()
}
