//! Tokenizers that consist of the functions of exercises 15 and 16, made from the parts of a `tokenizers` one.

mod byte_pairs;
mod word_pieces;

use std::collections::HashMap;

use serde_json::Value;
use tokenizers::Tokenizer;

use byte_pairs::BytePairs;
use word_pieces::WordPieces;

/// A tokenizer of either exercise.
#[derive(Debug)]
pub(super) enum ExerciseTokenizer {
    /// Exercise 15's, as GPT-2 has it.
    BytePairs(BytePairs),
    /// Exercise 16's, as BERT has it.
    WordPieces(WordPieces),
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    /// Text to cut into tokens.
    Text(&'a str),
    /// A special token that is written out in the text, as `[MASK]` is.
    Special(usize),
}

impl ExerciseTokenizer {
    /// Makes the tokenizer of an exercise that cuts every text as this one does. There is none for a tokenizer of a
    /// different kind.
    pub(super) fn new(tokenizer: &Tokenizer) -> Option<Self> {
        let text = tokenizer.to_string(false).ok()?;
        let parts: Value = serde_json::from_str(&text).ok()?;
        // What is put around every text.
        let around = tokenizer.encode("", true).ok()?;
        let around = super::widened(around.get_ids());
        match parts["model"]["type"].as_str()? {
            "BPE" => BytePairs::new(&parts, &around).map(Self::BytePairs),
            "WordPiece" => WordPieces::new(&parts, &around).map(Self::WordPieces),
            _ => None,
        }
    }

    /// The ids of a text, with `true` at the special tokens around it, if they are asked for.
    pub(super) fn encode(&self, text: &str, special_tokens: bool) -> Vec<(usize, bool)> {
        match self {
            Self::BytePairs(byte_pairs) => byte_pairs.encode(text),
            Self::WordPieces(word_pieces) => word_pieces.encode(text, special_tokens),
        }
    }

    /// The text of ids, if the exercise has a function for it.
    pub(super) fn decode(&self, ids: &[usize], skip_special: bool) -> Option<String> {
        match self {
            Self::BytePairs(byte_pairs) => Some(byte_pairs.decode(ids, skip_special)),
            Self::WordPieces(_) => None,
        }
    }
}

/// The ids of a vocabulary, by its tokens.
fn vocabulary(parts: &Value) -> Option<HashMap<String, usize>> {
    let mut ids = HashMap::new();
    for (token, id) in parts["model"]["vocab"].as_object()? {
        ids.insert(token.clone(), usize::try_from(id.as_u64()?).ok()?);
    }
    Some(ids)
}

/// The tokens that are found in a text before anything else is done, and their ids.
fn special_tokens(parts: &Value) -> Option<Vec<(String, usize)>> {
    let mut tokens = Vec::new();
    for token in parts["added_tokens"].as_array()? {
        // Such as swallow the space before them, or are words only where they stand alone.
        let is_plain = ["lstrip", "rstrip", "single_word", "normalized"]
            .iter()
            .all(|field| token[field] == false);
        if !is_plain || token["special"] != true {
            return None;
        }
        let id = usize::try_from(token["id"].as_u64()?).ok()?;
        tokens.push((token["content"].as_str()?.to_owned(), id));
    }
    Some(tokens)
}

/// Cuts a text at the special tokens that are written out in it.
fn parts<'a>(text: &'a str, special: &[(String, usize)]) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let found = special.iter().filter_map(|(token, id)| {
            let place = rest.find(token)?;
            // The first, and of several at one place the longest.
            Some((place, std::cmp::Reverse(token.len()), *id))
        });
        let Some((place, std::cmp::Reverse(length), id)) = found.min() else {
            break;
        };
        if place > 0 {
            parts.push(Part::Text(&rest[..place]));
        }
        parts.push(Part::Special(id));
        rest = &rest[place + length..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_tokens_in_a_text_are_cut_out() {
        let special = [("[A]".to_owned(), 7), ("[A][B]".to_owned(), 8)];
        assert_eq!(
            parts("x[A]y [A][B]", &special),
            [
                Part::Text("x"),
                Part::Special(7),
                Part::Text("y "),
                Part::Special(8)
            ]
        );
        assert_eq!(parts("", &special), []);
        assert_eq!(parts("[A", &special), [Part::Text("[A")]);
    }
}
