//! Errors of the pipeline. Each says what was expected, what was found, and what to do.

use std::path::PathBuf;

use attentive_checkpoints::CheckpointError;
use attentive_models::fetch::FetchError;
use attentive_models::{ImageError, ModelError};
use thiserror::Error;

/// A reason for which a pipeline cannot do its work.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The model or its tokenizer cannot be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An image cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A model cannot be converted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A model cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// No model was named.
    #[error("expected --model FOLDER or --model NAME, found none; {0}")]
    NoModel(String),
    /// A file was named as a model.
    #[error(
        "expected --model FOLDER or --model NAME, found the file {path}; name the folder that it is in, {folder}",
        path = path.display(),
        folder = folder.display()
    )]
    ModelIsFile {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// A model that other people trained cannot be trained here.
    #[error("`{name}` was trained by other people; the course trains {known}")]
    TrainedElsewhere {
        /// The name.
        name: String,
        /// The models that the course trains.
        known: String,
    },
    /// No model that the course trains goes by a name.
    #[error("expected a model that the course trains, found `{name}`; {nearest}there are {known}")]
    NotTrained {
        /// The name that was typed.
        name: String,
        /// A suggestion, or nothing.
        nearest: String,
        /// The models that the course trains.
        known: String,
    },
    /// The crate that trains is not there.
    #[error(
        "expected src/reference, which trains models, found none: a released course has no reference; train in a checkout \
         of the course's repository"
    )]
    NoReference,
    /// There is no libtorch to train with.
    #[error(
        "training needs libtorch, and LIBTORCH is not set; run `export LIBTORCH=\"$(src/reference/libtorch.sh)\"` in the \
         course's folder, and try again"
    )]
    NoLibtorch,
    /// Cargo cannot be started.
    #[error("cargo cannot be run ({0}); install Rust from https://rustup.rs")]
    Cargo(std::io::Error),
    /// This program cannot be started once more.
    #[error("a process that fills in the chat template cannot be run ({0}); leave out --chat")]
    NoProcess(std::io::Error),
    /// The process that fills in a chat template cannot be limited.
    #[error(
        "the process that fills in the chat template cannot be limited ({0}); leave out --chat"
    )]
    NoLimits(std::io::Error),
    /// The process that fills in a chat template came to an end of its own without an answer.
    #[error(
        "expected text from the process that fills in the chat template, found none ({status}); leave out --chat"
    )]
    NoFilledText {
        /// The end of the process.
        status: std::process::ExitStatus,
    },
    /// A chat template does not take the conversation.
    #[error("{0}")]
    Template(String),
    /// A chat template takes more than it may.
    #[error(
        "{folder}: expected a chat template that turns the conversation into text, found one that takes too much memory or \
         time ({status}); do not trust this model", folder = folder.display()
    )]
    LargeTemplate {
        /// The folder of the model.
        folder: PathBuf,
        /// The end of the process that filled it in.
        status: std::process::ExitStatus,
    },
    /// A file cannot be read or written.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// A file of texts is no text.
    #[error("{path}: expected text in UTF-8, found other bytes; save it in UTF-8", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// Standard input cannot be read.
    #[error("standard input cannot be read: {0}; expected text in UTF-8")]
    Input(std::io::Error),
    /// There are no texts.
    #[error(
        "expected a text, found none; type one after the task, or name a file with one text a line: --file FILE"
    )]
    NoText,
    /// A text without tokens, where one is needed.
    #[error("text {number} is empty; expected a text of at least one token")]
    EmptyPrompt {
        /// Number of the text, from 1.
        number: usize,
    },
    /// A text that should be token ids is something else.
    #[error(
        "expected token ids such as \"101 2023 102\", found `{found}` in text {number}; without --ids it is read as text"
    )]
    NotIds {
        /// Number of the text, from 1.
        number: usize,
        /// The word that is no number.
        found: String,
    },
    /// A token id that the model does not have.
    #[error(
        "expected token ids below {vocabulary}, found {found} in text {number}; the model has no more tokens"
    )]
    IdOutOfVocabulary {
        /// Number of the text, from 1.
        number: usize,
        /// The id.
        found: usize,
        /// Number of tokens that the model has.
        vocabulary: usize,
    },
    /// The text leaves no room for a new token.
    #[error(
        "text {number} has {length} tokens, and the model reads {context} at most, of which at least one has to be new; shorten it"
    )]
    PromptTooLong {
        /// Number of the text, from 1.
        number: usize,
        /// Its tokens.
        length: usize,
        /// Tokens that the model can read.
        context: usize,
    },
    /// The source is longer than the model can read.
    #[error(
        "expected at most {context} tokens in text {number} (`n_positions` in config.json, or 512 without it), found {length}; \
         shorten it, or split it into several texts"
    )]
    SourceTooLong {
        /// Number of the text, from 1.
        number: usize,
        /// Its tokens, with the end.
        length: usize,
        /// Tokens that the model can read.
        context: usize,
    },
    /// A conversation leaves no room for an answer.
    #[error(
        "expected a conversation of fewer than {context} tokens, which is what the model reads, found {length} with the last \
         question; begin a new one"
    )]
    ConversationTooLong {
        /// The tokens of all questions and answers.
        length: usize,
        /// Tokens that the model can read.
        context: usize,
    },
    /// An option with a value that means nothing.
    #[error("expected {option} {expected}, found {found}")]
    Option {
        /// The option, as it is typed.
        option: &'static str,
        /// Values that it takes.
        expected: String,
        /// The value.
        found: String,
    },
    /// The model is of a kind that cannot do the task.
    #[error(
        "{task} needs {needed}, and this is {found}; {advice}choose a different one with --model"
    )]
    WrongModel {
        /// The task.
        task: &'static str,
        /// Kind of model that the task needs.
        needed: &'static str,
        /// Kind of model that there is.
        found: &'static str,
        /// The task that runs it, if there is only one.
        advice: &'static str,
    },
    /// The exercises take floats, and the weights are to stay in blocks.
    #[error(
        "expected --weights f32 with --own, found stored; your functions take floats, so leave out --weights or --own"
    )]
    StoredForExercises,
    /// There is no tokenizer, and the texts are no ids.
    #[error(
        "the folder has no tokenizer (tokenizer.json or vocab.txt), so it cannot read text; give token ids with --ids"
    )]
    NoTokenizer,
    /// A text without a gap.
    #[error(
        "expected {mask} in text {number}, found none; write it where a word is to be filled in"
    )]
    NoGap {
        /// Number of the text, from 1.
        number: usize,
        /// The mask token.
        mask: String,
    },
    /// The tokenizer knows no mask token.
    #[error(
        "the tokenizer has no mask token, so there is no gap to fill; choose a model of BERT's family"
    )]
    NoMaskToken,
    /// The output cannot be written.
    #[error("this cannot be printed ({0}); print it to a file")]
    Print(#[from] std::io::Error),
    /// Tensors that make no file.
    #[error("the tensors cannot be written ({0}); leave out --tensors")]
    Tensors(#[from] safetensors::SafeTensorError),
    /// Something cannot be turned into JSON.
    #[error("this cannot be written as JSON ({0}); leave out --json")]
    Json(#[from] serde_json::Error),
}
