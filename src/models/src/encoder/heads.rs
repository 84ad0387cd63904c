//! The heads of an encoder: those that its checkpoint has.

use bert::{ClassificationHead, MaskedLmHead};
use ndarray::{Array1, Array2};

use super::names::{FirstName, Names};
use crate::config::{EncoderConfig, EncoderFamily};
use crate::error::ModelError;
use crate::tensors::{Layout, Tensors};
use crate::weights::{LinearWeights, NormWeights};

/// The last layer of a head that classifies.
const CLASSIFIER: &str = "classifier";

/// The heads of a checkpoint.
#[derive(Debug)]
pub(super) struct Heads {
    /// The head that fills gaps.
    pub(super) mask: Option<MaskHead>,
    /// The head that classifies.
    pub(super) classifier: Option<Classifier>,
}

/// The head that fills gaps.
#[derive(Debug)]
pub(super) struct MaskHead {
    transform: LinearWeights,
    norm: NormWeights,
    bias: Array1<f32>,
    /// The decoder's matrix, if it is not the table of tokens.
    pub(super) decoder: Option<Array2<f32>>,
}

/// A head that classifies.
#[derive(Debug)]
pub(super) enum Classifier {
    /// Texts, by the vector of their first token.
    OfText {
        first: LinearWeights,
        last: LinearWeights,
    },
    /// Each token by itself.
    OfTokens(LinearWeights),
}

impl Heads {
    pub(super) fn read(
        tensors: &mut Tensors<'_>,
        names: &Names,
        config: &EncoderConfig,
    ) -> Result<Self, ModelError> {
        let fills = tensors.contains(&format!("{}.weight", names.mask.transform));
        let mask = match fills {
            true => Some(MaskHead::read(tensors, names, config)?),
            false => None,
        };
        let classifies = tensors.contains(&format!("{CLASSIFIER}.weight"));
        let classifier = match classifies {
            true => Some(Classifier::read(tensors, names, config)?),
            false => None,
        };
        Ok(Self { mask, classifier })
    }
}

impl MaskHead {
    fn read(
        tensors: &mut Tensors<'_>,
        names: &Names,
        config: &EncoderConfig,
    ) -> Result<Self, ModelError> {
        let names = &names.mask;
        let (width, inner) = (config.embedding_width, config.width);
        let transform = tensors.linear(names.transform, inner, width, Layout::OutIn)?;
        let norm = tensors.norm(names.norm, width)?;
        // Tied, the decoder has the bias of the head; untied, the head's own is not read.
        let mut biases = names.bias.to_vec();
        if !config.tied {
            biases.reverse();
        }
        let there = biases.iter().find(|name| tensors.contains(name));
        let bias = *there.unwrap_or(&biases[0]);
        let decoder = match config.tied {
            true => None,
            false => Some(tensors.matrix(names.decoder, (config.vocabulary, width))?),
        };
        Ok(Self {
            transform,
            norm,
            bias: tensors.vector(bias, config.vocabulary)?,
            decoder,
        })
    }

    pub(super) fn view(&self) -> MaskedLmHead<'_> {
        MaskedLmHead {
            transform: self.transform.of_bert(),
            norm: self.norm.of_bert(),
            bias: self.bias.view(),
        }
    }
}

impl Classifier {
    fn read(
        tensors: &mut Tensors<'_>,
        names: &Names,
        config: &EncoderConfig,
    ) -> Result<Self, ModelError> {
        let width = config.width;
        let last = tensors.linear(CLASSIFIER, width, config.labels.len(), Layout::OutIn)?;
        let first = match names.first {
            FirstName::Body(name) => tensors.body(name),
            FirstName::Head(name) => name.to_owned(),
        };
        // Old checkpoints that label tokens have a pooler all the same.
        if config.labels_tokens || !tensors.contains(&format!("{first}.weight")) {
            return Ok(Self::OfTokens(last));
        }
        Ok(Self::OfText {
            first: tensors.linear(&first, width, width, Layout::OutIn)?,
            last,
        })
    }
}

/// The head that classifies texts, in the form of its family.
pub(super) fn of_text<'a>(
    family: EncoderFamily,
    first: &'a LinearWeights,
    last: &'a LinearWeights,
) -> ClassificationHead<'a> {
    let classifier = last.of_bert();
    match family {
        EncoderFamily::DistilBert => ClassificationHead::DistilBert {
            pre_classifier: first.of_bert(),
            classifier,
        },
        EncoderFamily::Bert | EncoderFamily::Albert => ClassificationHead::Bert {
            pooler: first.of_bert(),
            classifier,
        },
    }
}
