//! The names of recipes.

use clap::ValueEnum;

use crate::recipe::Recipe;

/// A recipe, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecipeName {
    /// 4 blocks of 128, context 64, 2,000 steps: nanoGPT's recipe for processors
    Nano,
    /// 2 blocks of 32, context 32, 500 steps: to try something out
    Pocket,
    /// 2 blocks of 32, context 32, 800 steps: finds out from each sequence which letter follows which, all of a sudden
    Induction,
}

impl RecipeName {
    /// All recipes.
    pub const ALL: [Self; 3] = [Self::Nano, Self::Pocket, Self::Induction];

    /// The recipe.
    pub fn recipe(self) -> Recipe {
        match self {
            Self::Nano => Recipe::NANO,
            Self::Pocket => Recipe::POCKET,
            Self::Induction => Recipe::INDUCTION,
        }
    }

    /// The name of the file with the record of libtorch's run.
    pub fn file(self) -> &'static str {
        match self {
            Self::Nano => "nano.json",
            Self::Pocket => "pocket.json",
            Self::Induction => "induction.json",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_are_listed() {
        assert_eq!(RecipeName::value_variants(), RecipeName::ALL);
        for name in RecipeName::ALL {
            let word = name.to_possible_value().expect("it can be chosen");
            assert_eq!(name.file(), format!("{}.json", word.get_name()));
        }
    }
}
