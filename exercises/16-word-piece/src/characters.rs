//! The kinds of characters, as Unicode has them. Everything in this file is given.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Returns the text in Unicode's canonical decomposition (NFD): `é` becomes `e` and, after it, the accent by itself.
pub fn decompose(text: &str) -> String {
    text.nfd().collect()
}

/// Returns `true` for an accent that [`decompose`] has parted from its letter: the category Mn.
pub fn is_accent(c: char) -> bool {
    c.general_category() == GeneralCategory::NonspacingMark
}

/// Returns `true` for a character that controls and shows nothing: the categories Cc, Cf and Co. Tabs and the ends of
/// lines are among them.
pub fn is_control(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse
    )
}

/// Returns `true` for what Unicode calls punctuation: the categories that begin with P. The symbols `$`, `+`, `<`, `=`,
/// `>`, `^`, `` ` ``, `|` and `~` are not among them.
pub fn is_punctuation(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// Returns `true` for an ideograph, as Chinese and Japanese have them. Kana and Hangul are none.
pub fn is_ideograph(c: char) -> bool {
    matches!(
        u32::from(c),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B820..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}
