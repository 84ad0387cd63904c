//! Does what the arguments say.

use crate::args::{Arguments, Command, Task};
use crate::error::PipelineError;
use crate::tokenize;

/// Runs a command.
///
/// # Errors
/// When it cannot do its work.
pub fn run(arguments: &Arguments) -> Result<(), PipelineError> {
    let Command::Pipeline(pipeline) = &arguments.command;
    match &pipeline.task {
        Task::Tokenize(options) => tokenize::run(options),
    }
}
