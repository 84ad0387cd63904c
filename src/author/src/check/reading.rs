//! Steps that only read an exercise's files.

use attentive_course::files::{self, FileError};
use attentive_course::{Course, Exercise};
use attentive_grader::{ExerciseText, LEAST_HINTS, LEAST_MISTAKES};

use super::{Check, CheckError, Gap};
use crate::part::{PLACEHOLDER, Part, REFERENCES, declaration};

/// Lists the parts of an exercise that are not there or have a placeholder.
pub(super) fn unwritten(course: &Course, exercise: &Exercise) -> Result<Vec<Part>, FileError> {
    let mut unwritten = Vec::new();
    for part in Part::ALL {
        if !gaps_of(course, exercise, part)?.is_empty() {
            unwritten.push(part);
        }
    }
    Ok(unwritten)
}

/// Finds the files that are not there, and the placeholders in the others.
pub(super) fn files(check: &Check) -> Result<Vec<Gap>, CheckError> {
    let mut gaps = Vec::new();
    for part in Part::ALL {
        gaps.extend(gaps_of(&check.course, &check.exercise, part)?);
    }
    Ok(gaps)
}

fn gaps_of(course: &Course, exercise: &Exercise, part: Part) -> Result<Vec<Gap>, FileError> {
    let path = part.path(exercise);
    let file = course.path(&path);
    if !file.exists() {
        let what = format!("{} is not there", path.display());
        return Ok(vec![Gap::new(what, part.remedy(exercise))]);
    }
    if part == Part::Pack {
        return Ok(Vec::new());
    }
    let mut gaps = Vec::new();
    if part == Part::Reference {
        let declaration = declaration(exercise);
        let references = files::read_text(&course.path(REFERENCES))?;
        if !references.lines().any(|line| line == declaration) {
            let what = format!("{REFERENCES} does not register the reference");
            gaps.push(Gap::new(what, format!("add `{declaration}`")));
        }
    }
    for (line, number) in files::read_text(&file)?.lines().zip(1..) {
        if let Some((_, placeholder)) = line.split_once(PLACEHOLDER) {
            let what = format!("{}:{number}", path.display());
            // The placeholder may stand in a heading with an anchor, in a string, in a call or in a table.
            let (placeholder, _) = placeholder.split_once(" {#").unwrap_or((placeholder, ""));
            let end = ['"', '\'', ',', ')', ';', '|', '}', ' '];
            gaps.push(Gap::new(what, placeholder.trim_end_matches(end)));
        }
    }
    Ok(gaps)
}

/// Counts hints and mistakes.
pub(super) fn words(check: &Check) -> Result<Vec<Gap>, CheckError> {
    let path = check.exercise.words();
    let folder = check.course.path(check.exercise.data_directory());
    let words = match ExerciseText::load(&folder) {
        Ok(words) => words,
        Err(error) => return Ok(vec![Gap::new(error.to_string(), "correct the file")]),
    };
    let mut gaps = Vec::new();
    for task in &words.tasks {
        if task.hints.len() < LEAST_HINTS {
            gaps.push(Gap::new(
                format!(
                    "{}: expected at least {LEAST_HINTS} hints for the task `{}`, found {}",
                    path.display(),
                    task.name,
                    task.hints.len()
                ),
                "add some, from a nudge to almost the answer",
            ));
        }
    }
    if words.mistakes.len() < LEAST_MISTAKES {
        gaps.push(Gap::new(
            format!(
                "{}: expected at least {LEAST_MISTAKES} mistakes, found {}",
                path.display(),
                words.mistakes.len(),
            ),
            "add those that learners make, here and in the reference",
        ));
    }
    Ok(gaps)
}
