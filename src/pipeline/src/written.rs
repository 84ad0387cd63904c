//! A text that was continued, as JSON has it.

use serde::Serialize;

use crate::continuation::Continued;
use crate::writer::End;

/// A text that was continued.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    prompt: String,
    /// The whole text, with the prompt, or the answer to a question; without a tokenizer there is none.
    text: Option<String>,
    ids: Vec<usize>,
    new_tokens: usize,
    end: End,
}

impl Written {
    /// A text after a prompt of so many tokens.
    pub(crate) fn new(prompt: String, tokens: usize, continued: Continued) -> Self {
        let Continued { ids, text, end } = continued;
        Self {
            prompt,
            text,
            new_tokens: ids.len() - tokens,
            ids,
            end,
        }
    }
}
