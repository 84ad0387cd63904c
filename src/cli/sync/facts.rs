//! Checks that an exercise's `exercise.toml` and its golden pack have the same tasks and mistakes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use attentive_course::Exercise;
use attentive_grader::{ExerciseText, ExerciseTextError, Pack, PackError};
use thiserror::Error;

/// A fact that has two versions.
#[derive(Debug, Error)]
pub(crate) enum FactError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    ExerciseText(#[from] ExerciseTextError),
    #[error(
        "{path}: expected a golden pack for `{expected}`, found one for `{found}`; record it again",
        path = path.display()
    )]
    Name {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error(
        "{path}:{line}: expected the tasks {pack}, which the golden pack has, found {info}; make them the same, in \
         the same order",
        path = path.display()
    )]
    Tasks {
        path: PathBuf,
        line: usize,
        pack: String,
        info: String,
    },
    #[error(
        "{path}:{line}: the mistake `{id}` is not in the golden pack; record the pack again, or delete it here",
        path = path.display()
    )]
    NotRecorded {
        path: PathBuf,
        line: usize,
        id: String,
    },
    #[error(
        "{path}:{line}: the golden pack has the mistake `{id}`, but nothing is said about it here; add a \
         [[mistake]] with this id",
        path = path.display()
    )]
    NotExplained {
        path: PathBuf,
        line: usize,
        id: String,
    },
    #[error("{path}:{line}: the mistake `{id}` is there twice; delete one", path = path.display())]
    Twice {
        path: PathBuf,
        line: usize,
        id: String,
    },
    #[error(
        "{path}:{line}: the task `{task}` has no hints; add some, from a nudge to almost the answer",
        path = path.display()
    )]
    NoHints {
        path: PathBuf,
        line: usize,
        task: String,
    },
}

/// Reads both, and compares what they say.
pub(super) fn check(solution: &Exercise) -> Result<(), FactError> {
    let pack_path = solution.pack();
    let pack = Pack::load(&pack_path)?;
    let info = ExerciseText::load(&solution.data_directory())?;
    let manifest = pack.manifest();
    if manifest.exercise != solution.name {
        return Err(FactError::Name {
            path: pack_path,
            expected: solution.name.clone(),
            found: manifest.exercise.clone(),
        });
    }
    let path = solution.words();
    // It could be read a moment ago; if it has gone since, only the line is lost.
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    tasks(&path, &text, &info, &pack)?;
    mistakes(&path, &text, &info, &pack)
}

fn tasks(path: &Path, text: &str, info: &ExerciseText, pack: &Pack) -> Result<(), FactError> {
    let names: Vec<&str> = info.tasks.iter().map(|task| task.name.as_str()).collect();
    let recorded: Vec<&str> = pack
        .manifest()
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    if names != recorded {
        let odd = (0..names.len()).find(|&nth| recorded.get(nth) != Some(&names[nth]));
        let line = odd.map_or_else(
            || last(text, |line| line.trim() == "[[task]]"),
            |nth| line(text, "name", names[nth]),
        );
        let path = path.to_owned();
        return Err(FactError::Tasks {
            path,
            line,
            pack: list(&recorded),
            info: list(&names),
        });
    }
    match info.tasks.iter().find(|task| task.hints.is_empty()) {
        None => Ok(()),
        Some(task) => {
            let line = line(text, "name", &task.name);
            Err(FactError::NoHints {
                path: path.to_owned(),
                line,
                task: task.name.clone(),
            })
        }
    }
}

fn mistakes(path: &Path, text: &str, info: &ExerciseText, pack: &Pack) -> Result<(), FactError> {
    let recorded: BTreeSet<&str> = pack
        .manifest()
        .tasks
        .iter()
        .flat_map(|task| &task.mistakes)
        .map(|mistake| mistake.name())
        .collect();
    let mut explained = BTreeSet::new();
    for mistake in &info.mistakes {
        let (id, path) = (mistake.id.clone(), path.to_owned());
        let line = line(text, "id", &id);
        if !explained.insert(mistake.id.as_str()) {
            return Err(FactError::Twice { path, line, id });
        }
        if !recorded.contains(mistake.id.as_str()) {
            return Err(FactError::NotRecorded { path, line, id });
        }
    }
    match recorded.difference(&explained).next() {
        None => Ok(()),
        Some(&id) => {
            let line = last(text, |line| line.trim() == "[[mistake]]");
            Err(FactError::NotExplained {
                path: path.to_owned(),
                line,
                id: id.to_owned(),
            })
        }
    }
}

/// The last line on which `key = "value"` stands; 1 if it is written in another way.
fn line(text: &str, key: &str, value: &str) -> usize {
    last(text, |line| {
        let (name, rest) = line.split_once('=').unwrap_or_default();
        name.trim() == key && rest.contains(&format!("\"{value}\""))
    })
}

/// The number of the last line that is wanted, from 1; 1 if there is none.
fn last(text: &str, wanted: impl Fn(&str) -> bool) -> usize {
    text.lines()
        .enumerate()
        .filter(|(_, line)| wanted(line))
        .last()
        .map_or(1, |(index, _)| index + 1)
}

fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
