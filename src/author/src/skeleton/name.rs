//! The name of a new exercise.

use attentive_course::{Course, CourseError, Exercise, Tree};
use thiserror::Error;

use crate::part::Part;

/// A name that cannot be that of a new exercise.
#[derive(Debug, Error)]
pub enum NameError {
    /// The exercises that there are cannot be listed.
    #[error(transparent)]
    Course(#[from] CourseError),
    /// It is not written as names are.
    #[error(
        "expected a name in lower case with hyphens, such as cross-entropy or 15-cross-entropy, found `{0}`; choose \
         another"
    )]
    Spelling(String),
    /// There is such an exercise, or one of this number.
    #[error(
        "expected a name and a number that are free, found `{found}`, and {taken} is there; choose another"
    )]
    Taken {
        /// The name.
        found: String,
        /// The folder of the exercise that has it.
        taken: String,
    },
    /// A file of that name is there.
    #[error("expected no file of this name, found {0}; choose another name, or move the file away")]
    File(String),
}

/// Reads the name or the folder's name of a new exercise; a name alone gets the next number.
///
/// # Errors
/// When it is no name, or the name, the number or a file is there already.
pub(super) fn parse(course: &Course, wanted: &str) -> Result<Exercise, NameError> {
    let mut all = course.exercises(Tree::Exercises)?;
    all.extend(course.exercises_if_any(Tree::Solutions)?);
    let exercise = Exercise::from_folder(wanted, Tree::Solutions).unwrap_or_else(|| Exercise {
        number: next_number(&all),
        name: wanted.to_owned(),
        tree: Tree::Solutions,
    });
    if !is_name(&exercise.name) {
        return Err(NameError::Spelling(wanted.to_owned()));
    }
    let taken = all
        .iter()
        .find(|other| other.is_called(&exercise.name) || other.is_called(&exercise.number));
    if let Some(taken) = taken {
        return Err(NameError::Taken {
            found: wanted.to_owned(),
            taken: taken.folder(),
        });
    }
    for part in Part::ALL {
        let path = part.path(&exercise);
        if course.path(&path).exists() {
            return Err(NameError::File(path.display().to_string()));
        }
    }
    Ok(exercise)
}

/// Returns `true` for words of lower-case letters and digits between hyphens, of which the first begins with a letter.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(is_word)
}

fn next_number(all: &[Exercise]) -> String {
    let numbers = all
        .iter()
        .filter_map(|exercise| exercise.number.parse::<u32>().ok());
    format!("{:02}", numbers.max().unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_between_hyphens() {
        for name in ["softmax", "top-k", "a1-b2"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "", "Softmax", "top_k", "-a", "a-", "a--b", "1-a", "ä", "a b",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn the_next_number_is_above_all_others() {
        let all: Vec<_> = ["02-b", "09-a"]
            .iter()
            .filter_map(|folder| Exercise::from_folder(folder, Tree::Exercises))
            .collect();
        assert_eq!(next_number(&all), "10");
        assert_eq!(next_number(&[]), "01");
    }
}
