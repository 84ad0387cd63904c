//! `attentive check`: grade, and explain the first failure of each exercise.

use std::io::Write;

use crate::args::Check;
use crate::cargo::Cargo;
use crate::commands::{Outcome, json};
use crate::course::{self, Home};
use crate::grading::{Graded, Ready, grade_all};
use crate::style::count;
use crate::{standing, text};

/// Grades what is named, or everything.
pub(crate) fn run(check: &Check) -> Outcome {
    let home = if check.solutions { Home::Solutions } else { Home::Exercises };
    let ready = Ready::load_all(&course::select(home, &check.exercises)?)?;
    let graded = grade_all(ready, check.limit.duration(), &Cargo::default())?;
    if home == Home::Exercises {
        standing::remember(&graded)?;
    }
    let mut out = std::io::stdout().lock();
    if check.json {
        writeln!(out, "{}", json::text(&graded)?)?;
    } else {
        for graded in &graded {
            let gap = if graded.passed() { "" } else { "\n" };
            write!(out, "{}{gap}", text::explain(graded, check.heat_map))?;
        }
        if let [_, _, ..] = graded[..] {
            let passed = graded.iter().filter(|graded| graded.passed()).count();
            writeln!(out, "{passed} of {} passed", count(graded.len(), "exercise"))?;
        }
    }
    Ok(graded.iter().all(Graded::passed).into())
}

/// Prints the schema of `--json`.
pub(crate) fn schema() -> Outcome {
    write!(std::io::stdout(), "{}", json::SCHEMA)?;
    Ok(true.into())
}
