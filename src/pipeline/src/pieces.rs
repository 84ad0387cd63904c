//! Texts as token ids.

use attentive_models::{ModelError, Tokenizer};

/// The tokens of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The ids.
    pub(crate) ids: Vec<usize>,
    /// The tokens as they are in the vocabulary.
    pub(crate) tokens: Vec<String>,
}

impl Piece {
    /// Cuts a text into tokens, with special tokens around it.
    ///
    /// # Errors
    /// When the tokenizer has no token for a part of the text.
    pub(crate) fn encode(tokenizer: &Tokenizer, text: &str) -> Result<Self, ModelError> {
        let encoded = tokenizer.encode(text, true)?;
        Ok(Self {
            ids: encoded.ids,
            tokens: encoded.tokens,
        })
    }

    /// Takes ids as they are.
    pub(crate) fn from_ids(ids: Vec<usize>, tokenizer: &Tokenizer) -> Self {
        let mut tokens = Vec::new();
        for &id in &ids {
            let token = tokenizer.token(id);
            tokens.push(token.unwrap_or_else(|| format!("#{id}")));
        }
        Self { ids, tokens }
    }
}
