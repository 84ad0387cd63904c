//! The width of the text that people read.

/// The widest: longer lines are hard to read.
pub const WIDEST: usize = 100;
/// Below this, wrapping does more harm than good.
const NARROWEST: usize = 40;

/// The variable that has the width where a program writes to no terminal, but for one.
const WIDTH_VARIABLE: &str = "COLUMNS";

/// The columns that text on standard output is wrapped to: the terminal's, from 40 to 100. Where there is none, those that
/// `COLUMNS` asks for, or 100.
pub fn columns() -> usize {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    let width = match terminal {
        Some((width, _)) if width.0 > 0 => Some(usize::from(width.0)),
        _ => std::env::var(WIDTH_VARIABLE)
            .ok()
            .and_then(|width| width.parse().ok()),
    };
    width.unwrap_or(WIDEST).clamp(NARROWEST, WIDEST)
}

/// Makes words stay in one line, such as those of a command that is to be copied, until [`wrap`] is done with them.
pub fn unbreakable(words: &str) -> String {
    words.replace(' ', "\u{a0}")
}

/// Wraps a text to so many columns. Paths, and what is [`unbreakable`], stay as they are, however long.
pub fn wrap(text: &str, width: usize, first_indent: &str, indent: &str) -> String {
    let options = textwrap::Options::new(width)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false)
        .initial_indent(first_indent)
        .subsequent_indent(indent);
    textwrap::fill(text, options).replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_not_broken_and_a_path_is_not_either() {
        let text = format!(
            "type {} in exercises/05-scaled-dot-product",
            unbreakable("cargo test -p softmax")
        );
        assert_eq!(
            wrap(&text, 24, "next  ", "      "),
            "next  type\n      cargo test -p softmax\n      in\n      exercises/05-scaled-dot-product"
        );
    }
}
