//! The characters of a text as numbers: the simplest vocabulary that there is.

use std::collections::BTreeSet;

/// The different characters of a text. Their numbers are their places in the order of Unicode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Characters(Vec<char>);

impl Characters {
    /// The characters of a text.
    pub fn of(text: &str) -> Self {
        let different: BTreeSet<char> = text.chars().collect();
        Self(different.into_iter().collect())
    }

    /// The number of different characters.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The characters in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = char> {
        self.0.iter().copied()
    }

    /// A text as numbers. Characters that are not among these are left out.
    pub fn encode(&self, text: &str) -> Vec<usize> {
        let numbers = text.chars().map(|c| self.0.binary_search(&c));
        numbers.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_the_numbers_of_their_order() {
        let characters = Characters::of("key, queue – key\n");
        let all: String = characters.iter().collect();
        assert_eq!(all, "\n ,ekquy–");
        assert_eq!(characters.size(), 9);
        assert_eq!(characters.encode("yek–?"), [7, 3, 4, 8]);
    }
}
