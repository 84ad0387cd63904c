//! Finds lessons, quizzes, exercises and mistakes that no page refers to.

use std::path::Path;

use attentive_course::Location;

use super::Diagnostic;
use super::built_book::BuiltBook;
use crate::course::ExercisePages;
use crate::suggest::{nearest, suggest_or};

/// Finds lessons that are not in the table of contents.
pub(super) fn lessons(book: &BuiltBook) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for source in &book.unlisted {
        diagnostics.push(Diagnostic {
            at: first_line(source),
            problem: "this lesson is in no chapter of SUMMARY.md".to_owned(),
            fix: "name it there, or delete the file".to_owned(),
        });
    }
    diagnostics
}

/// Finds quizzes that no page asks.
pub(super) fn quizzes(book: &BuiltBook) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for quiz in &book.quizzes {
        if book.pages.values().any(|page| page.asks(&quiz.name)) {
            continue;
        }
        let name = &quiz.name;
        diagnostics.push(Diagnostic {
            at: first_line(&quiz.path),
            problem: format!("no page asks the quiz \"{name}\""),
            fix: format!("put {{{{#quiz {name}}}}} on a page, or delete the file"),
        });
    }
    diagnostics
}

fn first_line(file: &Path) -> Location {
    Location {
        file: file.to_owned(),
        line: 1,
    }
}

/// Finds exercises whose page is missing or does not say how to run them.
pub(super) fn exercises(book: &BuiltBook, exercises: &[ExercisePages]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for ExercisePages {
        exercise,
        chapter,
        chapter_line,
        ..
    } in exercises
    {
        let name = &exercise.name;
        let command = format!("cargo test -p {name}");
        let (problem, fix) = match book.pages.get(&format!("{chapter}.html")) {
            None => (
                format!(
                    "the exercise \"{name}\" has no page: the book has no chapter \"{chapter}\""
                ),
                format!(
                    "write book/src/{chapter}.md and name it in SUMMARY.md, or correct the chapter"
                ),
            ),
            Some(page) if !page.markdown.contains(&command) => (
                format!("the page of the exercise \"{name}\" does not say how to run it"),
                format!("put `{command}` on {}", page.source.display()),
            ),
            Some(_) => continue,
        };
        diagnostics.push(Diagnostic {
            at: chapter_line.clone(),
            problem,
            fix,
        });
    }
    diagnostics
}

/// Finds mistakes whose explanation the book does not have. If the exercise's own page is missing, [`exercises`] reports
/// that once, and its mistakes are not reported.
pub(super) fn mistakes(book: &BuiltBook, exercises: &[ExercisePages]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let missing = |exercise: &ExercisePages, page: &str| {
        page.strip_suffix(".html") == Some(&exercise.chapter) && !book.pages.contains_key(page)
    };
    for (exercise, mistake) in exercises
        .iter()
        .flat_map(|e| e.mistakes.iter().map(move |m| (e, m)))
    {
        let (page, id) = mistake
            .anchor
            .split_once('#')
            .unwrap_or((&mistake.anchor, ""));
        if missing(exercise, page) {
            continue;
        }
        let (problem, fix) = match book.pages.get(page) {
            None => (
                format!(
                    "the mistake \"{}\" is explained on {page}, which the book does not have",
                    mistake.id
                ),
                suggest_or(
                    nearest(page, book.pages.keys()),
                    "write that page, or correct the anchor",
                ),
            ),
            Some(target) if !target.ids.contains(id) => (
                format!(
                    "the mistake \"{}\" is explained nowhere: {page} has no anchor \"{id}\"",
                    mistake.id
                ),
                suggest_or(
                    nearest(id, target.ids.iter()),
                    &format!("give its heading in {} {{#{id}}}", target.source.display()),
                ),
            ),
            Some(_) => continue,
        };
        diagnostics.push(Diagnostic {
            at: mistake.anchor_line.clone(),
            problem,
            fix,
        });
    }
    diagnostics
}
