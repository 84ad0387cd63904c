//! One page: the Markdown of a lesson, with formulas, quizzes and figures put in.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use attentive_quiz::Quiz;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::includes::{INCLUDES, check_exercises, check_includes};
use crate::markdown::{Edits, has_stray_dollar, options, typeset};
use crate::math::{Math, inert};
use crate::mistakes::Mistakes;
use crate::{BookError, Place, course, explorer, figures, quiz};

/// What pages are made with.
pub(crate) struct Pages {
    math: Math,
    quizzes: Vec<Quiz>,
    figures: figures::Cache,
    mistakes: Mistakes,
    /// The crates of the exercises, by name.
    crates: BTreeMap<String, PathBuf>,
}

impl Pages {
    /// The pages of the book in the folder `root`.
    pub(crate) fn new(root: &Path) -> Result<Self, BookError> {
        let dir = root.join("quizzes");
        let quizzes = if dir.exists() {
            Quiz::load_all(&dir)?
        } else {
            Vec::new()
        };
        let course = course::folder(root);
        let (crates, mistakes) = (course::crates(&course)?, Mistakes::read(&course)?);
        Ok(Self {
            math: Math::new(),
            quizzes,
            figures: figures::Cache::new(root),
            mistakes,
            crates,
        })
    }

    /// The lesson in `file`, whose Markdown this is, as Markdown that plain mdBook understands.
    pub(crate) fn render(&self, markdown: &str, file: &Path) -> Result<String, BookError> {
        check_includes(markdown, file)?;
        check_exercises(markdown, file, &self.crates)?;
        let mut edits = Edits::default();
        let mut in_code = false;
        let mut directives = HashSet::new();
        // The picture of the mistake that the section is about; it comes last in it.
        let mut mistake = None;
        for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
            // Found only when it is needed: counting lines takes longer than reading Markdown.
            let place = || Place::at(file, markdown, range.start);
            let html = match event {
                Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => {
                    in_code = !in_code;
                    continue;
                }
                Event::Text(_) if in_code => continue,
                Event::Start(Tag::Heading { id, .. }) => {
                    if let Some(html) = mistake.take() {
                        edits.replace(range.start..range.start, format!("{html}\n\n"));
                    }
                    mistake = id.and_then(|id| self.mistakes.html(file, &id));
                    continue;
                }
                Event::InlineMath(tex) => inert(&typeset(&tex, false, &self.math, place)?),
                Event::DisplayMath(tex) => inert(&typeset(&tex, true, &self.math, place)?),
                Event::Start(Tag::Paragraph) => match Directive::parse(&markdown[range.clone()]) {
                    Some(directive) if !directives.insert(directive) => {
                        let text = markdown[range.clone()].trim().to_owned();
                        return Err(BookError::Twice {
                            place: place(),
                            text,
                        });
                    }
                    // The blank line ends the block of HTML, whatever comes next.
                    Some(directive) => self.expand(directive, &place())? + "\n\n",
                    None => continue,
                },
                Event::Text(text) if text.contains("{{#") => {
                    if !edits.reach(range.start) {
                        check_directives(markdown, &range, place)?;
                    } // else it is the text of a directive just expanded
                    continue;
                }
                Event::Text(_) if has_stray_dollar(markdown, &range) => {
                    return Err(BookError::StrayDollar { place: place() });
                }
                _ => continue,
            };
            edits.replace(range, html);
        }

        if let Some(html) = mistake {
            edits.replace(markdown.len()..markdown.len(), format!("\n\n{html}\n"));
        }
        Ok(edits.apply(markdown))
    }

    /// The HTML that takes a directive's place, on one line.
    fn expand(&self, directive: Directive<'_>, place: &Place) -> Result<String, BookError> {
        let unknown = |kind, name: &str, known| BookError::Unknown {
            place: place.clone(),
            kind,
            name: name.to_owned(),
            known,
        };
        match directive {
            Directive::Quiz(name) => match self.quizzes.iter().find(|quiz| quiz.name == name) {
                Some(quiz) => quiz::html(quiz, &self.math),
                None => {
                    let known = self.quizzes.iter().map(|quiz| quiz.name.clone()).collect();
                    Err(unknown("quiz", name, known))
                }
            },
            Directive::Figure(name) => {
                self.figures
                    .html(name, &self.math, place)
                    .unwrap_or_else(|| {
                        let known = figures::names().map(str::to_owned).collect();
                        Err(unknown("figure", name, known))
                    })
            }
            Directive::Explorer(name) => {
                explorer::html(name, &self.math, place).unwrap_or_else(|| {
                    Err(unknown(
                        "explorer",
                        name,
                        explorer::names().map(str::to_owned).collect(),
                    ))
                })
            }
        }
    }
}

/// Whether each directive in this part of a lesson is one that mdBook carries out within a text.
fn check_directives(
    markdown: &str,
    part: &Range<usize>,
    place: impl Fn() -> Place,
) -> Result<(), BookError> {
    for (at, start) in markdown[part.clone()].match_indices("{{#") {
        let (before, inner) = (
            &markdown[..part.start + at],
            &markdown[part.start + at + start.len()..],
        );
        if before.ends_with('\\') {
            continue; // shown, not carried out
        }
        let line = inner.lines().next().unwrap_or_default();
        let closed = line.split_once("}}").map(|(inner, _)| inner);
        let kind = line
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        match kind {
            "quiz" | "figure" | "explorer" => {
                return Err(BookError::NotAlone {
                    place: place(),
                    text: markdown[part.clone()].to_owned(),
                });
            }
            _ if closed.is_some() && (kind == "title" || INCLUDES.contains(&kind)) => {}
            _ => {
                let text = format!(
                    "{{{{#{}",
                    closed.map_or(line.to_owned(), |inner| format!("{inner}}}}}"))
                );
                return Err(BookError::UnknownDirective {
                    place: place(),
                    text,
                });
            }
        }
    }
    Ok(())
}

/// What an author asks for with a paragraph such as `{{#quiz softmax}}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Directive<'a> {
    Quiz(&'a str),
    Figure(&'a str),
    Explorer(&'a str),
}

impl<'a> Directive<'a> {
    pub(crate) fn parse(paragraph: &'a str) -> Option<Self> {
        let inner = paragraph.trim().strip_prefix("{{#")?.strip_suffix("}}")?;
        let (kind, name) = inner.split_once(' ')?;
        match kind {
            "quiz" => Some(Self::Quiz(name.trim())),
            "figure" => Some(Self::Figure(name.trim())),
            "explorer" => Some(Self::Explorer(name.trim())),
            _ => None, // mdBook's own, such as {{#include …}}
        }
    }
}
