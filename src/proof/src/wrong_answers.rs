//! Wrong answers of the kind that people hand in, and the names that the grader gives them.

use std::collections::BTreeSet;
use std::path::Path;

use attentive_course::files;
use attentive_grader::TaskGrade;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use serde::Deserialize;

use crate::course::Authored;
use crate::error::ProofError;
use crate::mutant_crate::{Change, MutantCrate, Source, read_sources};

/// The file next to a solution with its wrong answers.
const FILE: &str = "wrong_answers.toml";

/// A wrong answer: a right one with a few edits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongAnswer {
    /// The mistake, in words.
    pub what: String,
    /// Name of the right answer that is edited, if it is not the solution.
    pub of: Option<String>,
    /// Texts that occur once in the right answer, and the texts in their places.
    pub edits: Vec<[String; 2]>,
    /// The mistakes that may be named, by their ids; with none, any name is false.
    #[serde(default)]
    pub named: Vec<String>,
}

/// A right answer other than the solution, from which wrong ones are made: the solution with a few edits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    name: String,
    edits: Vec<[String; 2]>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongAnswersFile {
    #[serde(default, rename = "base")]
    bases: Vec<Base>,
    #[serde(rename = "answer")]
    answers: Vec<WrongAnswer>,
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
/// When the answers cannot be read or compiled, or a right answer that they are edits of does not pass.
pub fn name_wrong_answers(
    root: &Path,
    exercise: &Authored,
    on_answer: impl Fn() + Sync,
) -> Result<Vec<(WrongAnswer, Naming)>, ProofError> {
    let WrongAnswersFile { bases, answers } = read(&exercise.folder.join(FILE))?;
    if answers.is_empty() {
        return Ok(Vec::new());
    }
    let sources = read_sources(&exercise.folder)?;
    let mut changes = Vec::new();
    for answer in &answers {
        let mut edits = edits_of_base(answer, &bases, &exercise.folder)?.to_vec();
        edits.extend_from_slice(&answer.edits);
        changes.push(change(&answer.what, &edits, &sources, &exercise.folder)?);
    }
    for base in &bases {
        changes.push(change(&base.name, &base.edits, &sources, &exercise.folder)?);
    }
    let built = MutantCrate::write(root, exercise, "wrong-answers", sources, changes)?.build()?;
    let limit = built.ensure_sound(exercise)?.to_name;
    for (index, base) in bases.iter().enumerate() {
        built.ensure_passes(exercise, answers.len() + index, &base.name)?;
    }
    let namings: Vec<Naming> = answers
        .par_iter()
        .enumerate()
        .map(|(index, answer)| {
            let naming = if built.unviable.contains(&index) {
                Naming::Unviable
            } else {
                naming(answer, &built.grade(exercise, index, limit))
            };
            on_answer();
            naming
        })
        .collect();
    Ok(answers.into_iter().zip(namings).collect())
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

/// Makes the right answers other than the solution from which wrong ones are made.
pub(crate) fn right_answers(
    exercise: &Authored,
    sources: &[Source],
) -> Result<Vec<Change>, ProofError> {
    let mut right = Vec::new();
    for base in read(&exercise.folder.join(FILE))?.bases {
        right.push(change(&base.name, &base.edits, sources, &exercise.folder)?);
    }
    Ok(right)
}

/// Reads a file of wrong answers; where there is none, there are none.
fn read(path: &Path) -> Result<WrongAnswersFile, ProofError> {
    if !path.exists() {
        return Ok(WrongAnswersFile::default());
    }
    let text = files::read_text(path)?;
    toml::from_str(&text).map_err(ProofError::text(path))
}

/// Returns the edits that make the right answer from which a wrong one is made.
fn edits_of_base<'a>(
    answer: &WrongAnswer,
    bases: &'a [Base],
    folder: &Path,
) -> Result<&'a [[String; 2]], ProofError> {
    let Some(name) = &answer.of else {
        return Ok(&[]);
    };
    match bases.iter().find(|base| base.name == *name) {
        Some(base) => Ok(&base.edits),
        None => {
            let message = format!(
                "`{}`: expected the name of a `[[base]]`, found `{name}`",
                answer.what
            );
            Err(ProofError::text(&folder.join(FILE))(message))
        }
    }
}

/// Makes edits, one after the other. All are in one file.
fn change(
    what: &str,
    edits: &[[String; 2]],
    sources: &[Source],
    folder: &Path,
) -> Result<Change, ProofError> {
    let mut changed: Option<Change> = None;
    for [before, after] in edits {
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
                "`{what}`: expected `{before}` once in the right answer, found it {occurrences} times"
            );
            return Err(ProofError::text(&folder.join(FILE))(message));
        };
        found.text = found.text.replacen(before.as_str(), after, 1);
        changed = Some(found);
    }
    changed.ok_or_else(|| {
        let message = format!("`{what}`: expected at least one edit, found none");
        ProofError::text(&folder.join(FILE))(message)
    })
}
