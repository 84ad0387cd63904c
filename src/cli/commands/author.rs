//! `attentive author`: makes exercises from solutions, and proves that the grader is right.

use std::path::Path;

use attentive_course::Tree;

use crate::args::ForwardedArgs;
use crate::commands::program::{self, Program};
use crate::commands::{CommandResult, finish};
use crate::root::course;
use crate::style::{bad, good, typed};
use crate::sync::{FileState, Plan, SyncError};

/// Makes the exercises that are named what the solutions say, or only lists where they are not; all, if none is named.
pub(crate) fn sync(exercises: &[String], check: bool, force: bool) -> CommandResult {
    let plan = Plan::new(exercises)?;
    let states = plan.states().map_err(SyncError::from)?;
    let stale = plan.stale()?;
    // Printed when all is done: should nobody read on, the exercises are whole nevertheless.
    let mut text = String::new();
    let (mut outdated, mut edited) = (0, 0);
    for (path, state) in states
        .into_iter()
        .filter(|(_, state)| *state != FileState::Same)
    {
        let what = match state {
            FileState::Same | FileState::Outdated => "outdated",
            FileState::Missing => "missing",
            FileState::Edited => "edited",
        };
        let stays = state == FileState::Edited && !force;
        edited += usize::from(stays);
        if check || stays {
            outdated += 1;
            text += &format!("{} {}\n", bad(format!("{what:<8}")), path.display());
            continue;
        }
        let kept = plan.write(path, state).map_err(SyncError::from)?;
        let kept = kept.map_or_else(String::new, |kept| {
            format!(" (it was edited: now {})", kept.display())
        });
        text += &format!("{} {}{kept}\n", good("written "), path.display());
    }
    for path in &stale {
        text += &format!(
            "{} {}: it comes from no solution; delete it\n",
            bad("stale   "),
            path.display()
        );
    }
    for path in plan.unrecorded() {
        text += &format!(
            "{} {}: record it with {}\n",
            bad("missing "),
            path.display(),
            typed("cargo run -p attentive-reference -- record")
        );
    }
    let done = outdated == 0 && stale.is_empty() && plan.unrecorded().is_empty();
    if done {
        text += "The exercises match the solutions.\n";
    } else if check && outdated > 0 {
        text += &format!(
            "Make them up to date with {}.\n",
            typed("cargo attentive author sync")
        );
    } else if edited > 0 {
        let force = typed("cargo attentive author sync --force");
        text += &format!(
            "Files that you have edited stay as they are; {force} overwrites them and keeps copies.\n"
        );
    }
    finish(&text, done)
}

/// Has the mutants or the wrong answers of exercises graded; of all, if none is named.
pub(crate) fn prove(subcommand: &str, exercises: &[String], here: &Path) -> CommandResult {
    let mut names = Vec::new();
    if !exercises.is_empty() {
        // The program knows names alone.
        let exercises = course().select(Tree::Solutions, exercises)?;
        names.extend(exercises.into_iter().map(|exercise| exercise.name.into()));
    }
    program::run(
        Program::Proof,
        Some(subcommand),
        &ForwardedArgs { arguments: names },
        here,
    )
}
