//! GPT-2's tokenizer, and SmolLM2's, by the functions of exercise 15.
//!
//! Exercise 15 numbers the bytes by their values and the merged pieces by their ranks; a model has ids of its own for
//! them. And files write each byte as a character that can be seen.

use std::collections::HashMap;
use std::sync::Mutex;

use byte_pair_encoding::{Merges, decode, encode};
use serde_json::Value;

use super::{Part, parts, special_tokens, vocabulary};

/// Number of ids that are single bytes.
const BYTES: usize = 256;

/// A byte-level tokenizer.
#[derive(Debug)]
pub(in crate::tokenizer) struct BytePairs {
    /// It counts look-ups, and can be used by one thread at a time.
    ranks: Mutex<Merges>,
    merges: Vec<(usize, usize)>,
    /// The model's id of each of the exercise's.
    to_model: Vec<usize>,
    /// The exercise's id of each of the model's.
    from_model: HashMap<usize, usize>,
    special: Vec<(String, usize)>,
    /// `true` if each digit is a word of its own, as in SmolLM2.
    cuts_digits: bool,
}

impl BytePairs {
    /// Makes it from the parts of a tokenizer, which puts `around` around every text.
    pub(super) fn new(parts: &Value, around: &[usize]) -> Option<Self> {
        let cuts_digits = cuts_digits(&parts["pre_tokenizer"])?;
        let model = &parts["model"];
        let is_plain = parts["normalizer"].is_null()
            && model["dropout"].is_null()
            && model["ignore_merges"] != true
            && ["continuing_subword_prefix", "end_of_word_suffix"]
                .iter()
                .all(|part| model[part].as_str().unwrap_or_default().is_empty());
        if !is_plain || !around.is_empty() {
            return None;
        }
        let known = vocabulary(parts)?;
        let mut to_model = Vec::new();
        let mut of_piece = HashMap::new();
        for (byte, sign) in signs().into_iter().enumerate() {
            to_model.push(*known.get(&sign.to_string())?);
            of_piece.insert(sign.to_string(), byte);
        }
        let mut merges = Vec::new();
        for merge in model["merges"].as_array()? {
            let (left, right) = (merge[0].as_str()?, merge[1].as_str()?);
            merges.push((*of_piece.get(left)?, *of_piece.get(right)?));
            let piece = format!("{left}{right}");
            to_model.push(*known.get(&piece)?);
            // Two ways to one piece: the exercise would have two ids for it.
            if of_piece.insert(piece, BYTES + merges.len() - 1).is_some() {
                return None;
            }
        }
        let from_model = to_model.iter().enumerate();
        Some(Self {
            ranks: Mutex::new(Merges::new(&merges)),
            from_model: from_model.map(|(ours, &model)| (model, ours)).collect(),
            merges,
            to_model,
            special: special_tokens(parts)?,
            cuts_digits,
        })
    }

    pub(super) fn encode(&self, text: &str) -> Vec<(usize, bool)> {
        let ranks = self.ranks.lock();
        let ranks = ranks.unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut ids = Vec::new();
        for part in parts(text, &self.special) {
            match part {
                Part::Special(id) => ids.push((id, false)),
                Part::Text(text) if self.cuts_digits => {
                    for part in around_digits(text) {
                        ids.extend(self.encode_part(part, &ranks));
                    }
                }
                Part::Text(text) => ids.extend(self.encode_part(text, &ranks)),
            }
        }
        ids
    }

    /// The ids of a text without special tokens, which the exercise cuts into words.
    fn encode_part(&self, text: &str, ranks: &Merges) -> impl Iterator<Item = (usize, bool)> {
        // A learner's function may return anything: what is no id is left out.
        let known = encode(text, ranks).into_iter();
        known.filter_map(|id| Some((*self.to_model.get(id)?, false)))
    }

    pub(super) fn decode(&self, ids: &[usize], skip_special: bool) -> String {
        let mut text = String::new();
        let mut run = Vec::new();
        for id in ids {
            if let Some(&ours) = self.from_model.get(id) {
                run.push(ours);
                continue;
            }
            let special = self.special.iter().find(|(_, special)| special == id);
            if let (Some((token, _)), false) = (special, skip_special) {
                text += &decode(&std::mem::take(&mut run), &self.merges);
                text += token;
            }
        }
        text + &decode(&run, &self.merges)
    }
}

/// Returns `true` if each digit is cut out before a text is cut as GPT-2 cuts it. `None` stands for any other way to cut.
fn cuts_digits(pre_tokenizer: &Value) -> Option<bool> {
    let is_byte_level = |cuts: &Value| {
        cuts["type"] == "ByteLevel"
            && cuts["add_prefix_space"] == false
            && cuts["use_regex"] == true
    };
    if is_byte_level(pre_tokenizer) {
        return Some(false);
    }
    match pre_tokenizer["pretokenizers"].as_array()?.as_slice() {
        [digits, cuts]
            if pre_tokenizer["type"] == "Sequence"
                && digits["type"] == "Digits"
                && digits["individual_digits"] == true
                && is_byte_level(cuts) =>
        {
            Some(true)
        }
        _ => None,
    }
}

/// The parts of a text, of which each digit is one.
fn around_digits(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begun = 0;
    for (place, character) in text.char_indices() {
        if !character.is_numeric() {
            continue;
        }
        let end = place + character.len_utf8();
        parts.extend([&text[begun..place], &text[place..end]]);
        begun = end;
    }
    parts.push(&text[begun..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The character by which files write each byte: itself, or one from 256 on where it cannot be seen.
fn signs() -> [char; BYTES] {
    let mut next = '\u{100}'..;
    std::array::from_fn(|byte| match byte {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => u8::try_from(byte).map_or('?', char::from),
        _ => next.next().unwrap_or('?'),
    })
}
