//! Sentences with code between backticks.

use crate::markdown::escape;

/// Converts text with code between backticks to HTML.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::new();
    for (i, part) in text.split('`').map(escape).enumerate() {
        if i % 2 == 1 {
            html += &format!("<code>{part}</code>");
        } else {
            html += &part;
        }
    }
    html
}

/// Returns the verb for so many things.
pub(super) fn be(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_a_sentence_is_code() {
        assert_eq!(prose("a `b` < c"), "a <code>b</code> &lt; c");
    }
}
