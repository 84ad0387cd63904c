//! The crate `tokenizers`, with ids in the course's order: single bytes first, then what is merged.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Tokenizer, Trainer,
};

use super::Pair;

/// A byte-level tokenizer of the crate, with these merges.
#[derive(Debug)]
pub struct Judge(Tokenizer);

impl Judge {
    /// Makes the tokenizer of some merges: a `tokenizer.json` with GPT-2's parts, read by the crate.
    ///
    /// # Panics
    /// When two merges make the same piece, to which the crate would give one id.
    pub fn new(merges: &[Pair]) -> Self {
        let mut pieces: Vec<String> = (0..=255).map(|byte| gpt2_character(byte).into()).collect();
        let mut named = Vec::new();
        for &(left, right) in merges {
            let (left, right) = (pieces[left].clone(), pieces[right].clone());
            pieces.push(format!("{left}{right}"));
            named.push([left, right]);
        }
        let vocabulary: HashMap<String, usize> = pieces.into_iter().zip(0..).collect();
        assert_eq!(
            vocabulary.len(),
            256 + merges.len(),
            "each merge has a piece of its own"
        );
        let byte_level = json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
        });
        let tokenizer = json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": [],
            "normalizer": null,
            "pre_tokenizer": byte_level,
            "post_processor": null,
            "decoder": byte_level,
            "model": { "type": "BPE", "vocab": vocabulary, "merges": named },
        });
        let tokenizer = Tokenizer::from_bytes(tokenizer.to_string());
        Self(tokenizer.expect("a tokenizer"))
    }

    /// Returns the ids of a text.
    ///
    /// # Panics
    /// When the crate refuses the text.
    pub fn encode(&self, text: &str) -> Vec<usize> {
        let encoding = self.0.encode(text, false).expect("ids");
        encoding.get_ids().iter().map(|&id| id as usize).collect()
    }

    /// Returns the text of ids.
    ///
    /// # Panics
    /// When the crate refuses the ids.
    pub fn decode(&self, ids: &[usize]) -> String {
        let ids: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
        self.0.decode(&ids, false).expect("a text")
    }

    /// Learns merges from words and how often each occurs.
    ///
    /// # Panics
    /// When two merges make the same piece.
    pub fn train(words: &[(String, usize)], count: usize) -> Vec<Pair> {
        Self::try_train(words, count).expect("each merge has a piece of its own")
    }

    /// Learns merges from words and how often each occurs; `None` if two merges make the same piece.
    ///
    /// Each byte is a character of which the crate knows nothing, in the bytes' order: GPT-2's characters have another
    /// one, which would break ties otherwise.
    pub(super) fn try_train(words: &[(String, usize)], count: usize) -> Option<Vec<Pair>> {
        let character = |byte: u8| char::from_u32(0x100 + u32::from(byte)).expect("a character");
        let mut trainer = BpeTrainer::builder()
            .show_progress(false)
            .vocab_size(256 + count)
            .initial_alphabet((0..=255).map(character).collect())
            .build();
        let all = words
            .iter()
            .flat_map(|(word, times)| std::iter::repeat_n(word, *times));
        let one_word = |word: &str| Ok(vec![word.bytes().map(character).collect::<String>()]);
        trainer.feed(all, one_word).expect("words");
        let mut model = BPE::default();
        trainer.train(&mut model).expect("merges");
        let model = serde_json::to_value(&model).expect("JSON");
        merges(&model)
    }

    /// Cuts a text into words by GPT-2's pattern.
    ///
    /// # Panics
    /// When the crate refuses the text.
    pub fn words(text: &str) -> Vec<String> {
        let mut pre_tokenized = PreTokenizedString::from(text);
        let byte_level = ByteLevel::new(false, true, true);
        byte_level.pre_tokenize(&mut pre_tokenized).expect("words");
        let splits = pre_tokenized.get_splits(OffsetReferential::Original, OffsetType::Byte);
        splits
            .into_iter()
            .map(|(_, (from, to), _)| text[from..to].to_owned())
            .collect()
    }
}

/// Reads the merges from a model's JSON. `None` if two of them make the same piece.
fn merges(model: &Value) -> Option<Vec<Pair>> {
    let id = |piece: &Value| {
        let piece = piece.as_str().expect("a piece");
        model["vocab"][piece].as_u64().expect("an id") as usize
    };
    let mut merges = Vec::new();
    for (rank, pair) in model["merges"]
        .as_array()
        .expect("merges")
        .iter()
        .enumerate()
    {
        let [left, right] = [&pair[0], &pair[1]];
        let whole = [left, right]
            .map(|piece| piece.as_str().expect("a piece"))
            .concat();
        if id(&Value::String(whole)) != 256 + rank {
            return None;
        }
        merges.push((id(left), id(right)));
    }
    Some(merges)
}

/// Returns the character that stands for a byte in GPT-2's files: itself where it can be seen, else one from U+0100 on.
fn gpt2_character(byte: u8) -> char {
    let is_seen = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if is_seen(&byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|byte| !is_seen(byte)).count() as u32;
    char::from_u32(0x100 + before).expect("a character")
}
