//! A text that a model wrote, as JSON has it.

use serde::Serialize;

use crate::continuation::Continued;
use crate::writer::End;

/// A text that a model wrote.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    #[serde(flatten)]
    given: Given,
    /// The whole text, with the prompt; or the answer to a question, or the target; without a tokenizer there is none.
    text: Option<String>,
    ids: Vec<usize>,
    new_tokens: usize,
    end: End,
}

/// A text that a model was given.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Given {
    /// The beginning of a text, or a question.
    Prompt(String),
    /// The source of a target.
    Source(String),
}

impl Written {
    /// A text whose first tokens, so many of them, are not new.
    pub(crate) fn new(given: Given, tokens: usize, continued: Continued) -> Self {
        let Continued { ids, text, end } = continued;
        Self {
            given,
            text,
            new_tokens: ids.len() - tokens,
            ids,
            end,
        }
    }
}
