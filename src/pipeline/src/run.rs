//! Does what the arguments say.

use std::process::ExitCode;

use crate::args::{Arguments, Command, ModelCommand, Task};
use crate::error::PipelineError;
use crate::{
    attention, catalogue, chat, classify, classify_images, convert, features, fill_mask, generate,
    own, text2text, tokenize, train,
};

/// Exit status if a function of the learner's is not solved or panicked.
const NOT_SOLVED: u8 = 1;

/// Runs a command.
///
/// # Errors
/// When it cannot do its work.
pub fn run(arguments: &Arguments) -> Result<ExitCode, PipelineError> {
    match &arguments.command {
        Command::Pipeline(pipeline) if is_own(&pipeline.task) => {
            let Some(ended) = own::run(|| task(&pipeline.task)) else {
                return Ok(ExitCode::from(NOT_SOLVED));
            };
            ended?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Pipeline(pipeline) => {
            task(&pipeline.task)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::FillTemplate => {
            chat::fill_within_limits()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Model(model) => {
            match &model.command {
                ModelCommand::List => catalogue::list()?,
                ModelCommand::Fetch { name } => catalogue::fetch(name)?,
                ModelCommand::Convert(options) => convert::run(options)?,
                ModelCommand::Train(options) => return train::run(options),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn task(task: &Task) -> Result<(), PipelineError> {
    match task {
        Task::Tokenize(options) => tokenize::run(options),
        Task::FeatureExtraction(options) => features::run(options),
        Task::FillMask(options) => fill_mask::run(options),
        Task::TextClassification(options) => classify::texts(options),
        Task::TokenClassification(options) => classify::tokens(options),
        Task::TextGeneration(options) => generate::run(options),
        Task::Text2TextGeneration(options) => text2text::run(options),
        Task::ImageClassification(options) => classify_images::run(options),
        Task::Attention(options) => attention::run(options),
    }
}

/// Returns `true` if a task is to call the learner's functions.
fn is_own(task: &Task) -> bool {
    match task {
        Task::Tokenize(options) => options.input.own,
        Task::FeatureExtraction(options) => options.input.own,
        Task::FillMask(options) => options.input.own,
        Task::TextClassification(options) | Task::TokenClassification(options) => options.input.own,
        Task::TextGeneration(options) => options.input.own,
        Task::Text2TextGeneration(options) => options.input.own,
        Task::ImageClassification(options) => options.own,
        Task::Attention(options) => options.input.own,
    }
}
