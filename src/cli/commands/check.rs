//! `attentive check`: grade, and explain the first failure of each exercise.

use attentive_course::Tree;
use attentive_course::text::count;

use crate::args::Check;
use crate::cargo::Cargo;
use crate::chain::{DependencySource, Workspace};
use crate::commands::{CommandResult, finish, json};
use crate::grading::{GradedExercise, GradingInput, grade_all};
use crate::root::course;
use crate::style::headline;
use crate::{exercise_status, explanation};

/// Grades what is named, or everything.
pub(crate) fn run(check: &Check) -> CommandResult {
    let tree = if check.solutions {
        Tree::Solutions
    } else {
        Tree::Exercises
    };
    let dependency_source = if check.chain {
        DependencySource::Learner
    } else {
        DependencySource::Manifest
    };
    let exercises = course().select(tree, &check.exercises)?;
    let inputs = GradingInput::load_all(&exercises, dependency_source)?;
    let cargo = match dependency_source {
        DependencySource::Manifest => Cargo::default(),
        DependencySource::Learner => Cargo::in_workspace(Workspace::write(
            &dependency_source.with_prerequisites(&exercises),
        )?),
    };
    let graded = grade_all(inputs, check.limit.duration(), &cargo)?;
    // What is remembered is how it stands by the manifests.
    if tree == Tree::Exercises && dependency_source == DependencySource::Manifest {
        exercise_status::save(&graded)?;
    }
    let text = if check.json {
        json::text(&graded, dependency_source)? + "\n"
    } else {
        words(&graded, exercises.len(), check.heat_map)
    };
    finish(&text, graded.iter().all(GradedExercise::passed))
}

/// Each verdict, and how many there are of each kind. What was not `asked` for is there because the rest is built on it.
fn words(graded: &[GradedExercise], asked: usize, heat_map: bool) -> String {
    let mut words = String::new();
    for graded in graded {
        let gap = if graded.passed() { "" } else { "\n" };
        words += &format!("{}{gap}", explanation::explain(graded, heat_map));
    }
    if let [_, _, ..] = graded {
        let passed = graded.iter().filter(|graded| graded.passed()).count();
        let more = match graded.len().saturating_sub(asked) {
            0 => String::new(),
            more => format!(" ({more} of them because the rest is built on them)"),
        };
        let all = count(graded.len(), "exercise");
        words += &headline(&format!("{passed} of {all} passed{more}"));
        words.push('\n');
    }
    words
}

/// Prints the schema of `--json`.
pub(crate) fn schema() -> CommandResult {
    finish(json::SCHEMA, true)
}
