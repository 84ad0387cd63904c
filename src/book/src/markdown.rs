//! Short pieces of Markdown that go into generated HTML: captions, questions, reasons.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use crate::math::Math;
use crate::{BookError, Place};

const WORD_JOINER: char = '\u{2060}';

/// What lessons are written in: the same as mdBook reads, and mathematics.
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

/// What takes the place of parts of a text, collected from its start to its end.
#[derive(Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(crate) fn replace(&mut self, range: Range<usize>, text: String) {
        self.0.push((range, text));
    }

    /// Whether the last part ends after `at`.
    pub(crate) fn reach(&self, at: usize) -> bool {
        self.0.last().is_some_and(|(done, _)| done.contains(&at))
    }

    pub(crate) fn apply(self, text: &str) -> String {
        let mut text = text.to_owned();
        for (range, new) in self.0.into_iter().rev() {
            text.replace_range(range, &new);
        }
        text
    }
}

/// The HTML of `markdown`, on one line; a single paragraph comes without its `<p>`.
///
/// `place` is where the text is, for errors.
pub(crate) fn to_html(markdown: &str, math: &Math, place: &Place) -> Result<String, BookError> {
    let mut events = Vec::new();
    let mut in_code = false;
    let parser = Parser::new_ext(markdown, options() | Options::ENABLE_SMART_PUNCTUATION);
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => in_code = !in_code,
            Event::Text(_) if !in_code && has_stray_dollar(markdown, &range) => {
                return Err(BookError::StrayDollar {
                    place: place.clone(),
                });
            }
            _ => {}
        }
        events.push(match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                return Err(BookError::Html {
                    place: place.clone(),
                    html: html.trim().to_owned(),
                });
            }
            Event::InlineMath(tex) => {
                Event::InlineHtml(typeset(&tex, false, math, || place.clone())?.into())
            }
            Event::DisplayMath(tex) => {
                Event::InlineHtml(typeset(&tex, true, math, || place.clone())?.into())
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
    // A line break inside <pre> matters, and a blank line would end the block of HTML that this becomes part of.
    Ok(out.trim().replace('\n', "&#10;"))
}

/// Whether the text at `range` has a dollar that begins no formula and is not written `\$`: a formula with a brace
/// too many or too few is just text to Markdown, and would go into the page as it is.
pub(crate) fn has_stray_dollar(markdown: &str, range: &Range<usize>) -> bool {
    markdown[range.clone()].contains('$') && !markdown[..range.start].ends_with('\\')
}

/// The HTML of a formula. A line may be broken beside a box, even before a full stop; word joiners forbid it.
pub(crate) fn typeset(
    tex: &str,
    display: bool,
    math: &Math,
    place: impl FnOnce() -> Place,
) -> Result<String, BookError> {
    let html = math.html(tex, display).map_err(|reason| BookError::Math {
        place: place(),
        tex: beginning(tex.trim()),
        reason,
    })?;
    Ok(if display {
        html
    } else {
        format!("{WORD_JOINER}{html}{WORD_JOINER}")
    })
}

/// As much of a text as says which one it is.
fn beginning(text: &str) -> String {
    const ENOUGH: usize = 100;
    match text.char_indices().nth(ENOUGH) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Text as HTML.
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
