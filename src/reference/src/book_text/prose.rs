//! The sentences of a page of Markdown.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A character in the place of what cannot be read aloud. Sentences that have it are left out.
const UNREADABLE: char = '\u{FFFC}';
/// The longest formula or piece of code, in characters, that is read as a word.
const LONGEST_WORD: usize = 24;

/// The paragraphs of a page, of whole sentences alone.
///
/// Code blocks, tables, headings, HTML, and displayed formulas are left out. So is each sentence with a formula or a piece
/// of code that is more than a word, with a directive of the book, without a capital at its beginning, or without an end.
pub fn prose(markdown: &str) -> Vec<String> {
    let mut reader = Reader::default();
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_HEADING_ATTRIBUTES;
    for event in Parser::new_ext(markdown, options) {
        reader.read(event);
    }
    reader.end_paragraph();
    reader.paragraphs
}

/// The part of a page that has been read.
#[derive(Default)]
struct Reader {
    paragraphs: Vec<String>,
    /// The paragraph that is being read.
    text: String,
    /// The number of elements around it of which nothing is read.
    skipped: usize,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) if is_skipped(&tag) => self.skipped += 1,
            Event::End(
                TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::Table
                | TagEnd::HtmlBlock
                | TagEnd::Image,
            ) => self.skipped -= 1,
            Event::Start(Tag::Paragraph | Tag::Item | Tag::List(_))
            | Event::End(TagEnd::Paragraph | TagEnd::Item) => self.end_paragraph(),
            _ if self.skipped > 0 => {}
            Event::Text(text) => self.text.push_str(&text),
            Event::Code(code) => self.push_word(&code, "_-[]."),
            Event::InlineMath(formula) => self.push_word(&formula, "=+-.,() "),
            Event::DisplayMath(_) => self.text.push(UNREADABLE),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    /// Adds code or a formula, if it has only letters, digits and these signs.
    fn push_word(&mut self, word: &str, signs: &str) {
        let is_plain = |c: char| c.is_alphanumeric() || signs.contains(c);
        if word.chars().count() <= LONGEST_WORD && word.chars().all(is_plain) {
            self.text.push_str(word);
        } else {
            self.text.push(UNREADABLE);
        }
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.text);
        let whole: Vec<&str> = sentences(&text)
            .into_iter()
            .filter(|s| is_whole(s))
            .collect();
        if !whole.is_empty() {
            self.paragraphs.push(whole.join(" "));
        }
    }
}

fn is_skipped(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Heading { .. }
            | Tag::CodeBlock(_)
            | Tag::Table(_)
            | Tag::HtmlBlock
            | Tag::Image { .. }
    )
}

/// Cuts a paragraph after each full stop, question mark or exclamation mark with a capital after it.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut rest = text.trim();
    let mut from = 0;
    while let Some(at) = rest[from..].find(['.', '?', '!']) {
        let after = from + at + 1;
        let tail = rest[after..].trim_start_matches(['"', '”', ')', '*']);
        let next = tail.trim_start();
        if next.len() < tail.len() && next.starts_with(begins_sentence) {
            let end = rest.len() - tail.len();
            sentences.push(rest[..end].trim());
            (rest, from) = (next, 0);
        } else {
            from = after;
        }
    }
    sentences.push(rest);
    sentences
}

fn begins_sentence(c: char) -> bool {
    c.is_uppercase() || matches!(c, '"' | '“' | '(' | '[' | UNREADABLE)
}

/// Returns `true` if a sentence can be read aloud from its capital to its end.
fn is_whole(sentence: &str) -> bool {
    let first = sentence.trim_start_matches(['"', '“', '(', '[']);
    let last = sentence.trim_end_matches(['"', '”', ')']);
    first.starts_with(char::is_uppercase)
        && last.ends_with(['.', '?', '!'])
        && !sentence.contains(UNREADABLE)
        && !sentence.contains("{{#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_tables_formulas_and_html_are_left_out() {
        let page = "# A heading.\n\nFirst *one*.\nThen [a link](b.md), and `past`. Not `x <= y` here. Last?\n\n\
            ```rust\nlet x = 1.;\n```\n\n| A | B. |\n|---|---|\n| C. | D. |\n\n<details>\n<summary>Answer.</summary>\n\n\
            It is inside.\n\n</details>\n\nIt has $d$ features, or $n = 3$. Then\n\n$$\nx^2\n$$\n\n{{#figure one}}\n\n\
            ![A picture.](a.svg) Seen.\n";
        assert_eq!(
            prose(page),
            [
                "First one. Then a link, and past. Last?",
                "It is inside.",
                "It has d features, or n = 3.",
                "Seen."
            ]
        );
    }

    #[test]
    fn items_of_lists_are_paragraphs_if_they_are_sentences() {
        let page = "You can\n\n- turn it round;\n- Rows are keys. And *columns*\n  are queries.\n- Last one.\n\n1. Loose.\n\n2. Ends.\n";
        assert_eq!(
            prose(page),
            [
                "Rows are keys. And columns are queries.",
                "Last one.",
                "Loose.",
                "Ends."
            ]
        );
    }

    #[test]
    fn a_sentence_ends_where_a_capital_follows() {
        assert_eq!(
            sentences("It is 0.5, e.g. this one. (So is that.) \"Why?\" Yes! no"),
            [
                "It is 0.5, e.g. this one.",
                "(So is that.)",
                "\"Why?\"",
                "Yes! no"
            ]
        );
        assert_eq!(sentences(""), [""]);
    }
}
