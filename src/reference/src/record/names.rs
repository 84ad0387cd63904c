//! Refuses names that are there twice, and names of cases that are not there.

use std::collections::BTreeSet;

use super::error::{Named, RecordError};
use crate::task::Task;

/// Checks all names of a task.
pub(super) fn check(task: &Task) -> Result<(), RecordError> {
    let cases: Vec<&str> = task.cases.iter().map(|case| case.name).collect();
    let properties = task.properties.iter().map(|property| property.name());
    let outputs = task.outputs.iter().map(|output| output.name.as_str());
    let mistakes = task.mistakes.iter().map(|mistake| mistake.id);
    ensure_unique(task, Named::Output, outputs)?;
    ensure_unique(task, Named::Case, cases.iter().copied())?;
    ensure_unique(task, Named::Mistake, mistakes)?;
    ensure_unique(task, Named::Property, properties)?;

    for mistake in &task.mistakes {
        for case in mistake.only_in.iter().flatten() {
            ensure_known(task, &cases, Named::Mistake, mistake.id, case)?;
        }
    }
    for property in &task.properties {
        ensure_known(
            task,
            &cases,
            Named::Property,
            property.name(),
            property.case(),
        )?;
    }
    Ok(())
}

fn ensure_unique<'a>(
    task: &Task,
    kind: Named,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), RecordError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(RecordError::Duplicate {
                task: task.name,
                kind,
                name: name.into(),
            });
        }
    }
    Ok(())
}

fn ensure_known(
    task: &Task,
    cases: &[&str],
    kind: Named,
    name: &str,
    case: &str,
) -> Result<(), RecordError> {
    if cases.contains(&case) {
        return Ok(());
    }
    Err(RecordError::UnknownCase {
        task: task.name,
        kind,
        name: name.into(),
        case: case.into(),
        known: super::quoted(cases.iter().copied()),
    })
}
