//! Puts formulas, quizzes and figures into the Markdown of a lesson.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use attentive_course::{Exercise, Location};
use attentive_quiz::{Question, Quiz};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::counts::{self, Counts};
use crate::directive::{Directive, check_directives};
use crate::glossary::Glossary;
use crate::includes::{check_exercises, check_includes};
use crate::markdown::{Edits, has_stray_dollar, options, typeset};
use crate::math::{Math, escape_markdown};
use crate::mistakes::{MistakePictures, SharedMistakes, fold};
use crate::{BookError, course, diagrams, explorer, figures, here, quiz_html, thread};

/// Renders the lessons of one book.
pub(crate) struct PageRenderer {
    math: Math,
    quizzes: Vec<Quiz>,
    figures: figures::CachedFigures,
    mistakes: MistakePictures,
    shared_mistakes: SharedMistakes,
    counts: Counts,
    glossary: Glossary,
    /// Folder of the lessons.
    sources: PathBuf,
    /// The exercises by name.
    exercises: BTreeMap<String, Exercise>,
}

impl PageRenderer {
    /// Creates a renderer for the book in the folder `root`, whose lessons are in the folder `sources`.
    pub(crate) fn new(root: &Path, sources: &Path) -> Result<Self, BookError> {
        let dir = root.join("quizzes");
        let quizzes = if dir.exists() {
            Quiz::load_all(&dir)?
        } else {
            Vec::new()
        };
        let course = course::around(root);
        Ok(Self {
            math: Math::new(),
            quizzes,
            figures: figures::CachedFigures::new(root),
            mistakes: MistakePictures::read(root, &course)?,
            shared_mistakes: SharedMistakes::read(sources)?,
            counts: Counts::read(sources)?,
            glossary: Glossary::read(sources)?,
            sources: sources.to_owned(),
            exercises: course::exercises(&course)?,
        })
    }

    /// Converts the lesson in `file`, whose text is `markdown`, to Markdown that plain mdBook understands.
    pub(crate) fn render(&self, markdown: &str, file: &Path) -> Result<String, BookError> {
        check_includes(markdown, file)?;
        check_exercises(markdown, file, &self.exercises)?;
        let mut edits = Edits::default();
        let mut in_code = false;
        let mut directives = HashSet::new();
        let mut anchors = HashSet::new();
        let asked = Asked::read(markdown);
        // The picture for the current section's mistake; it is put at the section's end.
        let mut mistake = None;
        let mut strip = here::html(file, &self.sources);
        for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
            // Computed only when it is needed: counting lines takes longer than parsing Markdown.
            let at = || Location::of_byte(file, markdown, range.start);
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
                    if let Some(id) = id {
                        add_anchors(&mut anchors, [&*id], at)?;
                        mistake = self.mistakes.html(file, &id);
                    }
                    continue;
                }
                Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                    if let Some(html) = strip.take() {
                        edits.replace(range.end..range.end, format!("\n{html}\n\n"));
                    }
                    continue;
                }
                Event::InlineMath(tex) => escape_markdown(&typeset(&tex, false, &self.math, at)?),
                Event::DisplayMath(tex) => escape_markdown(&typeset(&tex, true, &self.math, at)?),
                Event::Start(Tag::Paragraph) => match Directive::parse(&markdown[range.clone()]) {
                    Some(directive) if !directives.insert(directive) => {
                        let text = markdown[range.clone()].trim().to_owned();
                        return Err(BookError::Twice { at: at(), text });
                    }
                    Some(directive) => {
                        add_anchors(&mut anchors, directive.anchors(), at)?;
                        // The blank line ends the block of HTML, whatever follows.
                        self.expand(directive, &asked, &at())? + "\n\n"
                    }
                    None => continue,
                },
                Event::Text(text) if text.contains("{{#") => {
                    if edits.covers(range.start) {
                        continue; // it is the text of a directive just expanded
                    }
                    check_directives(markdown, &range, at)?;
                    for (part, name) in counts::directives(&markdown[range.clone()]) {
                        let count = self.count(name, &at())?;
                        edits.replace(range.start + part.start..range.start + part.end, count);
                    }
                    continue;
                }
                Event::Text(_) if has_stray_dollar(markdown, &range) => {
                    return Err(BookError::StrayDollar { at: at() });
                }
                _ => continue,
            };
            edits.replace(range, html);
        }

        if let Some(html) = mistake {
            edits.replace(markdown.len()..markdown.len(), format!("\n\n{html}\n"));
        }
        let edits = edits.merge(self.glossary.links(markdown, file));
        Ok(fold(&edits.apply(markdown)))
    }

    fn count(&self, name: &str, at: &Location) -> Result<String, BookError> {
        match self.counts.get(name) {
            Some(count) => Ok(count.to_string()),
            None => Err(BookError::Unknown {
                at: at.clone(),
                kind: "count",
                name: name.to_owned(),
                known: self.counts.names(),
            }),
        }
    }

    /// Returns the HTML that replaces a directive, on one line.
    fn expand(
        &self,
        directive: Directive<'_>,
        asked: &Asked<'_>,
        at: &Location,
    ) -> Result<String, BookError> {
        let unknown = |kind, name: &str, known| BookError::Unknown {
            at: at.clone(),
            kind,
            name: name.to_owned(),
            known,
        };
        match directive {
            Directive::Quiz(name) => match self.quizzes.iter().find(|quiz| quiz.name == name) {
                Some(quiz) => {
                    let mut questions: Vec<&Question> = quiz.questions.iter().collect();
                    questions.retain(|question| asked.inside.contains(&question.id.as_str()));
                    quiz_html::quiz(quiz, &questions, &self.math)
                }
                None => {
                    let known = self.quizzes.iter().map(|quiz| quiz.name.clone()).collect();
                    Err(unknown("quiz", name, known))
                }
            },
            Directive::Question(id) => match find_question(&self.quizzes, id) {
                Some((quiz, question)) if asked.quizzes.contains(&quiz.name.as_str()) => {
                    quiz_html::question(quiz, question, &self.math)
                }
                Some((quiz, _)) => Err(BookError::QuestionElsewhere {
                    at: at.clone(),
                    id: id.to_owned(),
                    quiz: quiz.name.clone(),
                }),
                None => {
                    let questions = self.quizzes.iter().flat_map(|quiz| &quiz.questions);
                    let known = questions.map(|question| question.id.clone()).collect();
                    Err(unknown("question", id, known))
                }
            },
            Directive::Figure(name) => {
                self.figures.html(name, &self.math, at).unwrap_or_else(|| {
                    let known = figures::names().map(str::to_owned).collect();
                    Err(unknown("figure", name, known))
                })
            }
            Directive::Diagram(name) => diagrams::html(name, &self.math, at).unwrap_or_else(|| {
                let known = diagrams::names().map(str::to_owned).collect();
                Err(unknown("diagram", name, known))
            }),
            Directive::Explorer(name) => {
                explorer::html(name, &self.math, at).unwrap_or_else(|| {
                    Err(unknown(
                        "explorer",
                        name,
                        explorer::names().map(str::to_owned).collect(),
                    ))
                })
            }
            Directive::Thread(name) => thread::html(name, &self.math, at).unwrap_or_else(|| {
                let known = thread::names().map(str::to_owned).collect();
                Err(unknown("stage of the running sentence", name, known))
            }),
            Directive::MistakesOf { page, ids } => {
                let picture = |id: &str| self.mistakes.html(&at.file, id);
                let ids = Directive::split(ids);
                self.shared_mistakes
                    .html(page, ids, picture, &self.math, at)
            }
        }
    }
}

/// Adds the anchors of a heading or a directive to those of its page.
fn add_anchors<'a>(
    anchors: &mut HashSet<String>,
    new: impl IntoIterator<Item = &'a str>,
    at: impl Fn() -> Location,
) -> Result<(), BookError> {
    for id in new {
        if !anchors.insert(id.to_owned()) {
            let text = format!("{{#{id}}}");
            return Err(BookError::Twice { at: at(), text });
        }
    }
    Ok(())
}

/// Questions that a lesson asks.
#[derive(Default)]
struct Asked<'a> {
    /// Ids of those inside the lesson.
    inside: Vec<&'a str>,
    /// Names of the quizzes at its end, which ask the others.
    quizzes: Vec<&'a str>,
}

impl<'a> Asked<'a> {
    fn read(markdown: &'a str) -> Self {
        let mut asked = Self::default();
        for line in markdown.lines() {
            match Directive::parse(line) {
                Some(Directive::Question(id)) => asked.inside.push(id),
                Some(Directive::Quiz(name)) => asked.quizzes.push(name),
                _ => {}
            }
        }
        asked
    }
}

fn find_question<'a>(quizzes: &'a [Quiz], id: &str) -> Option<(&'a Quiz, &'a Question)> {
    for quiz in quizzes {
        if let Some(question) = quiz.questions.iter().find(|question| question.id == id) {
            return Some((quiz, question));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    thread_local! {
        /// An empty book.
        static BOOK: (TempDir, PageRenderer) = {
            let dir = tempfile::tempdir().expect("a temporary folder");
            fs::write(dir.path().join("SUMMARY.md"), "# Summary\n").expect("written");
            let pages = PageRenderer::new(dir.path(), dir.path()).expect("an empty book");
            (dir, pages)
        };
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn any_lesson_is_rendered_or_refused(
            lesson in r"(\{\{#(quiz|question|figure|include|count|title) |\}\}|\$|\$\$|[#`*>|\\a-c{}é-]| |\n|\n\n|```\n){0,40}|\PC{0,80}"
        ) {
            let page = BOOK.with(|(dir, pages)| pages.render(&lesson, &dir.path().join("lesson.md")));
            match page {
                Ok(page) => prop_assert!(!page.contains("{{#quiz ") || lesson.contains(['`', '\\', '\n'])),
                Err(error) => prop_assert!(error.to_string().contains("lesson.md:")),
            }
        }
    }
}
