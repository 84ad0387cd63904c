//! The course's quizzes, in the order of the book.

use std::path::Path;

use attentive_course::{Exercise, find, suggestion};
use attentive_grader::ExerciseText;
use attentive_quiz::Quiz;

use crate::error::Error;

/// Folder of the quizzes.
const FOLDER: &str = "book/quizzes";
/// The book's chapters, in order. Each quiz has the name of its chapter.
const SUMMARY: &str = "book/src/SUMMARY.md";

/// All quizzes; none in a course without its book.
pub(crate) fn load_all() -> Result<Vec<Quiz>, Error> {
    if !Path::new(FOLDER).is_dir() {
        return Ok(Vec::new());
    }
    let mut all = Quiz::load_all(Path::new(FOLDER))?;
    // Without the summary they stay in the order of their names; the book says what is wrong with it.
    let summary = std::fs::read_to_string(SUMMARY).unwrap_or_default();
    all.sort_by_key(|quiz| {
        summary
            .find(&format!("({}.md)", quiz.name))
            .unwrap_or(usize::MAX)
    });
    Ok(all)
}

/// Finds the quiz of a chapter or of the chapter that leads to an exercise.
pub(crate) fn find_quiz<'a>(
    all: &'a [Quiz],
    exercises: &[Exercise],
    wanted: &str,
) -> Result<&'a Quiz, Error> {
    if let Some(quiz) = all.iter().find(|quiz| quiz.name == wanted) {
        return Ok(quiz);
    }
    if let Ok(exercise) = find(exercises, wanted) {
        let text = ExerciseText::load(&exercise.data_directory())?;
        if let Some(quiz) = all.iter().find(|quiz| quiz.name == text.chapter) {
            return Ok(quiz);
        }
    }
    let names: Vec<&str> = all.iter().map(|quiz| quiz.name.as_str()).collect();
    Err(Error::UnknownQuiz {
        found: wanted.to_owned(),
        nearest: suggestion(wanted, names.iter().copied()),
        list: names.join(", "),
    })
}
