//! BERT, DistilBERT and ALBERT: their tensors, and exercise 17's functions on them.

mod heads;
mod layer;
mod names;

use std::path::{Path, PathBuf};

use attentive_checkpoints::Checkpoint;
use bert::{Bert, BertEmbeddings};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3};

use crate::config::{EncoderConfig, EncoderFamily};
use crate::error::ModelError;
use crate::fused;
use crate::states::States;
use crate::tensors::{Layout, Tensors};
use crate::weights::{LinearWeights, NormWeights};

use heads::{Classifier, Heads};
use layer::Layer;
use names::Names;

/// The table of tokens, which any encoder has.
const TOKENS: &str = "embeddings.word_embeddings.weight";

/// A model that reads.
#[derive(Debug)]
pub struct Encoder {
    folder: PathBuf,
    config: EncoderConfig,
    embeddings: Embeddings,
    /// As many as are different: ALBERT's layers share one.
    layers: Vec<Layer>,
    heads: Heads,
}

#[derive(Debug)]
struct Embeddings {
    word: Array2<f32>,
    position: Array2<f32>,
    token_type: Option<Array2<f32>>,
    norm: NormWeights,
    projection: Option<LinearWeights>,
}

impl Encoder {
    pub(crate) fn read(
        folder: &Path,
        config: EncoderConfig,
        checkpoint: &Checkpoint,
    ) -> Result<Self, ModelError> {
        let names = Names::of(config.family);
        let mut tensors = Tensors::new(checkpoint, names.prefix, TOKENS);
        let embeddings = Embeddings::read(&mut tensors, &config)?;
        let different = match config.family {
            EncoderFamily::Albert => 1,
            _ => config.layers,
        };
        let mut layers = Vec::new();
        for number in 0..different {
            layers.push(Layer::read(&mut tensors, &names, number, &config)?);
        }
        let heads = Heads::read(&mut tensors, &names, &config)?;
        tensors.finish(|name| names.may_be_left(name))?;
        Ok(Self {
            folder: folder.to_owned(),
            config,
            embeddings,
            layers,
            heads,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Runs the model. `ids`, `types` and `mask` are (batch, tokens), and `mask` is `false` at padding. There are at most
    /// [`EncoderConfig::context`] tokens.
    pub fn run(
        &self,
        ids: ArrayView2<'_, usize>,
        types: ArrayView2<'_, usize>,
        mask: ArrayView2<'_, bool>,
    ) -> States {
        let encoded = bert::encode(ids, types, mask, &self.view());
        States {
            hidden: encoded.states,
            attentions: encoded.attention,
        }
    }

    /// The last hidden states alone: (batch, tokens, width). They are those of [`Encoder::run`], in half of the time or less,
    /// and are not computed by exercise 17's functions, unless the course is one that was released without solutions.
    pub fn last_states(
        &self,
        ids: ArrayView2<'_, usize>,
        types: ArrayView2<'_, usize>,
        mask: ArrayView2<'_, bool>,
    ) -> Array3<f32> {
        fused::encode(ids, types, mask, &self.view())
    }

    /// A vector of length 1 for each text, from the last hidden states.
    pub fn sentence(&self, states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
        bert::sentence(states, mask)
    }

    /// The scores of every token at each place, from the last hidden states: (batch, tokens, vocabulary).
    ///
    /// # Errors
    /// When the checkpoint has no head for it.
    pub fn fill_mask(&self, states: ArrayView3<'_, f32>) -> Result<Array3<f32>, ModelError> {
        let head = self.heads.mask.as_ref();
        let head = head.ok_or_else(|| self.lacks("a head that fills gaps"))?;
        let decoder = head.decoder.as_ref().unwrap_or(&self.embeddings.word);
        Ok(bert::fill_mask(
            states,
            &head.view(),
            decoder.view(),
            self.config.epsilon,
        ))
    }

    /// The scores of every label for each text, from the last hidden states: (batch, labels).
    ///
    /// # Errors
    /// When the checkpoint has no head for it.
    pub fn classify(&self, states: ArrayView3<'_, f32>) -> Result<Array2<f32>, ModelError> {
        match &self.heads.classifier {
            Some(Classifier::OfText { first, last }) => {
                let head = heads::of_text(self.config.family, first, last);
                Ok(bert::classify(states, &head))
            }
            _ => Err(self.lacks("a head that classifies texts")),
        }
    }

    /// The scores of every label for each token, from the last hidden states: (batch, tokens, labels).
    ///
    /// # Errors
    /// When the checkpoint has no head for it.
    pub fn classify_tokens(&self, states: ArrayView3<'_, f32>) -> Result<Array3<f32>, ModelError> {
        match &self.heads.classifier {
            Some(Classifier::OfTokens(layer)) => Ok(layer.of_bert().apply(states)),
            _ => Err(self.lacks("a head that classifies tokens")),
        }
    }

    fn lacks(&self, expected: &'static str) -> ModelError {
        ModelError::MissingHead {
            folder: self.folder.clone(),
            expected,
        }
    }

    fn view(&self) -> Bert<'_> {
        let layers = self.layers.iter().cycle().take(self.config.layers);
        Bert {
            embeddings: self.embeddings.view(),
            layers: layers.map(Layer::view).collect(),
            heads: self.config.heads,
            epsilon: self.config.epsilon,
        }
    }
}

impl Embeddings {
    fn read(tensors: &mut Tensors<'_>, config: &EncoderConfig) -> Result<Self, ModelError> {
        let width = config.embedding_width;
        let mut table = |name: &str, rows| {
            let name = tensors.body(&format!("embeddings.{name}.weight"));
            tensors.matrix(&name, (rows, width))
        };
        let word = table("word_embeddings", config.vocabulary)?;
        let position = table("position_embeddings", config.context)?;
        let token_type = match config.family {
            EncoderFamily::DistilBert => None,
            _ => Some(table("token_type_embeddings", config.token_types)?),
        };
        let projection = match config.family {
            EncoderFamily::Albert => {
                let name = tensors.body("encoder.embedding_hidden_mapping_in");
                Some(tensors.linear(&name, width, config.width, Layout::OutIn)?)
            }
            _ => None,
        };
        Ok(Self {
            word,
            position,
            token_type,
            norm: tensors.norm(&tensors.body("embeddings.LayerNorm"), width)?,
            projection,
        })
    }

    fn view(&self) -> BertEmbeddings<'_> {
        BertEmbeddings {
            word: self.word.view(),
            position: self.position.view(),
            token_type: self.token_type.as_ref().map(|table| table.view()),
            norm: self.norm.of_bert(),
            projection: self.projection.as_ref().map(LinearWeights::of_bert),
        }
    }
}
