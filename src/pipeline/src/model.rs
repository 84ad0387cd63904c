//! The model of `--model`.

use std::path::Path;

use attentive_models::{Encoder, Gpt, Model, ModelError, Tokenizer};

use crate::args::ModelChoice;
use crate::error::PipelineError;

/// A model that is ready to run.
#[derive(Debug)]
pub(crate) struct Opened<M> {
    /// Its name, as it was typed.
    pub(crate) name: String,
    /// The model.
    pub(crate) model: M,
    /// Its tokenizer, if the folder has one.
    pub(crate) tokenizer: Option<Tokenizer>,
}

impl<M> Opened<M> {
    /// The tokenizer.
    ///
    /// # Errors
    /// When the folder has none.
    pub(crate) fn tokenizer(&self) -> Result<&Tokenizer, PipelineError> {
        self.tokenizer.as_ref().ok_or(PipelineError::NoTokenizer)
    }
}

/// Opens a model that reads.
///
/// # Errors
/// When it cannot be read, or is one that writes.
pub(crate) fn encoder(
    choice: &ModelChoice,
    task: &'static str,
) -> Result<Opened<Encoder>, PipelineError> {
    let opened = open(choice)?;
    match opened.model {
        Model::Encoder(model) => Ok(Opened {
            name: opened.name,
            model,
            tokenizer: opened.tokenizer,
        }),
        Model::Gpt(_) => Err(PipelineError::WrongModel {
            task,
            needed: "a model that reads (BERT, DistilBERT or ALBERT)",
            found: "one that writes (GPT-2)",
        }),
    }
}

/// Opens a model that writes.
///
/// # Errors
/// When it cannot be read, or is one that only reads.
pub(crate) fn gpt(choice: &ModelChoice, task: &'static str) -> Result<Opened<Gpt>, PipelineError> {
    let opened = open(choice)?;
    match opened.model {
        Model::Gpt(model) => Ok(Opened {
            name: opened.name,
            model,
            tokenizer: opened.tokenizer,
        }),
        Model::Encoder(_) => Err(PipelineError::WrongModel {
            task,
            needed: "a model that writes (GPT-2)",
            found: "one that reads (BERT, DistilBERT or ALBERT)",
        }),
    }
}

/// Opens a model of either kind.
///
/// # Errors
/// When it cannot be read, or its tokenizer is another model's.
pub(crate) fn open(choice: &ModelChoice) -> Result<Opened<Model>, PipelineError> {
    let name = choice.model.as_deref().ok_or(PipelineError::NoModel)?;
    let folder = Path::new(name);
    let model = Model::open(folder)?;
    let tokenizer = match Tokenizer::open(folder) {
        Ok(tokenizer) => Some(tokenizer),
        // Then ids will do.
        Err(ModelError::MissingFile { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(tokenizer) = &tokenizer {
        tokenizer.check(&model.config())?;
    }
    Ok(Opened {
        name: name.to_owned(),
        model,
        tokenizer,
    })
}
