//! One module a command. Each prints what it has to say and returns whether all is well.

pub(crate) mod author;
pub(crate) mod check;
pub(crate) mod hint;
pub(crate) mod program;
pub(crate) mod quiz;
pub(crate) mod reset;
pub(crate) mod status;

mod json;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::error::Error;

/// End of a command, which becomes its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandStatus {
    /// All passed.
    Passed,
    /// Something did not pass.
    NotPassed,
    /// Another program's exit status, passed on.
    Other(u8),
}

/// Result of a command.
pub(crate) type CommandResult = Result<CommandStatus, Error>;

impl From<bool> for CommandStatus {
    fn from(passed: bool) -> Self {
        if passed {
            Self::Passed
        } else {
            Self::NotPassed
        }
    }
}

impl From<CommandStatus> for ExitCode {
    fn from(status: CommandStatus) -> Self {
        match status {
            CommandStatus::Passed => Self::SUCCESS,
            CommandStatus::NotPassed => Self::from(1),
            CommandStatus::Other(code) => Self::from(code),
        }
    }
}

/// Prints a command's last words. How it ended stays what it is when nobody reads them to their end: `head` had enough.
pub(crate) fn finish(text: &str, status: impl Into<CommandStatus>) -> CommandResult {
    match print(text) {
        Err(Error::Terminal(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(status.into())
        }
        said => said.map(|()| status.into()),
    }
}

/// Prints text on standard output; where `print!` would panic, because nobody reads on, this is an error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
