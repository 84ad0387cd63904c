//! Fields of `config.json` that all kinds of models have.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::source::Source;
use crate::error::ModelError;

/// Fields that all kinds have.
#[derive(Debug, Deserialize)]
pub(super) struct Common {
    tie_word_embeddings: Option<bool>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
}

impl Source {
    /// The names of the labels, which must be numbered from 0. Where the file has none, the hub's library has two.
    pub(super) fn labels(&self, common: &Common) -> Result<Vec<String>, ModelError> {
        if common.id2label.is_empty() {
            return Ok(vec!["LABEL_0".to_owned(), "LABEL_1".to_owned()]);
        }
        let mut labels = Vec::new();
        while let Some(label) = common.id2label.get(&labels.len().to_string()) {
            labels.push(label.clone());
        }
        if labels.len() == common.id2label.len() {
            return Ok(labels);
        }
        let found = common.id2label.keys().cloned().collect::<Vec<_>>();
        Err(self.field("id2label", "numbered from 0".to_owned(), found.join(", ")))
    }
}

impl Common {
    /// Returns `true` if the matrix of the scores is the table of tokens.
    pub(super) fn tied(&self) -> bool {
        self.tie_word_embeddings.unwrap_or(true)
    }

    /// Returns `true` if the classifier gives labels to tokens.
    pub(super) fn labels_tokens(&self) -> bool {
        let names = self.architectures.iter().flatten();
        names
            .into_iter()
            .any(|name| name.ends_with("ForTokenClassification"))
    }
}
