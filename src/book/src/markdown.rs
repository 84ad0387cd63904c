//! Short pieces of Markdown that go into generated HTML: captions, questions, reasons.

use std::ops::Range;

use attentive_course::Location;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::BookError;
use crate::math::Math;

const WORD_JOINER: char = '\u{2060}';

/// Returns the Markdown extensions of lessons: those of mdBook, and mathematics.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_MATH
}

/// Replacements of parts of a text, in the order of the text.
#[derive(Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(crate) fn replace(&mut self, range: Range<usize>, text: String) {
        self.0.push((range, text));
    }

    /// Returns `true` if the byte `at` is in the last replaced part.
    pub(crate) fn covers(&self, at: usize) -> bool {
        self.0.last().is_some_and(|(done, _)| done.contains(&at))
    }

    /// Returns these edits and others of the same text, in its order. No part of the text may be in both.
    pub(crate) fn merge(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self.0.sort_by_key(|(range, _)| range.start);
        self
    }

    pub(crate) fn apply(self, text: &str) -> String {
        let mut text = text.to_owned();
        for (range, new) in self.0.into_iter().rev() {
            text.replace_range(range, &new);
        }
        text
    }
}

/// Converts `markdown` to HTML on one line; a single paragraph has no `<p>` around it.
///
/// Errors name the line `at`.
pub(crate) fn to_html(markdown: &str, math: &Math, at: &Location) -> Result<String, BookError> {
    let mut events = Vec::new();
    let mut in_code = false;
    let parser = Parser::new_ext(markdown, options() | Options::ENABLE_SMART_PUNCTUATION);
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => in_code = !in_code,
            Event::Text(_) if !in_code && has_stray_dollar(markdown, &range) => {
                return Err(BookError::StrayDollar { at: at.clone() });
            }
            _ => {}
        }
        events.push(match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                return Err(BookError::Html {
                    at: at.clone(),
                    html: html.trim().to_owned(),
                });
            }
            Event::InlineMath(tex) => {
                Event::InlineHtml(typeset(&tex, false, math, || at.clone())?.into())
            }
            Event::DisplayMath(tex) => {
                Event::InlineHtml(typeset(&tex, true, math, || at.clone())?.into())
            }
            other => other,
        });
    }
    if events
        .iter()
        .filter(|event| matches!(event, Event::Start(Tag::Paragraph)))
        .count()
        == 1
    {
        events.retain(|event| {
            !matches!(
                event,
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
            )
        });
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    // Line breaks matter inside <pre>, and a blank line would end the block of HTML that this becomes part of.
    Ok(out.trim().replace('\n', "&#10;"))
}

/// Returns `true` if the text at `range` has a dollar that begins no formula and is not written `\$`.
///
/// A formula with unbalanced braces is plain text to Markdown, and would go into the page as it is.
pub(crate) fn has_stray_dollar(markdown: &str, range: &Range<usize>) -> bool {
    markdown[range.clone()].contains('$') && !markdown[..range.start].ends_with('\\')
}

/// Converts a formula to HTML. Word joiners around it keep lines from breaking between the formula and a full stop.
pub(crate) fn typeset(
    tex: &str,
    display: bool,
    math: &Math,
    at: impl FnOnce() -> Location,
) -> Result<String, BookError> {
    let html = math.html(tex, display).map_err(|reason| BookError::Math {
        at: at(),
        tex: shorten(tex.trim()),
        reason,
    })?;
    Ok(if display {
        html
    } else {
        format!("{WORD_JOINER}{html}{WORD_JOINER}")
    })
}

/// Returns the first hundred characters of a text.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(100) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Returns the text of a page's first heading.
pub(crate) fn title(markdown: &str) -> String {
    let mut title = String::new();
    let mut in_title = false;
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H1,
                ..
            }) => in_title = true,
            Event::End(TagEnd::Heading(_)) if in_title => break,
            Event::Text(text) | Event::Code(text) if in_title => title += &text,
            _ => {}
        }
    }
    title
}

/// Splits a comment such as `<!-- forms: logits -->` into what it is about and what it says.
pub(crate) fn comment(html: &str) -> Option<(&str, &str)> {
    let inner = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    let (key, value) = inner.split_once(':')?;
    Some((key.trim(), value.trim()))
}

/// Escapes text for HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    thread_local! {
        static MATH: Math = Math::new();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn any_markdown_becomes_one_line_of_html_or_is_refused(
            markdown in r"([*_`$#>|\-a-c\\ \n<&]|```|\$x\$|\[a\]\(b\)){0,40}|\PC{0,60}"
        ) {
            let at = Location { file: "quiz.toml".into(), line: 1 };
            if let Ok(html) = MATH.with(|math| to_html(&markdown, math, &at)) {
                prop_assert!(!html.contains('\n'));
            }
        }

        #[test]
        fn edits_replace_what_they_say(parts in proptest::collection::vec("[a-zé]{1,5}", 1..6)) {
            let text = parts.concat();
            let (mut edits, mut at) = (Edits::default(), 0);
            for (i, part) in parts.iter().enumerate() {
                if i % 2 == 0 {
                    edits.replace(at..at + part.len(), format!("<{part}>"));
                }
                at += part.len();
            }
            let expected: String = parts
                .iter()
                .enumerate()
                .map(|(i, part)| if i % 2 == 0 { format!("<{part}>") } else { part.clone() })
                .collect();
            prop_assert_eq!(edits.apply(&text), expected);
        }
    }
}
