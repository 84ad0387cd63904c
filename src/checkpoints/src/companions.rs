//! Files beside a graph, which have what the graph does not: ids of special tokens, and names of labels.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::CheckpointError;
use crate::json::parse_object;

/// The tokenizer.
const TOKENIZER: &str = "tokenizer.json";
/// The names of labels.
const LABELS: &str = "tag_vocab.json";

/// The part of a tokenizer that lists special tokens.
#[derive(Debug, Deserialize)]
struct Tokenizer {
    added_tokens: Vec<AddedToken>,
}

#[derive(Debug, Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
}

#[derive(Debug, Deserialize)]
struct Labels {
    tags: Vec<String>,
}

/// The id of a special token of the tokenizer in a folder.
///
/// # Errors
/// When there is no tokenizer, or it does not list the token.
pub(crate) fn token_id(folder: &Path, token: &str) -> Result<u32, CheckpointError> {
    let path = folder.join(TOKENIZER);
    if !path.is_file() {
        return Err(CheckpointError::MissingFile {
            folder: folder.to_owned(),
            file: TOKENIZER,
        });
    }
    let tokenizer: Tokenizer = read(&path)?;
    let id = tokenizer.id(token);
    id.ok_or_else(|| CheckpointError::Metadata {
        path,
        key: "added_tokens".to_owned(),
        expected: format!("a list with `{token}`"),
        found: "one without".to_owned(),
    })
}

/// The settings of the tokenizer in a folder, with those of its special tokens that it has. Without them, the hub's library
/// takes a tokenizer that belongs to the kind of the model, which may cut texts in a different way. `None` if there is no
/// tokenizer.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn settings(
    folder: &Path,
    special: &[(&str, &str)],
) -> Result<Option<Value>, CheckpointError> {
    let path = folder.join(TOKENIZER);
    if !path.is_file() {
        return Ok(None);
    }
    let tokenizer: Tokenizer = read(&path)?;
    let mut settings = json!({
        "clean_up_tokenization_spaces": false,
        "tokenizer_class": "PreTrainedTokenizerFast",
    });
    for (name, token) in special {
        if tokenizer.id(token).is_some() {
            settings[*name] = (*token).into();
        }
    }
    Ok(Some(settings))
}

impl Tokenizer {
    fn id(&self, token: &str) -> Option<u32> {
        let mut added = self.added_tokens.iter();
        let found = added.find(|added| added.content == token)?;
        Some(found.id)
    }
}

/// The names of a number of labels; without a file that lists them, those that the hub's library gives.
///
/// # Errors
/// When the file lists more or fewer.
pub(crate) fn labels(folder: &Path, count: usize) -> Result<Vec<String>, CheckpointError> {
    let path = folder.join(LABELS);
    if !path.is_file() {
        return Ok((0..count).map(|label| format!("LABEL_{label}")).collect());
    }
    let labels: Labels = read(&path)?;
    if labels.tags.len() == count {
        return Ok(labels.tags);
    }
    Err(CheckpointError::Metadata {
        path,
        key: "tags".to_owned(),
        expected: format!("a list of {count}, one for each row of the classifier"),
        found: labels.tags.len().to_string(),
    })
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, CheckpointError> {
    let text = std::fs::read(path).map_err(CheckpointError::unreadable(path))?;
    parse_object(path, &text)
}
