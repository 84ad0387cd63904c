//! Finds problems of a book that do not stop a build.

mod built_book;
mod code_names;
mod external;
mod language;
mod lesson_parts;
mod links;
mod unused;

use std::fmt;
use std::path::Path;

use attentive_course::{Exercise, Location};

use crate::{BookError, build, course};
use built_book::BuiltBook;

/// A problem in the book's sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line of the problem.
    pub at: Location,
    /// The problem.
    pub problem: String,
    /// The remedy.
    pub fix: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; fix: {}", self.at, self.problem, self.fix)
    }
}

/// The result of a check: its diagnostics, and the amounts that were checked.
#[derive(Debug)]
pub struct CheckReport {
    /// Problems, sorted by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// Number of pages.
    pub pages: usize,
    /// Number of links and pictures.
    pub links: usize,
    /// Number of pieces of code in the text that were compared with the crates.
    pub names: usize,
}

impl CheckReport {
    /// Keeps the diagnostics of one exercise's files: its page, its quiz and its `exercise.toml`. `root` is the book's
    /// folder, `name` the exercise's name, folder or number.
    ///
    /// # Errors
    ///
    /// Fails if there is no such exercise.
    pub fn retain_exercise(&mut self, root: &Path, name: &str) -> Result<(), BookError> {
        let course = course::around(root);
        let all: Vec<Exercise> = course::exercises(&course)?.into_values().collect();
        let exercise = attentive_course::find(&all, name).map_err(BookError::Course)?;
        let mut files = vec![
            root.join(format!("quizzes/{}.toml", exercise.name)),
            course.path(exercise.words()),
        ];
        for pages in course::exercise_pages(&course)? {
            if pages.exercise.name == exercise.name {
                files.push(root.join(format!("src/{}.md", pages.chapter)));
            }
        }
        self.diagnostics
            .retain(|diagnostic| files.contains(&diagnostic.at.file));
        Ok(())
    }
}

/// Builds the book of the folder `root` into a temporary folder and looks for problems that do not stop a build:
///
/// - links, anchors and pictures that lead nowhere, and anything that a page loads from another host;
/// - lessons that lack one of the parts that every lesson has;
/// - lessons, quizzes and exercises that no page refers to;
/// - mistakes of `exercise.toml` whose anchor no page has;
/// - habits of language that `language.toml` lists;
/// - functions and paths in `code` that none of the course's crates has.
///
/// # Errors
///
/// Fails if the book cannot be built.
pub fn check(root: &Path) -> Result<CheckReport, BookError> {
    let temp = tempfile::tempdir().map_err(|error| BookError::Io {
        path: std::env::temp_dir(),
        error,
    })?;
    let dest = temp.path().join("html");
    build(root, &dest, |_| {})?;
    let book = BuiltBook::read(root, &dest)?;
    let course = course::around(root);
    let exercises = course::exercise_pages(&course)?;

    let (mut diagnostics, links) = links::check(&book);
    diagnostics.extend(external::check(&book)?);
    diagnostics.extend(lesson_parts::check(&book));
    diagnostics.extend(unused::lessons(&book));
    diagnostics.extend(unused::quizzes(&book));
    diagnostics.extend(unused::exercises(&book, &exercises));
    diagnostics.extend(unused::mistakes(&book, &exercises));
    let (misnamed, names) = code_names::check(&book, &course)?;
    diagnostics.extend(misnamed);
    diagnostics.extend(language::check(&book, &course)?);
    diagnostics.sort_by(|a, b| (&a.at.file, a.at.line).cmp(&(&b.at.file, b.at.line)));
    diagnostics.dedup();
    Ok(CheckReport {
        diagnostics,
        pages: book.pages.len(),
        links,
        names,
    })
}
