//! Panics in the functions of exercises: they are the learner's, so they may be unfinished or wrong. This says which one to
//! look at.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Component, Path};
use std::sync::{Mutex, MutexGuard};

use crate::exercise::{Exercise, Tree};

/// The panic that came first: the hook sees where it was, and only the end of the program can report it.
static FIRST: Mutex<Option<Stopped>> = Mutex::new(None);

/// A panic in a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stopped {
    /// The exercise in whose source it was; of a panic in a library, nobody knows.
    exercise: Option<Exercise>,
    /// The file and the line.
    place: String,
    /// The message.
    message: String,
}

/// Runs work with the learner's functions.
///
/// # Errors
/// The first panic of one of them, in whichever thread it was.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Stopped> {
    panic::set_hook(Box::new(|info| {
        // Other threads may stop for the same reason: the first is enough.
        first().get_or_insert_with(|| stopped(info));
    }));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    drop(panic::take_hook());
    result.map_err(|_| first().take().unwrap_or_default())
}

/// Runs work that can be done without some exercises, given by their names, inside of [`catch`]. Any other panic than that
/// of a function which is not solved goes on.
///
/// # Errors
/// When a function of these exercises is not solved yet.
pub fn unless_unsolved<T>(exercises: &[&str], work: impl FnOnce() -> T) -> Result<T, Stopped> {
    panic::catch_unwind(AssertUnwindSafe(work)).or_else(|panic| {
        match first().take_if(|stopped| stopped.is_unsolved_in(exercises)) {
            Some(stopped) => Err(stopped),
            None => panic::resume_unwind(panic),
        }
    })
}

fn first() -> MutexGuard<'static, Option<Stopped>> {
    FIRST
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn stopped(info: &PanicHookInfo<'_>) -> Stopped {
    let place = info.location();
    Stopped {
        exercise: place.and_then(|place| exercise(Path::new(place.file()))),
        place: place.map(ToString::to_string).unwrap_or_default(),
        message: info.payload_as_str().unwrap_or_default().to_owned(),
    }
}

/// The exercise that a source file belongs to, wherever its path begins.
fn exercise(file: &Path) -> Option<Exercise> {
    let parts: Vec<_> = file.components().collect();
    let folder = Component::Normal(Tree::Exercises.folder().as_ref());
    let at = parts.iter().rposition(|part| *part == folder)?;
    let name = parts.get(at + 1)?.as_os_str().to_str()?;
    Exercise::from_folder(name, Tree::Exercises)
}

impl Stopped {
    /// The exercise and what is to be done in it, if the function is not solved yet.
    fn unsolved(&self) -> Option<(&Exercise, &str)> {
        // The text of `todo!` begins so, and there is no other way to know it.
        let task = self.message.strip_prefix("not yet implemented")?;
        Some((self.exercise.as_ref()?, task.trim_start_matches(": ")))
    }

    fn is_unsolved_in(&self, exercises: &[&str]) -> bool {
        self.unsolved()
            .is_some_and(|(exercise, _)| exercises.contains(&exercise.name.as_str()))
    }

    /// Says what happened, and if a function is not solved yet, what follows from that.
    pub fn with_consequence(&self, consequence: &str) -> String {
        let Self {
            exercise,
            place,
            message,
        } = self;
        if let Some((exercise, task)) = self.unsolved() {
            let (number, folder) = (&exercise.number, exercise.folder());
            return format!(
                "{folder} is not solved yet, {consequence}: {task}\n  {place}\n  \
                 cargo attentive hint {number}"
            );
        }
        match exercise {
            Some(exercise) => {
                let (number, folder) = (&exercise.number, exercise.folder());
                format!("{folder} panicked: {message}\n  {place}\n  cargo attentive check {number}")
            }
            None => format!(
                "one of your functions panicked in a library: {message}\n  {place}\n  \
                 cargo attentive check --chain names the exercise"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(file: &str, message: &str) -> String {
        let stopped = Stopped {
            exercise: exercise(Path::new(file)),
            place: format!("{file}:95:5"),
            message: message.to_owned(),
        };
        stopped.with_consequence("and this model needs it")
    }

    #[test]
    fn a_panic_names_the_exercise_in_which_it_was() {
        let of_gpt = "/home/me/exercises/course/exercises/18-gpt/src/lib.rs";
        insta::assert_snapshot!(words(of_gpt, "not yet implemented: add both rows"), @r"
        18-gpt is not solved yet, and this model needs it: add both rows
          /home/me/exercises/course/exercises/18-gpt/src/lib.rs:95:5
          cargo attentive hint 18
        ");
        insta::assert_snapshot!(words("exercises/18-gpt/src/lib.rs", "index 9 is out of bounds"), @r"
        18-gpt panicked: index 9 is out of bounds
          exercises/18-gpt/src/lib.rs:95:5
          cargo attentive check 18
        ");
        insta::assert_snapshot!(words("/registry/ndarray/src/lib.rs", "shapes differ"), @r"
        one of your functions panicked in a library: shapes differ
          /registry/ndarray/src/lib.rs:95:5
          cargo attentive check --chain names the exercise
        ");
    }
}
