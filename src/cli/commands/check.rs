//! `attentive check`: grade, and explain the first failure of each exercise.

use attentive_course::Tree;
use attentive_course::text::count;

use crate::args::Check;
use crate::cargo::Cargo;
use crate::chain::{Ground, Workspace};
use crate::commands::{Outcome, conclude, json};
use crate::grading::{Graded, Ready, grade_all};
use crate::root::course;
use crate::{standing, text};

/// Grades what is named, or everything.
pub(crate) fn run(check: &Check) -> Outcome {
    let tree = if check.solutions {
        Tree::Solutions
    } else {
        Tree::Exercises
    };
    let ground = if check.chain {
        Ground::Own
    } else {
        Ground::AsWritten
    };
    let exercises = course().select(tree, &check.exercises)?;
    let ready = Ready::load_all(&exercises, ground)?;
    let cargo = match ground {
        Ground::AsWritten => Cargo::default(),
        Ground::Own => Cargo::within(Workspace::write(&ground.with_needs(&exercises))?),
    };
    let graded = grade_all(ready, check.limit.duration(), &cargo)?;
    // What is remembered is how it stands by the manifests.
    if tree == Tree::Exercises && ground == Ground::AsWritten {
        standing::remember(&graded)?;
    }
    let text = if check.json {
        json::text(&graded, ground)? + "\n"
    } else {
        words(&graded, exercises.len(), check.heat_map)
    };
    conclude(&text, graded.iter().all(Graded::passed))
}

/// Each verdict, and how many there are of each kind. What was not `asked` for is there because the rest is built on it.
fn words(graded: &[Graded], asked: usize, heat_map: bool) -> String {
    let mut words = String::new();
    for graded in graded {
        let gap = if graded.passed() { "" } else { "\n" };
        words += &format!("{}{gap}", text::explain(graded, heat_map));
    }
    if let [_, _, ..] = graded {
        let passed = graded.iter().filter(|graded| graded.passed()).count();
        let more = match graded.len().saturating_sub(asked) {
            0 => String::new(),
            more => format!(" ({more} of them because the rest is built on them)"),
        };
        words += &format!(
            "{passed} of {} passed{more}\n",
            count(graded.len(), "exercise")
        );
    }
    words
}

/// Prints the schema of `--json`.
pub(crate) fn schema() -> Outcome {
    conclude(json::SCHEMA, true)
}
