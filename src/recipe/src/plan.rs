//! All that decides what a run computes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::corpus::Corpus;
use crate::recipe::Recipe;
use crate::source::Source;

/// All that decides what a run computes. Two runs of one plan differ by rounding alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Sizes and settings.
    pub recipe: Recipe,
    /// The seed of the first parameters and of the batches.
    pub seed: u64,
    /// The name of the text, or of what is drawn.
    pub text: String,
    /// The SHA-256 of the text, if there is one.
    pub text_sha256: Option<String>,
    /// The number of different tokens.
    pub vocabulary: usize,
}

/// A part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// The sizes of the model.
    Model,
    /// The number of steps.
    Steps,
    /// The largest learning rate.
    Rate,
    /// Any other setting of the recipe.
    Settings,
    /// The seed.
    Seed,
    /// The number of different tokens.
    Vocabulary,
    /// The text, by its SHA-256.
    Text,
}

/// The first thing in which two plans differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part that differs.
    pub aspect: Aspect,
    /// Its value in the plan that was asked.
    pub expected: String,
    /// Its value in the other one.
    pub found: String,
}

impl Plan {
    /// The plan of a run that reads the sequences of a source.
    pub fn new(recipe: Recipe, seed: u64, source: &Source, corpus: &Corpus) -> Self {
        Self {
            recipe,
            seed,
            text: source.name(),
            text_sha256: source.digest(),
            vocabulary: corpus.characters().size(),
        }
    }

    /// The first thing in which a plan differs from this one. The name of the text does not matter.
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        let (mine, others) = (self.aspects(), other.aspects());
        let mut pairs = mine.into_iter().zip(others);
        let ((aspect, expected), (_, found)) = pairs.find(|(mine, other)| mine != other)?;
        Some(Difference {
            aspect,
            expected,
            found,
        })
    }

    /// Everything that could differ. The text comes last: where it alone is different, runs may still be compared with care.
    fn aspects(&self) -> [(Aspect, String); 7] {
        let recipe = &self.recipe;
        let model = format!(
            "{} blocks, {} heads, width {}, context {}",
            recipe.blocks, recipe.heads, recipe.width, recipe.context
        );
        [
            (Aspect::Model, model),
            (Aspect::Steps, recipe.steps.to_string()),
            (Aspect::Rate, recipe.peak.to_string()),
            (Aspect::Settings, format!("{recipe:?}")),
            (Aspect::Seed, self.seed.to_string()),
            (Aspect::Vocabulary, self.vocabulary.to_string()),
            (Aspect::Text, self.text_sha256.clone().unwrap_or_default()),
        ]
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "model",
            Self::Steps => "number of steps",
            Self::Rate => "learning rate",
            Self::Settings => "setting",
            Self::Seed => "seed",
            Self::Vocabulary => "number of different characters",
            Self::Text => "text",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            recipe: Recipe::NANO,
            seed: 42,
            text: "a text".to_owned(),
            text_sha256: Some("ab".to_owned()),
            vocabulary: 80,
        }
    }

    #[track_caller]
    fn differs(change: impl FnOnce(&mut Plan), aspect: Aspect, expected: &str, found: &str) {
        let mut other = plan();
        change(&mut other);
        let difference = plan().difference(&other).expect("a difference");
        assert_eq!(
            (difference.aspect, &*difference.expected, &*difference.found),
            (aspect, expected, found)
        );
    }

    #[test]
    fn the_first_difference_is_named() {
        differs(|plan| plan.seed = 7, Aspect::Seed, "42", "7");
        differs(|plan| plan.vocabulary = 9, Aspect::Vocabulary, "80", "9");
        differs(|plan| plan.recipe.steps = 5, Aspect::Steps, "2000", "5");
        differs(|plan| plan.recipe.peak = 0.5, Aspect::Rate, "0.001", "0.5");
        differs(
            |plan| plan.recipe = Recipe::POCKET,
            Aspect::Model,
            "4 blocks, 4 heads, width 128, context 64",
            "2 blocks, 2 heads, width 32, context 32",
        );
        differs(
            |plan| plan.text_sha256 = Some("cd".to_owned()),
            Aspect::Text,
            "ab",
            "cd",
        );
    }

    #[test]
    fn everything_in_a_recipe_counts_and_the_name_of_a_text_does_not() {
        let mut other = plan();
        other.recipe.beta_2 = 0.95;
        let difference = plan().difference(&other).expect("a difference");
        assert_eq!(difference.aspect, Aspect::Settings);
        other = plan();
        other.text = "the same text in a different file".to_owned();
        assert_eq!(plan().difference(&other), None);
    }
}
