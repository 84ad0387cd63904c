//! The model of `--model`: a folder, or a name of the catalogue; without one, that which ships for the task.

use std::path::{Path, PathBuf};

use attentive_models::{
    Encoder, LanguageModel, Model, ModelError, T5, Tokenizer, Vit, Weights, catalogue,
};

use crate::args::{ModelChoice, WeightForm};
use crate::error::PipelineError;
use crate::input;
use crate::own;
use crate::pieces::Piece;
use crate::print::note;

/// The kinds of models, as errors name them.
const READS: &str = "a model that reads (BERT, DistilBERT or ALBERT)";
const WRITES: &str = "a model that continues a text (GPT-2 or Llama)";
const TURNS: &str = "a model that turns a text into a different one (T5)";
const LOOKS: &str = "a model that looks at images (ViT)";

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

    /// Cuts a text into tokens, or takes it as ids of a vocabulary. `number` is the text's, from 0.
    ///
    /// # Errors
    /// When there is no tokenizer, or an id is none.
    pub(crate) fn piece(
        &self,
        vocabulary: usize,
        text: &str,
        number: usize,
        as_ids: bool,
    ) -> Result<Piece, PipelineError> {
        if !as_ids {
            return Ok(Piece::encode(self.tokenizer()?, text, number)?);
        }
        let ids = input::ids(text, number + 1)?;
        input::ensure_known(&ids, vocabulary, number + 1)?;
        Ok(Piece::from_ids(ids, self.tokenizer.as_ref(), number))
    }

    /// The same with a part of the model, or an error if the model does not have it.
    fn with<N>(
        self,
        part: impl FnOnce(M) -> Option<N>,
        otherwise: PipelineError,
    ) -> Result<Opened<N>, PipelineError> {
        Ok(Opened {
            name: self.name,
            folder: self.folder,
            model: part(self.model).ok_or(otherwise)?,
            tokenizer: self.tokenizer,
        })
    }
}

/// Opens a model that reads.
///
/// # Errors
/// When it cannot be read, or is of another kind.
pub(crate) fn encoder(
    choice: &ModelChoice,
    own: bool,
    task: &'static str,
) -> Result<Opened<Encoder>, PipelineError> {
    let opened = open(choice, own, task)?;
    let wrong = wrong_model(task, READS, &opened.model);
    opened.with(Model::encoder, wrong)
}

/// Opens a model that looks at images.
///
/// # Errors
/// When it cannot be read, or is of another kind.
pub(crate) fn vit(
    choice: &ModelChoice,
    own: bool,
    task: &'static str,
) -> Result<Opened<Vit>, PipelineError> {
    let opened = open(choice, own, task)?;
    let wrong = wrong_model(task, LOOKS, &opened.model);
    opened.with(Model::vit, wrong)
}

/// Opens a model that continues texts. Without a form for its weights, they stay as they are in the file, unless exercises
/// take them.
///
/// # Errors
/// When it cannot be read, is of another kind, or is to be in a form that exercises do not take.
pub(crate) fn writer(
    choice: &ModelChoice,
    own: bool,
    task: &'static str,
    form: Option<WeightForm>,
) -> Result<Opened<Box<dyn LanguageModel>>, PipelineError> {
    let weights = match (form, own) {
        (Some(WeightForm::Stored), true) => return Err(PipelineError::StoredForExercises),
        (Some(WeightForm::F32), _) | (None, true) => Weights::F32,
        (Some(WeightForm::Stored) | None, false) => Weights::Stored,
    };
    let opened = open_as(choice, own, task, weights)?;
    let wrong = wrong_model(task, WRITES, &opened.model);
    opened.with(Model::language_model, wrong)
}

/// Opens a model that turns a text into a different one.
///
/// # Errors
/// When it cannot be read, or is of another kind.
pub(crate) fn text2text(
    choice: &ModelChoice,
    own: bool,
    task: &'static str,
) -> Result<Opened<T5>, PipelineError> {
    let opened = open(choice, own, task)?;
    let wrong = wrong_model(task, TURNS, &opened.model);
    opened.with(Model::t5, wrong)
}

/// The error of a task that needs a model of a different kind.
fn wrong_model(task: &'static str, needed: &'static str, model: &Model) -> PipelineError {
    let (found, advice) = match model {
        Model::Encoder(_) => (READS, ""),
        Model::Gpt(_) | Model::Llama(_) => (WRITES, "use text-generation, or "),
        Model::T5(_) => (TURNS, "use text2text-generation, or "),
        Model::Vit(_) => (LOOKS, "use image-classification, or "),
    };
    PipelineError::WrongModel {
        task,
        needed,
        found,
        advice,
    }
}

/// Opens a model of any kind. If `own`, its tokenizer is the learner's as far as that is solved.
///
/// # Errors
/// When it cannot be read, or its tokenizer is another model's.
pub(crate) fn open(
    choice: &ModelChoice,
    own: bool,
    task: &str,
) -> Result<Opened<Model>, PipelineError> {
    open_as(choice, own, task, Weights::F32)
}

/// Opens a model of either kind, with its weights in this form.
fn open_as(
    choice: &ModelChoice,
    own: bool,
    task: &str,
    weights: Weights,
) -> Result<Opened<Model>, PipelineError> {
    let default = catalogue::default_model(task).map(|model| model.name);
    let name = choice.model.as_deref().or(default);
    let name = name.ok_or_else(none_named)?;
    let folder = folder(name)?;
    let model = Model::open_as(&folder, weights)?;
    if own && model.is_scaled() {
        note(
            "The rotary frequencies of this model are scaled, and exercise 21's `self_attention` has no place for that: your \
             `rotate` turns each pair of features with a base of its own, and the course puts your other functions together.",
        );
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
/// When there is neither, or a file in its place.
pub(crate) fn folder(name: &str) -> Result<PathBuf, PipelineError> {
    let folder = Path::new(name);
    // What can only be a path gets an error about its files.
    let is_path = folder.components().count() > 1;
    if folder.is_file() && (is_path || folder.extension().is_some()) {
        return Err(PipelineError::ModelIsFile {
            path: folder.to_owned(),
            folder: match folder.parent() {
                Some(parent) if is_path => parent.to_owned(),
                _ => PathBuf::from("."),
            },
        });
    }
    if folder.is_dir() || is_path {
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
