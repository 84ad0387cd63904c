//! Small random models, each of a different size.

use crate::inputs::Inputs;
use crate::random::Random;
use crate::random_weights::{self, Size, decoder_names, encoder_names};

/// The number of tokens of a small model that does not say otherwise.
const VOCABULARY: i64 = 7;

/// The width of every small model.
pub(super) const WIDTH: i64 = 4;

/// The sizes in which small models differ, so that no number of theirs can be written into a program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Small {
    pub(super) vocabulary: i64,
    pub(super) blocks: i64,
    pub(super) heads: i64,
}

impl Default for Small {
    fn default() -> Self {
        Self::of_blocks(2)
    }
}

impl Small {
    /// A model with so many blocks.
    pub(super) fn of_blocks(blocks: i64) -> Self {
        Self {
            vocabulary: VOCABULARY,
            blocks,
            heads: 2,
        }
    }

    /// Adds the heads and the embedding.
    pub(super) fn add_embedding(self, inputs: Inputs, random: &Random) -> Inputs {
        let embedding = random.normal(&[self.vocabulary, WIDTH]) / (WIDTH as f64).sqrt();
        inputs
            .with("heads", self.heads)
            .with("embedding", embedding)
    }

    /// Adds the weights of the encoder.
    pub(super) fn add_encoder(self, inputs: Inputs, random: &Random) -> Inputs {
        random_weights::add(inputs, random, self.size(), encoder_names!("encoder."))
    }

    /// Adds the weights of the decoder.
    pub(super) fn add_decoder(self, inputs: Inputs, random: &Random) -> Inputs {
        random_weights::add(inputs, random, self.size(), decoder_names!("decoder."))
    }

    fn size(self) -> Size {
        Size {
            layers: Some(self.blocks),
            d_model: WIDTH,
            inner: WIDTH,
            d_ff: 5,
        }
    }
}
