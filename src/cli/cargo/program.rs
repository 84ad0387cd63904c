//! The course's other programs, compiled one at a time.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::Command;

use super::CargoError;
use super::messages::Said;
use super::output::{Line, Output, ask_for_progress};
use crate::spinner::Spinner;
use crate::style::warn;

/// Compiles a program by a call of `cargo build` to which its name is added, and returns where it is. `None` if it does not
/// compile: what cargo and the compiler say is printed.
///
/// While it lasts, a terminal shows how far it is. Elsewhere a line says that it has begun.
pub(crate) fn compile(mut build: Command, program: &str) -> Result<Option<PathBuf>, CargoError> {
    build.args(["--bin", program]);
    ask_for_progress(&mut build);
    let (mut child, output) = Output::of(build)?;
    let (mut executable, mut messages) = (None, String::new());
    let on_line = |line: Line| {
        if let Some(rendered) = line.message.and_then(|message| message.rendered) {
            messages += &rendered;
        }
        if line.target.is_some_and(|target| target.name == program) {
            executable = line.executable.or(executable.take());
        }
    };
    // It begins to move when cargo does: what is compiled already takes no time.
    let spinner = OnceCell::new();
    let said = output.read(on_line, move |said| {
        if let Said::Progress(state) = said {
            let start = || Spinner::start(&format!("Compiling {program}"));
            spinner.get_or_init(start).set_detail(state);
        }
    })?;
    let compiled = child.wait()?.success();
    for text in [messages, said] {
        if !text.is_empty() {
            warn(text.trim_end());
        }
    }
    match executable {
        _ if !compiled => Ok(None),
        Some(executable) => Ok(Some(executable)),
        None => Err(CargoError::Unnamed(program.to_owned())),
    }
}
