//! One page: the Markdown of a lesson, with formulas, quizzes and figures put in.

use std::ops::Range;
use std::path::Path;

use attentive_quiz::Quiz;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::markdown::{has_stray_dollar, options, typeset};
use crate::math::{Math, inert};
use crate::{BookError, Place, figures, quiz};

/// What pages are made with.
pub(crate) struct Pages {
    math: Math,
    quizzes: Vec<Quiz>,
}

impl Pages {
    pub(crate) fn new(quizzes: Vec<Quiz>) -> Self {
        Self { math: Math::new(), quizzes }
    }

    /// The lesson in `file`, whose Markdown this is, as Markdown that plain mdBook understands.
    pub(crate) fn render(&self, markdown: &str, file: &Path) -> Result<String, BookError> {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut in_code = false;
        for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
            let line = 1 + markdown[..range.start].matches('\n').count();
            let place = Place { file: file.to_owned(), line };
            let html = match event {
                Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => {
                    in_code = !in_code;
                    continue;
                }
                Event::Text(_) if in_code => continue,
                Event::InlineMath(tex) => inert(&typeset(&tex, false, &self.math, &place)?),
                Event::DisplayMath(tex) => inert(&typeset(&tex, true, &self.math, &place)?),
                Event::Start(Tag::Paragraph) => match Directive::parse(&markdown[range.clone()]) {
                    // The blank line ends the block of HTML, whatever comes next.
                    Some(directive) => self.expand(&directive, &place)? + "\n\n",
                    None => continue,
                },
                Event::Text(text) if ["{{#quiz", "{{#figure"].iter().any(|start| text.contains(start)) => {
                    if edits.last().is_some_and(|(done, _)| done.contains(&range.start)) {
                        continue; // the text of a directive just expanded
                    }
                    return Err(BookError::NotAlone { place, text: text.into_string() });
                }
                Event::Text(_) if has_stray_dollar(markdown, &range) => {
                    return Err(BookError::StrayDollar { place });
                }
                _ => continue,
            };
            edits.push((range, html));
        }

        let mut page = markdown.to_owned();
        for (range, html) in edits.into_iter().rev() {
            page.replace_range(range, &html);
        }
        Ok(page)
    }

    /// The HTML that takes a directive's place, on one line.
    fn expand(&self, directive: &Directive<'_>, place: &Place) -> Result<String, BookError> {
        let unknown = |kind, name: &str, known| BookError::Unknown {
            place: place.clone(),
            kind,
            name: name.to_owned(),
            known,
        };
        match *directive {
            Directive::Quiz(name) => match self.quizzes.iter().find(|quiz| quiz.name == name) {
                Some(quiz) => quiz::html(quiz, &self.math),
                None => {
                    let known = self.quizzes.iter().map(|quiz| quiz.name.clone()).collect();
                    Err(unknown("quiz", name, known))
                }
            },
            Directive::Figure(name) => match figures::figure(name) {
                Some(figure) => figures::html(name, &figure, &self.math, place),
                None => {
                    let known = figures::names().map(str::to_owned).collect();
                    Err(unknown("figure", name, known))
                }
            },
        }
    }
}

/// What an author asks for with a paragraph such as `{{#quiz softmax}}`.
enum Directive<'a> {
    Quiz(&'a str),
    Figure(&'a str),
}

impl<'a> Directive<'a> {
    fn parse(paragraph: &'a str) -> Option<Self> {
        let inner = paragraph.trim().strip_prefix("{{#")?.strip_suffix("}}")?;
        let (kind, name) = inner.split_once(' ')?;
        match kind {
            "quiz" => Some(Self::Quiz(name.trim())),
            "figure" => Some(Self::Figure(name.trim())),
            _ => None, // mdBook's own, such as {{#include …}}
        }
    }
}
