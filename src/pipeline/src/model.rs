//! The model of `--model`: a folder, or a name of the catalogue; without one, that which ships for the task.

use std::path::{Path, PathBuf};

use attentive_models::{Encoder, LanguageModel, Model, ModelError, Tokenizer, catalogue};

use crate::args::ModelChoice;
use crate::error::PipelineError;
use crate::own;

/// A model that is ready to run.
#[derive(Debug)]
pub(crate) struct Opened<M> {
    /// Its name, as it was typed.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
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
    own: bool,
    task: &'static str,
) -> Result<Opened<Encoder>, PipelineError> {
    let opened = open(choice, own, task)?;
    match opened.model {
        Model::Encoder(model) => Ok(Opened {
            name: opened.name,
            folder: opened.folder,
            model,
            tokenizer: opened.tokenizer,
        }),
        Model::Gpt(_) | Model::Llama(_) => Err(PipelineError::WrongModel {
            task,
            needed: "a model that reads (BERT, DistilBERT or ALBERT)",
            found: "one that writes (GPT-2 or Llama)",
        }),
    }
}

/// Opens a model that writes.
///
/// # Errors
/// When it cannot be read, or is one that only reads.
pub(crate) fn writer(
    choice: &ModelChoice,
    own: bool,
    task: &'static str,
) -> Result<Opened<Box<dyn LanguageModel>>, PipelineError> {
    let opened = open(choice, own, task)?;
    let model = opened.model.language_model();
    Ok(Opened {
        name: opened.name,
        folder: opened.folder,
        model: model.ok_or(PipelineError::WrongModel {
            task,
            needed: "a model that writes (GPT-2 or Llama)",
            found: "one that reads (BERT, DistilBERT or ALBERT)",
        })?,
        tokenizer: opened.tokenizer,
    })
}

/// Opens a model of either kind. If `own`, its tokenizer is the learner's as far as that is solved.
///
/// # Errors
/// When it cannot be read, or its tokenizer is another model's.
pub(crate) fn open(
    choice: &ModelChoice,
    own: bool,
    task: &str,
) -> Result<Opened<Model>, PipelineError> {
    let default = catalogue::default_model(task).map(|model| model.name);
    let name = choice.model.as_deref().or(default);
    let name = name.ok_or_else(none_named)?;
    let folder = folder(name)?;
    let model = Model::open(&folder)?;
    if own && !model.is_for_exercises() {
        return Err(PipelineError::NotForExercises);
    }
    let mut tokenizer = match Tokenizer::open(&folder) {
        Ok(tokenizer) => Some(tokenizer),
        // Then ids will do.
        Err(ModelError::MissingFile { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(tokenizer) = &mut tokenizer {
        tokenizer.check(&model.config())?;
        if own {
            own::use_exercise(tokenizer);
        }
    }
    Ok(Opened {
        name: name.to_owned(),
        folder,
        model,
        tokenizer,
    })
}

/// The folder of a model: the one that is called so, or that of a model that ships or was fetched.
///
/// # Errors
/// When there is neither.
pub(crate) fn folder(name: &str) -> Result<PathBuf, PipelineError> {
    let folder = Path::new(name);
    // What can only be a path gets an error about its files.
    if folder.is_dir() || folder.components().count() > 1 {
        return Ok(folder.to_owned());
    }
    Ok(catalogue::model_folder(name)?)
}

/// The error of a command that names no model; it lists those that are there.
pub(crate) fn none_named() -> PipelineError {
    let fetched: Vec<_> = catalogue::MODELS
        .iter()
        .filter(|entry| catalogue::is_fetched(entry))
        .map(|entry| entry.name)
        .collect();
    PipelineError::NoModel(if fetched.is_empty() {
        "`cargo attentive model list` names those that can be fetched".to_owned()
    } else {
        format!("these were fetched: {}", fetched.join(", "))
    })
}
