//! The source of what a run reads: a text, or sequences that are drawn.

use std::path::Path;

use crate::chains::LETTERS;
use crate::corpus::Corpus;
use crate::data::Data;
use crate::error::TextError;
use crate::recipe::Recipe;
use crate::text::Text;

/// A source of sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Windows of a text.
    Text(Text),
    /// Markov chains that are drawn.
    Chains,
}

impl Source {
    /// The source of a recipe. `file` is a text instead of the one that the recipe has.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, or the recipe does not learn from a text.
    pub fn open(recipe: &Recipe, file: Option<&Path>) -> Result<Self, TextError> {
        match (recipe.data, file) {
            (Data::Text, Some(file)) => Ok(Self::Text(Text::verbatim(file)?)),
            (Data::Text, None) => Ok(Self::Text(Text::shipped())),
            (Data::Chains, Some(file)) => Err(TextError::NotRead(file.to_owned())),
            (Data::Chains, None) => Ok(Self::Chains),
        }
    }

    /// The name of what is learned from.
    pub fn name(&self) -> String {
        match self {
            Self::Text(text) => text.name.clone(),
            Self::Chains => format!("Markov chains of {} letters", LETTERS.len()),
        }
    }

    /// The SHA-256 of the text, if there is one, in hexadecimal digits.
    pub fn digest(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.digest()),
            Self::Chains => None,
        }
    }

    /// The sequences of a recipe.
    ///
    /// # Errors
    /// When the text is too short to hold a window of it out.
    pub fn corpus(&self, recipe: &Recipe) -> Result<Corpus, TextError> {
        match self {
            Self::Text(text) => Corpus::new(&text.whole(), recipe),
            Self::Chains => Ok(Corpus::chains(recipe)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_has_a_source_of_its_own() {
        let text = Source::open(&Recipe::NANO, None).expect("it comes with the course");
        assert_eq!(text, Source::Text(Text::shipped()));
        assert_eq!(text.digest(), Some(Text::shipped().digest()));
        let chains = Source::open(&Recipe::INDUCTION, None).expect("they are drawn");
        assert_eq!(
            (chains.digest(), &*chains.name()),
            (None, "Markov chains of 8 letters")
        );
        let error = Source::open(&Recipe::INDUCTION, Some(Path::new("poem.txt")));
        assert_eq!(
            error.expect_err("it reads no text").to_string(),
            "expected no text, because this recipe draws its sequences, found poem.txt; leave out --text, or take a \
             different --recipe"
        );
    }
}
