//! Characters from which cases draw: each is treated differently by some step.

use crate::random::Random;

/// Letters, marks, punctuation, symbols and spaces.
const SIGNS: &[&str] = &[
    "a", "B", "é", "e\u{301}", "Ö", "ß", "д", "Ж", "ी", "न", "्", "東", "カ", "한", "9", "½", " ",
    " ", "\t", "\u{a0}", "\u{200b}", "\u{ad}", ".", "-", "_", "$", "+", "`", "€", "©", "“", "—",
    "、", "¿", "👍",
];

/// A text of so many signs, drawn without order.
pub(super) fn drawn(random: &Random, length: usize) -> String {
    let sign = |_| SIGNS[random.below(SIGNS.len() as i64) as usize];
    (0..length).map(sign).collect()
}
