//! `generation_config.json`: the settings of generation, which a folder need not have.

use std::path::Path;

use serde::Deserialize;

use super::source::Source;
use crate::error::ModelError;

/// The name of the file.
const NAME: &str = "generation_config.json";

/// The fields that matter here.
#[derive(Debug, Default, Deserialize)]
pub(super) struct GenerationFile {
    eos_token_id: Option<OneOrMore<usize>>,
    stop_strings: Option<OneOrMore<String>>,
    /// The token with which a decoder that reads an encoder begins.
    pub(super) decoder_start_token_id: Option<usize>,
}

/// A value, or a list of values.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a token's id or a text, or a list of these"
)]
pub(super) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

impl GenerationFile {
    /// Reads the file of a folder; without one, there are no settings.
    pub(super) fn read(folder: &Path) -> Result<Self, ModelError> {
        match Source::optional(folder, NAME)? {
            Some(source) => source.parse(),
            None => Ok(Self::default()),
        }
    }

    /// The tokens that end a text: those of this file, or else those of `config.json`. Numbers that are no tokens of the
    /// model are left out.
    pub(super) fn end_tokens(
        &self,
        of_config: Option<OneOrMore<usize>>,
        vocabulary: usize,
    ) -> Vec<usize> {
        // A model that was trained to answer often has one more here than in its configuration.
        let tokens = self.eos_token_id.clone().or(of_config);
        let mut tokens = tokens.map(OneOrMore::into_vec).unwrap_or_default();
        tokens.retain(|&token| token < vocabulary);
        // Each counts once: a search adds up the probabilities of all of them.
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    /// The texts that end a text.
    pub(super) fn stop_strings(&self) -> Vec<String> {
        let strings = self.stop_strings.clone().map(OneOrMore::into_vec);
        strings.unwrap_or_default()
    }
}
