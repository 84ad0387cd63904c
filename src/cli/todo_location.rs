//! The place in a learner's file at which the next task is written.

use attentive_course::{Exercise, files, function_line};

use crate::root::shown;

/// Text at which a task begins.
const TODO: &str = "todo!";

/// Returns `file:line:column` of the `todo!` in a task's function, or of the function where it has none; of the file alone
/// where the function cannot be found.
pub(crate) fn find(exercise: &Exercise, task: &str) -> String {
    let source = exercise.source();
    let file = shown(&source);
    let position = files::read_text(&source)
        .ok()
        .and_then(|text| position(&text, task));
    match position {
        Some((line, column)) => format!("{file}:{line}:{column}"),
        None => file,
    }
}

/// Returns the line and the column, both from 1.
fn position(text: &str, function: &str) -> Option<(usize, usize)> {
    let start = function_line(text, function)?;
    for (index, line) in text.lines().enumerate().skip(start - 1) {
        if let Some(before) = line.find(TODO) {
            return Some((index + 1, 1 + line[..before].chars().count()));
        }
        // rustfmt puts the end of a function at the beginning of a line.
        if line.starts_with('}') {
            break;
        }
    }
    Some((start, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_todo_of_the_function_is_found() {
        let text = "/// Halves.\npub fn halve(x: f32) -> f32 {\n    x / 2.0\n}\n\npub fn double(x: f32) -> f32 {\n    todo!(\"twice x\")\n}\n";
        assert_eq!(position(text, "halve"), Some((2, 1)));
        assert_eq!(position(text, "double"), Some((7, 5)));
        assert_eq!(position(text, "treble"), None);
    }
}
