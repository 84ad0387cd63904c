//! A model, as far as training has to know it.

use std::fmt::Debug;

use serde_json::Value;
use tch::Tensor;
use tokenizers::Tokenizer;

use super::corpus::Corpus;
use super::error::TrainingError;

/// A model that can be trained: its variables are in a store of libtorch's, by the names that the hub's library gives them.
pub(super) trait Network: Debug {
    /// Draws a batch.
    fn draw(&self, corpus: &Corpus) -> Tensor;

    /// The mean cross-entropy on rows of tokens (rows, length), in nats per predicted token, with dropout or without.
    fn loss(&self, rows: &Tensor, purpose: Purpose) -> Tensor;

    /// The fields of `config.json`.
    fn config(&self) -> Value;

    /// The learning rate at its peak.
    fn peak_rate(&self) -> f64;
}

/// The reason for which a loss is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To learn from it: with dropout, and with places that are drawn.
    Learning,
    /// To know it: without dropout, and with the same places each time.
    Measuring,
}

/// A tokenizer as the hub has it.
#[derive(Debug)]
pub(super) enum Vocabulary {
    /// `tokenizer.json`.
    BytePairs(Box<Tokenizer>),
    /// The lines of `vocab.txt`.
    WordPieces(Vec<String>),
}

impl Vocabulary {
    /// The number of tokens.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::BytePairs(tokenizer) => tokenizer.get_vocab_size(true),
            Self::WordPieces(pieces) => pieces.len(),
        }
    }

    /// The name and the text of its file.
    pub(super) fn file(&self) -> Result<(&'static str, String), TrainingError> {
        Ok(match self {
            Self::BytePairs(tokenizer) => ("tokenizer.json", tokenizer.to_string(false)?),
            Self::WordPieces(pieces) => ("vocab.txt", pieces.join("\n") + "\n"),
        })
    }
}
