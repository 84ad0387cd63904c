//! `regrade`: the grades that changed between two outputs, and the reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::args::Regrade;
use crate::error::Error;
use crate::intake::Collected;
use crate::output::{OutputError, read_header, read_submissions};
use crate::run_header::{Difference, RunHeader};
use crate::text::{json_for_terminal, line};

/// The changes between two outputs.
#[derive(Debug, Serialize)]
struct Changes {
    version: u32,
    /// The parts in which the runs differ.
    runs: Vec<String>,
    changed: Vec<Change>,
    /// Students that only one of the two has.
    only_old: Vec<String>,
    only_new: Vec<String>,
}

/// One grade that changed.
#[derive(Debug, Serialize)]
struct Change {
    student: String,
    exercise: String,
    old: String,
    new: String,
    why: Vec<String>,
}

/// A student's exercise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    student: String,
    exercise: String,
}

/// Everything about one output that is compared.
struct GradedOutput {
    header: RunHeader,
    /// The points of each exercise of each student, in words.
    points: BTreeMap<Entry, String>,
    sources: BTreeMap<Entry, Collected>,
}

/// The parts of `grades.json` that are compared.
#[derive(Debug, Deserialize)]
struct StoredGrades {
    students: Vec<StoredStudent>,
}

#[derive(Debug, Deserialize)]
struct StoredStudent {
    student: StoredId,
    exercises: Vec<StoredExercise>,
}

#[derive(Debug, Deserialize)]
struct StoredId {
    id: String,
}

#[derive(Debug, Deserialize)]
struct StoredExercise {
    exercise: String,
    /// One of the names of [`crate::grades::ExerciseState`], or of one that a later version adds.
    state: String,
    points: u32,
    of: u32,
}

/// Prints the changes.
pub(crate) fn run(arguments: &Regrade) -> Result<bool, Error> {
    let old = GradedOutput::read(&arguments.old)?;
    let new = GradedOutput::read(&arguments.new)?;
    let changes = Changes::between(&old, &new);
    let text = if arguments.json {
        json_for_terminal(&serde_json::to_string_pretty(&changes).map_err(Error::Json)?) + "\n"
    } else {
        changes.describe()
    };
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).map_err(Error::Terminal)?;
    Ok(true)
}

impl GradedOutput {
    fn read(root: &Path) -> Result<Self, Error> {
        let header = read_header(root)?;
        let path = root.join("grades.json");
        let text =
            std::fs::read_to_string(&path).map_err(|_| OutputError::NoRun(root.to_owned()))?;
        let grades: StoredGrades =
            serde_json::from_str(&text).map_err(|error| OutputError::Json { path, error })?;
        let mut points = BTreeMap::new();
        for StoredStudent { student, exercises } in grades.students {
            for grade in exercises {
                let words = format!("{} of {} ({})", grade.points, grade.of, grade.state);
                let student = student.id.clone();
                let exercise = grade.exercise;
                points.insert(Entry { student, exercise }, words);
            }
        }
        let mut sources = BTreeMap::new();
        for submission in read_submissions(root)? {
            for (exercise, collected) in submission.collected {
                let student = submission.student.id.clone();
                sources.insert(Entry { student, exercise }, collected);
            }
        }
        Ok(Self {
            header,
            points,
            sources,
        })
    }

    fn students(&self) -> BTreeSet<&String> {
        self.points.keys().map(|entry| &entry.student).collect()
    }
}

impl Changes {
    fn between(old: &GradedOutput, new: &GradedOutput) -> Self {
        let runs = old.header.differences(&new.header);
        let mut changed = Vec::new();
        for (entry, now) in &new.points {
            let Some(before) = old.points.get(entry).filter(|before| *before != now) else {
                continue;
            };
            changed.push(Change {
                student: entry.student.clone(),
                exercise: entry.exercise.clone(),
                old: before.clone(),
                new: now.clone(),
                why: reasons(entry, old, new, &runs),
            });
        }
        let (before, now) = (old.students(), new.students());
        Self {
            version: 1,
            runs: runs.iter().map(ToString::to_string).collect(),
            changed,
            only_old: before.difference(&now).copied().cloned().collect(),
            only_new: now.difference(&before).copied().cloned().collect(),
        }
    }

    fn describe(&self) -> String {
        let mut text = String::new();
        if !self.runs.is_empty() {
            text += &format!("The runs differ in: {}.\n", self.runs.join(", "));
        }
        if self.changed.is_empty() {
            text += "No grade changed.\n";
        }
        for change in &self.changed {
            let (student, why) = (line(&change.student), change.why.join(", "));
            let Change {
                exercise, old, new, ..
            } = change;
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{student:<24} {exercise:<28} {old} → {new}: {why}");
        }
        for (students, which) in [(&self.only_old, "old"), (&self.only_new, "new")] {
            if !students.is_empty() {
                let names: Vec<String> = students.iter().map(|student| line(student)).collect();
                text += &format!("Only in the {which} output: {}.\n", names.join(", "));
            }
        }
        text
    }
}

/// Lists the reasons for which a grade may have changed.
fn reasons(
    entry: &Entry,
    old: &GradedOutput,
    new: &GradedOutput,
    runs: &[Difference],
) -> Vec<String> {
    let mut reasons = Vec::new();
    if old.sources.get(entry) != new.sources.get(entry) {
        reasons.push("the student's source".to_owned());
    }
    if old.header.pack(&entry.exercise) != new.header.pack(&entry.exercise) {
        reasons.push("the pack".to_owned());
    }
    for difference in runs {
        // Another exercise's pack is no reason.
        if *difference != Difference::Packs {
            reasons.push(difference.to_string());
        }
    }
    if reasons.is_empty() {
        reasons.push("nothing that is known: the verdict is unsteady".to_owned());
    }
    reasons
}
