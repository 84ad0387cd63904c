//! The course's quizzes, in the order of the book.

use std::path::Path;

use attentive_course::{Exercise, find, suggestion};
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

/// The quiz of a chapter or of the chapter that leads to an exercise.
pub(crate) fn find_quiz<'a>(
    all: &'a [Quiz],
    exercises: &[Exercise],
    wanted: &str,
) -> Result<&'a Quiz, Error> {
    let by_name = |name: &str| all.iter().find(|quiz| quiz.name == name);
    let by_exercise = || {
        let exercise = find(exercises, wanted).ok()?;
        by_name(
            &attentive_grader::ExerciseText::load(&exercise.data_directory())
                .ok()?
                .chapter,
        )
    };
    by_name(wanted).or_else(by_exercise).ok_or_else(|| {
        let names = || all.iter().map(|quiz| quiz.name.as_str());
        Error::UnknownQuiz {
            found: wanted.to_owned(),
            nearest: suggestion(wanted, names()),
            list: names().collect::<Vec<_>>().join(", "),
        }
    })
}
