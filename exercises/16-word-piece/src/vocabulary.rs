//! The entries that a model knows, and their ids. Everything in this file is given.

use std::collections::HashMap;

use thiserror::Error;

/// The entries that a model knows, with the ids of the four special ones.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    ids: HashMap<String, usize>,
    /// The id of `[PAD]`, which pads a text.
    pub padding: usize,
    /// The id of `[UNK]`: a word that the entries cannot spell.
    pub unknown: usize,
    /// The id of `[CLS]`, which is the first token of every input.
    pub class: usize,
    /// The id of `[SEP]`, which ends a text.
    pub separator: usize,
}

/// A list of entries that is no vocabulary.
#[derive(Debug, Error)]
#[error(
    "expected a vocabulary with [PAD], [UNK], [CLS] and [SEP], found {entries} entries without {missing}; \
     use the vocab.txt of a model with WordPiece, an entry on each line"
)]
pub struct VocabularyError {
    entries: usize,
    missing: &'static str,
}

impl Vocabulary {
    /// Gives each entry its place in the list as its id, as the lines of a `vocab.txt` have it.
    ///
    /// # Errors
    /// If one of the special entries is missing.
    pub fn new<E: Into<String>>(
        entries: impl IntoIterator<Item = E>,
    ) -> Result<Self, VocabularyError> {
        let entries = entries.into_iter().enumerate();
        let ids: HashMap<String, usize> = entries.map(|(id, entry)| (entry.into(), id)).collect();
        let special = |entry: &'static str| {
            ids.get(entry).copied().ok_or(VocabularyError {
                entries: ids.len(),
                missing: entry,
            })
        };
        Ok(Self {
            padding: special("[PAD]")?,
            unknown: special("[UNK]")?,
            class: special("[CLS]")?,
            separator: special("[SEP]")?,
            ids,
        })
    }

    /// Returns the id of an entry, such as `un` or `##do`. `None` if the vocabulary does not have it.
    pub fn id(&self, entry: &str) -> Option<usize> {
        self.ids.get(entry).copied()
    }
}
