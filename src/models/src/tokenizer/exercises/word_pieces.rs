//! BERT's tokenizer by the functions of exercise 16.

use serde_json::Value;
use word_piece::{Casing, LONGEST_WORD, Lengths, Vocabulary, encode};

use super::{Part, parts, special_tokens, vocabulary};

/// A WordPiece tokenizer.
#[derive(Debug)]
pub(in crate::tokenizer) struct WordPieces {
    vocabulary: Vocabulary,
    casing: Casing,
    special: Vec<(String, usize)>,
}

impl WordPieces {
    /// Makes it from the parts of a tokenizer, which puts `around` around every text.
    pub(super) fn new(parts: &Value, around: &[usize]) -> Option<Self> {
        let model = &parts["model"];
        let is_plain = model["unk_token"] == "[UNK]"
            && model["continuing_subword_prefix"] == "##"
            && model["max_input_chars_per_word"] == LONGEST_WORD
            && parts["pre_tokenizer"]["type"] == "BertPreTokenizer";
        if !is_plain {
            return None;
        }
        let ids = vocabulary(parts)?;
        let mut entries = vec![None; ids.len()];
        for (token, id) in ids {
            *entries.get_mut(id)? = Some(token);
        }
        let entries: Option<Vec<String>> = entries.into_iter().collect();
        let vocabulary = Vocabulary::new(entries?).ok()?;
        if around != [vocabulary.class, vocabulary.separator] {
            return None;
        }
        Some(Self {
            vocabulary,
            casing: casing(&parts["normalizer"])?,
            special: special_tokens(parts)?,
        })
    }

    pub(super) fn encode(&self, text: &str, special_tokens: bool) -> Vec<(usize, bool)> {
        let mut ids = Vec::new();
        for part in parts(text, &self.special) {
            match part {
                Part::Special(id) => ids.push((id, false)),
                Part::Text(text) => ids.extend(self.inner(text)),
            }
        }
        if special_tokens {
            ids.insert(0, (self.vocabulary.class, true));
            ids.push((self.vocabulary.separator, true));
        }
        ids
    }

    /// The tokens of a text without the special ones around it. A learner's function may return anything.
    fn inner(&self, text: &str) -> Vec<(usize, bool)> {
        // Neither cut nor padded: a character is one token at most.
        let lengths = Lengths {
            longest: text.len() + 3,
            padded: 0,
        };
        let encoding = encode(text, None, &self.vocabulary, self.casing, lengths);
        let last = encoding.ids.len().saturating_sub(1);
        let inner = encoding.ids.get(1..last).unwrap_or_default();
        inner.iter().map(|&id| (id, false)).collect()
    }
}

/// The casing of a normalizer, if exercise 16 does all that it does.
fn casing(normalizer: &Value) -> Option<Casing> {
    let lowercase = normalizer["lowercase"].as_bool()?;
    let strips = normalizer["strip_accents"].as_bool().unwrap_or(lowercase);
    let is_bert = normalizer["type"] == "BertNormalizer"
        && normalizer["clean_text"] == true
        && normalizer["handle_chinese_chars"] == true
        && strips == lowercase;
    is_bert.then_some(match lowercase {
        true => Casing::Uncased,
        false => Casing::Cased,
    })
}
