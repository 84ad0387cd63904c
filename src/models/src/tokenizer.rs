//! Text to ids and back, by the crate `tokenizers`, or by the functions of exercises 15 and 16.

mod exercises;
mod vocabulary;

use std::path::{Path, PathBuf};

use attentive_checkpoints::{ensure_object, hub_file};

use crate::config::Config;
use crate::error::ModelError;

use exercises::ExerciseTokenizer;

/// The file that has all of a tokenizer.
const WHOLE: &str = "tokenizer.json";

/// A model's tokenizer.
#[derive(Debug)]
pub struct Tokenizer {
    path: PathBuf,
    inner: tokenizers::Tokenizer,
    /// The functions that cut texts in its place.
    exercise: Option<ExerciseTokenizer>,
}

/// A text as tokens; all lists are of one length, or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The ids.
    pub ids: Vec<usize>,
    /// The tokens as they are in the vocabulary.
    pub tokens: Vec<String>,
    /// The token types that the model was trained with.
    pub types: Vec<usize>,
    /// The bytes of the text that each token stands for; empty for special tokens. The functions of exercises do not know
    /// them: the list is empty where their tokens are not those of the crate `tokenizers`.
    pub offsets: Vec<(usize, usize)>,
    /// `true` for tokens that were added around the text.
    pub special: Vec<bool>,
}

impl Tokenizer {
    /// Opens the tokenizer of a folder: `tokenizer.json`, which may be inside a file of GGUF, or BERT's `vocab.txt`, or
    /// GPT-2's `vocab.json` and `merges.txt`.
    ///
    /// The file's own padding and truncation are switched off: they belong to whoever makes a batch.
    ///
    /// # Errors
    /// When there is none of these, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let Some(text) = hub_file(folder, WHOLE)? else {
            let (path, inner) = vocabulary::open(folder)?;
            return Ok(Self::of_library(path, inner));
        };
        let path = folder.join(WHOLE);
        ensure_object(&path, &text)?;
        let inner = tokenizers::Tokenizer::from_bytes(text).and_then(without_limits);
        let inner = inner.map_err(ModelError::tokenizer(&path))?;
        Ok(Self::of_library(path, inner))
    }

    fn of_library(path: PathBuf, inner: tokenizers::Tokenizer) -> Self {
        Self {
            path,
            inner,
            exercise: None,
        }
    }

    /// Cuts texts by the functions of exercise 15 or 16 from now on. Returns `false`, and changes nothing, if neither does
    /// what this tokenizer does.
    pub fn use_exercise(&mut self) -> bool {
        self.exercise = ExerciseTokenizer::new(&self.inner);
        self.exercise.is_some()
    }

    /// Cuts texts by the crate `tokenizers` again.
    pub fn use_library(&mut self) {
        self.exercise = None;
    }

    /// Checks that the model has a row for each id.
    ///
    /// # Errors
    /// When the tokenizer has more tokens than the model.
    pub fn check(&self, config: &Config) -> Result<(), ModelError> {
        let found = self.size();
        let expected = config.vocabulary();
        if found <= expected {
            return Ok(());
        }
        Err(ModelError::TokenizerSize {
            path: self.path.clone(),
            expected,
            found,
        })
    }

    /// One more than the largest id.
    pub fn size(&self) -> usize {
        let ids = self.inner.get_vocab(true).into_values();
        ids.max().map_or(0, |largest| largest as usize + 1)
    }

    /// Cuts a text into tokens; with the special tokens around it, if they are asked for.
    ///
    /// # Errors
    /// When the tokenizer has no token for a part of the text, and none for what is unknown.
    pub fn encode(&self, text: &str, special_tokens: bool) -> Result<Encoded, ModelError> {
        let encoding = self
            .inner
            .encode(text, special_tokens)
            .map_err(ModelError::tokenizer(&self.path))?;
        let ids = widened(encoding.get_ids());
        if let Some(exercise) = &self.exercise {
            let mut encoded = self.encoded(exercise.encode(text, special_tokens));
            if encoded.ids == ids {
                encoded.offsets = encoding.get_offsets().to_vec();
            }
            return Ok(encoded);
        }
        Ok(Encoded {
            ids,
            tokens: encoding.get_tokens().to_vec(),
            types: widened(encoding.get_type_ids()),
            offsets: encoding.get_offsets().to_vec(),
            special: encoding
                .get_special_tokens_mask()
                .iter()
                .map(|&special| special == 1)
                .collect(),
        })
    }

    /// A text that an exercise has cut: ids, and `true` at the special tokens around it.
    fn encoded(&self, tokens: Vec<(usize, bool)>) -> Encoded {
        let ids: Vec<usize> = tokens.iter().map(|&(id, _)| id).collect();
        let pieces = ids.iter().map(|&id| self.token(id).unwrap_or_default());
        Encoded {
            tokens: pieces.collect(),
            types: vec![0; ids.len()],
            offsets: Vec::new(),
            special: tokens.into_iter().map(|(_, special)| special).collect(),
            ids,
        }
    }

    /// The text of ids; without the special tokens, if they are to be left out. Ids without a token are left out.
    ///
    /// # Errors
    /// When the tokenizer cannot put the tokens together.
    pub fn decode(&self, ids: &[usize], skip_special: bool) -> Result<String, ModelError> {
        let exercise = self.exercise.as_ref();
        if let Some(text) = exercise.and_then(|exercise| exercise.decode(ids, skip_special)) {
            return Ok(text);
        }
        let ids: Vec<u32> = ids.iter().filter_map(|&id| id.try_into().ok()).collect();
        self.inner
            .decode(&ids, skip_special)
            .map_err(ModelError::tokenizer(&self.path))
    }

    /// The id of a special token, which is left out of texts.
    pub fn special_id(&self, token: &str) -> Option<usize> {
        let id = self.inner.token_to_id(token)?;
        let added = self.inner.get_added_tokens_decoder();
        added.get(&id)?.special.then_some(id as usize)
    }

    /// The first special token in a text.
    pub fn special_token_in(&self, text: &str) -> Option<String> {
        let added = self.inner.get_added_tokens_decoder();
        let special = added.into_values().filter(|token| token.special);
        let found = special.filter_map(|token| Some((text.find(&token.content)?, token.content)));
        found.min().map(|(_, token)| token)
    }

    /// The token of an id.
    pub fn token(&self, id: usize) -> Option<String> {
        self.inner.id_to_token(id.try_into().ok()?)
    }

    /// The id of a token.
    pub fn id(&self, token: &str) -> Option<usize> {
        self.inner.token_to_id(token).map(|id| id as usize)
    }
}

/// A tokenizer without the padding and the truncation of its file.
fn without_limits(
    mut tokenizer: tokenizers::Tokenizer,
) -> tokenizers::Result<tokenizers::Tokenizer> {
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None)?;
    Ok(tokenizer)
}

fn widened(ids: &[u32]) -> Vec<usize> {
    ids.iter().map(|&id| id as usize).collect()
}
