//! `attentive author`: exercises from solutions, and the proofs that the grader is right.

use std::io::Write;
use std::path::Path;

use crate::args::Passed;
use crate::commands::Outcome;
use crate::commands::program::{self, Program};
use crate::course::{self, Home};
use crate::style::{bad, good, typed};
use crate::sync::{Plan, State, SyncError};

/// Makes the exercises what the solutions say, or only says where they are not.
pub(crate) fn sync(check: bool, force: bool) -> Outcome {
    let plan = Plan::new()?;
    let states = plan.states().map_err(SyncError::from)?;
    let stale = plan.stale()?;
    let mut out = std::io::stdout().lock();
    let (mut outdated, mut edited) = (0, 0);
    for (path, state) in states.into_iter().filter(|(_, state)| *state != State::Same) {
        let what = match state {
            State::Same | State::Outdated => "outdated",
            State::Missing => "missing",
            State::Edited => "edited",
        };
        let stays = state == State::Edited && !force;
        edited += usize::from(stays);
        if check || stays {
            outdated += 1;
            writeln!(out, "{} {}", bad(format!("{what:<8}")), path.display())?;
            continue;
        }
        let kept = plan.write(path, state).map_err(SyncError::from)?;
        let kept = kept.map_or_else(String::new, |kept| format!(" (it was edited: now {})", kept.display()));
        writeln!(out, "{} {}{kept}", good("written "), path.display())?;
    }
    for path in &stale {
        writeln!(out, "{} {}: no solution gives rise to it; delete it", bad("stale   "), path.display())?;
    }
    let done = outdated == 0 && stale.is_empty();
    if done {
        writeln!(out, "The exercises are what the solutions say.")?;
    } else if check && outdated > 0 {
        writeln!(out, "Make them up to date with {}.", typed("cargo attentive author sync"))?;
    } else if edited > 0 {
        let force = typed("cargo attentive author sync --force");
        writeln!(
            out,
            "What is edited is somebody's work and stays; {force} overwrites it and keeps a copy."
        )?;
    }
    Ok(done.into())
}

/// Has the mutants of solutions graded; of all, if none is named.
pub(crate) fn mutants(exercises: &[String], here: &Path) -> Outcome {
    let mut names = Vec::new();
    if !exercises.is_empty() {
        // The program knows names alone.
        let exercises = course::select(Home::Solutions, exercises)?;
        names.extend(exercises.into_iter().map(|exercise| exercise.name.into()));
    }
    program::run(Program::Proof, Some("mutants"), &Passed { arguments: names }, here)
}
