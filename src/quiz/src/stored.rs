//! Answers as they are stored between calls: by what was asked and chosen, so that an edition which inserts, moves, removes
//! or rewords something never turns an old answer into another's.

use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

use crate::{Answer, Choice, Kind, Question};

/// The digits of a key: enough that no two texts of a course have the same.
const DIGITS: usize = 16;

/// An answer as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// Key of the question as it was asked.
    question: String,
    #[serde(flatten)]
    given: Given,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Given {
    /// Keys of the chosen choices.
    Choices(Vec<String>),
    Number(f64),
}

impl Question {
    /// Returns a key of what is asked: its id, its kind and its prompt. The choices have [keys](Choice::key) of their own.
    pub fn key(&self) -> String {
        let kind = match self.kind {
            Kind::Single(_) => "single",
            Kind::Multiple(_) => "multiple",
            Kind::Number { .. } => "number",
        };
        key(&[&self.id, kind, &self.prompt])
    }

    /// Makes an answer to be stored. An index without a choice is left out.
    pub fn store(&self, answer: &Answer) -> StoredAnswer {
        let given = match answer {
            Answer::Number(number) => Given::Number(*number),
            Answer::Choices(chosen) => {
                let choices = chosen.iter().filter_map(|&place| self.choices().get(place));
                Given::Choices(choices.map(Choice::key).collect())
            }
        };
        StoredAnswer {
            question: self.key(),
            given,
        }
    }

    /// Returns a stored answer if it is one to this question: what was asked is asked still, and what was chosen can be
    /// chosen still.
    pub fn recall(&self, stored: &StoredAnswer) -> Option<Answer> {
        if stored.question != self.key() {
            return None;
        }
        match &stored.given {
            Given::Number(number) => Some(Answer::Number(*number)),
            Given::Choices(keys) => {
                let mut chosen = Vec::new();
                for key in keys {
                    let mut choices = self.choices().iter();
                    chosen.push(choices.position(|choice| choice.key() == *key)?);
                }
                Some(Answer::Choices(chosen))
            }
        }
    }
}

impl Choice {
    /// Returns a key of the choice's text, which no other choice of its question has.
    pub fn key(&self) -> String {
        key(&[&self.text])
    }
}

/// Returns a key of texts, whatever their line breaks.
fn key(texts: &[&str]) -> String {
    let mut hash = Hash::new();
    for text in texts {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        // With the length, no two lists of texts give the same bytes.
        hash.update(format!("{} {text}\n", text.len()).as_bytes());
    }
    let mut digits = String::new();
    for byte in hash.finalize() {
        digits += &format!("{byte:02x}");
    }
    digits.truncate(DIGITS);
    digits
}
