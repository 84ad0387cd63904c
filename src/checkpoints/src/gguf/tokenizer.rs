//! The tokenizer of a file, as the hub's `tokenizer.json` and `tokenizer_config.json`.

use std::collections::HashMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::CheckpointError;

use super::Metadata;

const MODEL: &str = "tokenizer.ggml.model";
const SPLIT: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
const BEGIN: &str = "tokenizer.ggml.add_bos_token";
const END: &str = "tokenizer.ggml.add_eos_token";

/// The type of a token that belongs to a conversation's frame.
const CONTROL: i32 = 3;
/// The type of a token that someone added.
const ADDED: i32 = 4;

/// Special tokens: their names on the hub, and the fields with their ids.
const SPECIAL: [(&str, &str); 4] = [
    ("bos_token", "tokenizer.ggml.bos_token_id"),
    ("eos_token", "tokenizer.ggml.eos_token_id"),
    ("unk_token", "tokenizer.ggml.unknown_token_id"),
    ("pad_token", "tokenizer.ggml.padding_token_id"),
];

/// A `tokenizer.json`. It borrows the lists of the metadata, which are most of a file.
#[derive(Serialize)]
struct TokenizerFile<'a> {
    version: &'static str,
    truncation: Option<()>,
    padding: Option<()>,
    added_tokens: Vec<AddedToken<'a>>,
    normalizer: Option<()>,
    pre_tokenizer: Value,
    post_processor: Option<()>,
    decoder: Value,
    model: BytePairs<'a>,
}

/// A token that is found in a text before it is cut.
#[derive(Serialize)]
struct AddedToken<'a> {
    id: usize,
    content: &'a str,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

/// The vocabulary, and the pairs that are merged.
#[derive(Serialize)]
struct BytePairs<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    byte_fallback: bool,
    fuse_unk: bool,
    ignore_merges: bool,
    vocab: Vocabulary<'a>,
    merges: Vec<(&'a str, &'a str)>,
}

/// Tokens in the order of their ids.
struct Vocabulary<'a>(&'a [String]);

impl Serialize for Vocabulary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(0_usize..))
    }
}

/// Contents of `tokenizer.json` for byte-level BPE.
///
/// # Errors
/// When the tokenizer is of another kind, or its lists do not agree.
pub(crate) fn tokenizer(metadata: &Metadata) -> Result<Vec<u8>, CheckpointError> {
    if metadata.text(MODEL)? != "gpt2" {
        return Err(metadata.unexpected(MODEL, "`gpt2`, which is byte-level BPE"));
    }
    for key in [BEGIN, END] {
        if metadata.contains(key) && metadata.truth(key)? {
            return Err(metadata.unexpected(
                key,
                "false: the tokens around a text are the chat template's",
            ));
        }
    }
    let tokens = metadata.texts(TOKENS)?;
    let types = metadata.integers(TYPES)?;
    if types.len() != tokens.len() {
        let expected = format!("one for each of the {} tokens", tokens.len());
        return Err(lists(metadata, TYPES, expected, types.len().to_string()));
    }
    let ids = ids(metadata, tokens)?;
    let file = TokenizerFile {
        version: "1.0",
        truncation: None,
        padding: None,
        added_tokens: added_tokens(tokens, types),
        normalizer: None,
        pre_tokenizer: pre_tokenizer(metadata)?,
        post_processor: None,
        decoder: byte_level(),
        model: BytePairs {
            kind: "BPE",
            byte_fallback: false,
            fuse_unk: false,
            ignore_merges: false,
            vocab: Vocabulary(tokens),
            merges: merges(metadata, &ids)?,
        },
    };
    serde_json::to_vec(&file).map_err(CheckpointError::json(metadata.path()))
}

/// The ids of all tokens, which are different ones.
fn ids<'a>(
    metadata: &Metadata,
    tokens: &'a [String],
) -> Result<HashMap<&'a str, usize>, CheckpointError> {
    let mut ids = HashMap::with_capacity(tokens.len());
    for (id, token) in tokens.iter().enumerate() {
        if ids.insert(token.as_str(), id).is_some() {
            let found = format!("`{token}` twice");
            return Err(lists(
                metadata,
                TOKENS,
                "a list of different tokens".to_owned(),
                found,
            ));
        }
    }
    Ok(ids)
}

/// Fields of `tokenizer_config.json`, with the chat template.
///
/// # Errors
/// When a special token is none of the vocabulary.
pub(crate) fn settings(metadata: &Metadata, context: usize) -> Result<Value, CheckpointError> {
    let tokens = metadata.texts(TOKENS)?;
    let mut settings = json!({
        "add_prefix_space": false,
        "clean_up_tokenization_spaces": false,
        "model_max_length": context,
        "tokenizer_class": "PreTrainedTokenizerFast",
    });
    for (name, key) in SPECIAL {
        if metadata.contains(key) {
            let token = tokens.get(metadata.count(key)?);
            let token = token
                .ok_or_else(|| metadata.unexpected(key, format!("an id below {}", tokens.len())))?;
            settings[name] = token.as_str().into();
        }
    }
    if metadata.contains("tokenizer.chat_template") {
        settings["chat_template"] = metadata.text("tokenizer.chat_template")?.into();
    }
    Ok(settings)
}

fn added_tokens<'a>(tokens: &'a [String], types: &[i32]) -> Vec<AddedToken<'a>> {
    let mut added = Vec::new();
    for (id, (content, &kind)) in tokens.iter().zip(types).enumerate() {
        if kind == CONTROL || kind == ADDED {
            added.push(AddedToken {
                id,
                content,
                single_word: false,
                lstrip: false,
                rstrip: false,
                normalized: false,
                special: kind == CONTROL,
            });
        }
    }
    added
}

/// The pairs that are merged, each of two tokens that make a third.
fn merges<'a>(
    metadata: &'a Metadata,
    ids: &HashMap<&str, usize>,
) -> Result<Vec<(&'a str, &'a str)>, CheckpointError> {
    let merges = metadata.texts(MERGES)?;
    let mut pairs = Vec::with_capacity(merges.len());
    let mut merged = String::new();
    for merge in merges {
        let pair = merge.split_once(' ');
        let known = pair.filter(|(left, right)| {
            merged.clear();
            merged.push_str(left);
            merged.push_str(right);
            [*left, *right, &merged]
                .iter()
                .all(|token| ids.contains_key(token))
        });
        let Some((left, right)) = known else {
            let expected = "pairs of tokens that make a token".to_owned();
            return Err(lists(metadata, MERGES, expected, format!("`{merge}`")));
        };
        pairs.push((left, right));
    }
    Ok(pairs)
}

/// The way in which a text is cut before pairs are merged.
fn pre_tokenizer(metadata: &Metadata) -> Result<Value, CheckpointError> {
    match metadata.text(SPLIT)? {
        "gpt-2" => Ok(byte_level()),
        // Each digit is a word of its own.
        "smollm" => Ok(json!({
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": true}, byte_level()],
        })),
        _ => Err(metadata.unexpected(SPLIT, "`gpt-2` or `smollm`")),
    }
}

fn byte_level() -> Value {
    json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true})
}

/// The error of a list whose contents are wrong.
fn lists(metadata: &Metadata, key: &str, expected: String, found: String) -> CheckpointError {
    CheckpointError::Metadata {
        path: metadata.path().to_owned(),
        key: key.to_owned(),
        expected,
        found,
    }
}
