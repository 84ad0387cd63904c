//! The course's other programs, compiled one at a time.

use std::cell::OnceCell;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use super::{CargoError, Line, messages};
use crate::spinner::Spinner;
use crate::style::warn;

/// Compiles a program by a call of `cargo build` to which its name is added, and returns where it is. `None` if it does not
/// compile: what cargo and the compiler say is printed.
///
/// While it lasts, a terminal shows how far it is.
pub(crate) fn compile(mut build: Command, program: &str) -> Result<Option<PathBuf>, CargoError> {
    build.args(["--bin", program]);
    super::ask_for_messages(&mut build);
    if Spinner::can_move() {
        super::ask_for_progress(&mut build);
    } else {
        build.arg("--quiet");
    }
    let mut child = build
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (executable, messages, said) = thread::scope(|scope| {
        let said = scope.spawn(|| {
            let spinner = OnceCell::new();
            let show = |state: &str| {
                let text = || Spinner::start(&format!("Compiling {program}"));
                spinner.get_or_init(text).set_detail(state);
            };
            stderr
                .map(|pipe| messages::read(pipe, show))
                .unwrap_or_default()
        });
        let (mut executable, mut messages) = (None, String::new());
        for line in stdout
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines)
        {
            // What a build script prints is no message of cargo's.
            let Ok(line) = serde_json::from_str::<Line>(&line?) else {
                continue;
            };
            if let Some(rendered) = line.message.and_then(|message| message.rendered) {
                messages += &rendered;
            }
            if line.target.is_some_and(|target| target.name == program) {
                executable = line.executable.or(executable);
            }
        }
        Ok::<_, CargoError>((executable, messages, said.join().unwrap_or_default()))
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
