//! Wrong answers of the kind that people hand in, and the names that the grader gives them.

use std::collections::BTreeSet;
use std::path::Path;

use attentive_course::files;
use attentive_grader::TaskGrade;
use serde::Deserialize;

use crate::course::Authored;
use crate::error::ProofError;
use crate::mutant_crate::{Change, MutantCrate, Source, read_sources};

/// The file beside a solution that has its wrong answers.
const FILE: &str = "wrong_answers.toml";

/// A wrong answer: the solution with a few edits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongAnswer {
    /// The mistake that somebody made.
    pub what: String,
    /// Texts that occur once in the solution, and the texts in their places.
    pub edits: Vec<[String; 2]>,
    /// The mistakes that may be named, by their ids; with none, any name is false.
    #[serde(default)]
    pub named: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongAnswersFile {
    answer: Vec<WrongAnswer>,
}

/// The naming of a wrong answer by the grader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// It does not compile, so that it shows nothing.
    Unviable,
    /// The grader accepted it.
    Accepted,
    /// The first failure has a name that is right, and no other has a false one.
    Right,
    /// No failure has a name.
    Unnamed,
    /// These names, by task and case, are false.
    False(BTreeSet<String>),
}

/// Grades every wrong answer of an exercise. `on_answer` is called after each.
///
/// # Errors
/// When the answers cannot be read or compiled, or not even the unchanged solution passes.
pub fn name_wrong_answers(
    root: &Path,
    exercise: &Authored,
    on_answer: impl Fn(),
) -> Result<Vec<(WrongAnswer, Naming)>, ProofError> {
    let answers = read(&exercise.folder.join(FILE))?;
    if answers.is_empty() {
        return Ok(Vec::new());
    }
    let sources = read_sources(&exercise.folder)?;
    let mut changes = Vec::new();
    for answer in &answers {
        changes.push(change(answer, &sources, &exercise.folder)?);
    }
    let built = MutantCrate::write(root, exercise, "wrong-answers", &sources, changes)?.build()?;
    built.ensure_sound(exercise)?;
    let mut named = Vec::new();
    for (index, answer) in answers.into_iter().enumerate() {
        let naming = if built.unviable.contains(&index) {
            Naming::Unviable
        } else {
            naming(&answer, &built.grade(exercise, index))
        };
        named.push((answer, naming));
        on_answer();
    }
    Ok(named)
}

fn naming(answer: &WrongAnswer, graded: &[TaskGrade]) -> Naming {
    if graded.iter().all(TaskGrade::passed) {
        return Naming::Accepted;
    }
    let (mut false_names, mut is_named) = (BTreeSet::new(), false);
    for task in graded {
        for grade in &task.grades {
            let Some(named) = &grade.mistake else {
                continue;
            };
            is_named = true;
            if !answer.named.contains(&named.id) {
                let name = format!("{} in {}/{}", named.id, task.task, grade.name);
                false_names.insert(name);
            }
        }
    }
    match (false_names.is_empty(), is_named) {
        (false, _) => Naming::False(false_names),
        (true, true) => Naming::Right,
        (true, false) => Naming::Unnamed,
    }
}

/// Reads a file of wrong answers; where there is none, there are none.
fn read(path: &Path) -> Result<Vec<WrongAnswer>, ProofError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = files::read_text(path)?;
    let parsed: WrongAnswersFile = toml::from_str(&text).map_err(ProofError::text(path))?;
    Ok(parsed.answer)
}

/// Makes the edits of an answer. All are in one file.
fn change(answer: &WrongAnswer, sources: &[Source], folder: &Path) -> Result<Change, ProofError> {
    let mut changed: Option<Change> = None;
    for [before, after] in &answer.edits {
        let edited = changed.take();
        let candidates: Vec<Change> = match edited {
            Some(edited) => vec![edited],
            None => sources.iter().map(Change::none).collect(),
        };
        let occurrences: usize = candidates
            .iter()
            .map(|it| it.text.matches(before.as_str()).count())
            .sum();
        let found = candidates
            .into_iter()
            .find(|it| it.text.contains(before.as_str()));
        let Some(mut found) = found.filter(|_| occurrences == 1) else {
            let message = format!(
                "`{}`: expected `{before}` once in the solution, found it {occurrences} times",
                answer.what
            );
            return Err(ProofError::text(&folder.join(FILE))(message));
        };
        found.text = found.text.replacen(before.as_str(), after, 1);
        changed = Some(found);
    }
    changed.ok_or_else(|| {
        let message = format!("`{}`: expected at least one edit, found none", answer.what);
        ProofError::text(&folder.join(FILE))(message)
    })
}
