//! `regrade`: whose grade changed between two outputs, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::args::Regrade;
use crate::error::Error;
use crate::intake::{Collected, Submission};
use crate::output::{OutputError, read_header, read_submissions};
use crate::text::{json_for_terminal, line};

/// What changed between two outputs.
#[derive(Debug, Serialize)]
struct Changes {
    version: u32,
    /// What differs between the runs.
    runs: Vec<&'static str>,
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

type Cells = BTreeMap<(String, String), String>;

/// Prints what changed.
pub(crate) fn run(arguments: &Regrade) -> Result<bool, Error> {
    let (old_header, new_header) = (read_header(&arguments.old)?, read_header(&arguments.new)?);
    let (old, new) = (cells(&arguments.old)?, cells(&arguments.new)?);
    let (old_sources, new_sources) = (sources(&arguments.old)?, sources(&arguments.new)?);
    let runs = old_header.differences(&new_header);
    let pack = |header: &crate::output::RunHeader, exercise: &str| {
        header
            .exercises
            .iter()
            .find(|used| used.exercise == exercise)
            .map(|used| used.pack.clone())
    };
    let mut changed = Vec::new();
    for ((student, exercise), now) in &new {
        let Some(before) = old
            .get(&(student.clone(), exercise.clone()))
            .filter(|before| *before != now)
        else {
            continue;
        };
        let place = (student.clone(), exercise.clone());
        let mut why = Vec::new();
        if old_sources.get(&place) != new_sources.get(&place) {
            why.push("the student's source".to_owned());
        }
        if pack(&old_header, exercise) != pack(&new_header, exercise) {
            why.push("the pack".to_owned());
        }
        let of_runs = runs.iter().filter(|what| !what.contains("packs"));
        why.extend(of_runs.map(|what| (*what).to_owned()));
        if why.is_empty() {
            why.push("nothing that is known: the verdict is unsteady".to_owned());
        }
        let (student, exercise) = (student.clone(), exercise.clone());
        changed.push(Change {
            student,
            exercise,
            old: before.clone(),
            new: now.clone(),
            why,
        });
    }
    let students = |cells: &Cells| {
        cells
            .keys()
            .map(|(student, _)| student.clone())
            .collect::<BTreeSet<_>>()
    };
    let (before, now) = (students(&old), students(&new));
    let only_old = before.difference(&now).cloned().collect();
    let only_new = now.difference(&before).cloned().collect();
    print(
        &Changes {
            version: 1,
            runs,
            changed,
            only_old,
            only_new,
        },
        arguments.json,
    )?;
    Ok(true)
}

/// The points of each exercise of each student, in words.
fn cells(root: &Path) -> Result<Cells, Error> {
    let path = root.join("grades.json");
    let text = std::fs::read_to_string(&path).map_err(|_| OutputError::NoRun(root.to_owned()))?;
    let grades: Value =
        serde_json::from_str(&text).map_err(|error| OutputError::Json { path, error })?;
    let mut cells = Cells::new();
    for student in grades["students"].as_array().into_iter().flatten() {
        for exercise in student["exercises"].as_array().into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let points = format!(
                "{} of {} ({})",
                exercise["points"],
                exercise["of"],
                text(&exercise["state"])
            );
            cells.insert(
                (text(&student["student"]["id"]), text(&exercise["exercise"])),
                points,
            );
        }
    }
    Ok(cells)
}

fn sources(root: &Path) -> Result<BTreeMap<(String, String), Collected>, Error> {
    let of = |submission: Submission| {
        let id = submission.student.id;
        submission
            .collected
            .into_iter()
            .map(move |(exercise, taken)| ((id.clone(), exercise), taken))
    };
    Ok(read_submissions(root)?.into_iter().flat_map(of).collect())
}

fn print(changes: &Changes, json: bool) -> Result<(), Error> {
    let mut to = std::io::stdout().lock();
    if json {
        writeln!(
            to,
            "{}",
            json_for_terminal(&serde_json::to_string_pretty(changes)?)
        )?;
        return Ok(());
    }
    if !changes.runs.is_empty() {
        writeln!(to, "The runs differ in: {}.", changes.runs.join(", "))?;
    }
    if changes.changed.is_empty() {
        writeln!(to, "No grade changed.")?;
    }
    for Change {
        student,
        exercise,
        old,
        new,
        why,
    } in &changes.changed
    {
        writeln!(
            to,
            "{:<24} {exercise:<28} {old} → {new}: {}",
            line(student),
            why.join(", ")
        )?;
    }
    for (students, which) in [(&changes.only_old, "old"), (&changes.only_new, "new")] {
        if !students.is_empty() {
            let names: Vec<String> = students.iter().map(|student| line(student)).collect();
            writeln!(to, "Only in the {which} output: {}.", names.join(", "))?;
        }
    }
    Ok(())
}
