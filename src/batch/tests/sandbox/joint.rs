//! Submissions of several exercises, which are compiled and run together: each exercise has the result that it has alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::class::{Class, LIMITS, course, said, write};
use crate::pressure::{lines, wait_for};

const EXERCISES: [&str; 3] = ["01-softmax", "05-scaled-dot-product", "06-masks"];

/// The solution of an exercise, with a text in it replaced by another.
fn changed(exercise: &str, from: &str, to: &str) -> String {
    let path = course().join("solutions").join(exercise).join("src/lib.rs");
    let solution = fs::read_to_string(path).expect("the solution is there");
    assert!(solution.contains(from), "{exercise} has no {from}");
    solution.replacen(from, to, 1)
}

/// Hands in the solutions of all three exercises, in one of which a text is replaced by another.
fn hand_in(class: &Class, student: &str, exercise: &str, from: &str, to: &str) {
    for solved in EXERCISES {
        let text = if solved == exercise {
            changed(exercise, from, to)
        } else {
            changed(solved, "", "")
        };
        // Nobody else's, so that all three belong to this submission only.
        let text = format!("{text}\n// {student}\n");
        let file = Path::new("exercises").join(solved).join("src/lib.rs");
        write(&class.submissions().join(student).join(file), text);
    }
}

/// The beginning of a function of each exercise, before its first statement.
const SOFTMAX: &str = "let mut weights = logits.to_owned();";
const SCORES: &str = "let d_k = q.ncols() as f32;";

fn class() -> Class {
    let class = Class::new();
    let [softmax, attention, _] = EXERCISES;
    for (student, exercise, from, to) in [
        ("right", softmax, "", ""),
        ("type-error", softmax, SOFTMAX, "let mut weights = 1.0;"),
        (
            "unknown-name",
            softmax,
            SOFTMAX,
            "let mut weights = nothing;",
        ),
        ("unfinished", softmax, SOFTMAX, "let mut weights = {"),
        (
            "panics",
            attention,
            SCORES,
            "let d_k = q.row(q.nrows())[0];",
        ),
        ("not-implemented", attention, SCORES, "todo!(\"later\");"),
        ("wrong-values", attention, "/ d_k.sqrt()", ""),
        // Solutions are among the crates, but not among those of this exercise.
        (
            "solution-of-itself",
            softmax,
            SOFTMAX,
            "return softmax::softmax(logits);",
        ),
        (
            "solution-of-another",
            softmax,
            SOFTMAX,
            "let mut weights = masks::causal(1, 1).mapv(f32::from);",
        ),
        ("grader", softmax, SOFTMAX, "attentive_grader::uniform(1);"),
        // What is around an exercise that is a module, and nothing for a crate.
        ("around", softmax, SOFTMAX, "super::adapter_0::main();"),
        (
            "own-root",
            softmax,
            "use ndarray::{Array2, ArrayView2};",
            "mod own { pub(crate) fn one() -> f32 { crate::ONE } }\nconst ONE: f32 = 1.0;\nfn two() -> f32 { own::one() }\n\
             use ndarray::{Array2, ArrayView2};",
        ),
        (
            "feature",
            softmax,
            "use ndarray",
            "#![feature(never_type)]\nuse ndarray",
        ),
        // Each of these takes the shared worker with it.
        (
            "overflows",
            attention,
            SCORES,
            "fn deep(x: u64) -> u64 { [x; 999].iter().sum::<u64>() + deep(x + 1) }\nlet d_k = deep(0) as f32;",
        ),
        (
            "leaks",
            softmax,
            SOFTMAX,
            "std::mem::forget(vec![1_u8; 300 << 20]);\nlet mut weights = logits.to_owned();",
        ),
        (
            "floods",
            attention,
            SCORES,
            "for _ in 0..40_000 { println!(\"{:64}\", 0); }\nlet d_k = q.ncols() as f32;",
        ),
    ] {
        hand_in(&class, student, exercise, from, to);
    }
    class
}

fn grades(class: &Class, exercises: &[&str]) -> Value {
    let out = class.folder.path().join(exercises.join("-"));
    let mut command = class.command_of(exercises, &out, &LIMITS);
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(out.join("grades.json")).expect("there are grades");
    serde_json::from_str(&text).expect("they are JSON")
}

/// The results of one exercise, by student.
fn results(grades: &Value, exercise: &str) -> BTreeMap<String, Value> {
    let students = grades["students"].as_array().expect("there are students");
    let mut results = BTreeMap::new();
    for student in students {
        let exercises = student["exercises"].as_array().expect("there are some");
        let found = exercises.iter().find(|one| one["exercise"] == *exercise);
        let found = found.unwrap_or_else(|| panic!("no {exercise} in {student}"));
        results.insert(student["student"]["id"].to_string(), found.clone());
    }
    results
}

#[test]
fn exercises_that_are_compiled_and_run_together_have_the_results_that_they_have_alone() {
    let class = class();
    let together = grades(&class, &EXERCISES);
    for exercise in EXERCISES {
        let alone = grades(&class, &[exercise]);
        let (together, alone) = (results(&together, exercise), results(&alone, exercise));
        for (student, alone) in &alone {
            assert_eq!(&together[student], alone, "{student}, {exercise}");
        }
    }
    // What one exercise does costs no other anything, and no exercise can use what it does not depend on.
    let state = |student: &str, exercise: &str| {
        results(&together, exercise)[&format!("\"{student}\"")]["state"].clone()
    };
    for student in ["right", "own-root"] {
        assert_eq!(state(student, "01-softmax"), "passed", "{student}");
    }
    for student in [
        "type-error",
        "unfinished",
        "solution-of-itself",
        "grader",
        "around",
    ] {
        assert_eq!(state(student, "01-softmax"), "not-compiled", "{student}");
        assert_eq!(state(student, "05-scaled-dot-product"), "passed");
    }
    assert_eq!(state("leaks", "01-softmax"), "failed");
    assert_eq!(state("leaks", "05-scaled-dot-product"), "passed");
    for student in ["panics", "overflows", "floods"] {
        assert_eq!(
            state(student, "05-scaled-dot-product"),
            "failed",
            "{student}"
        );
        assert_eq!(state(student, "06-masks"), "passed", "{student}");
    }
}

#[test]
fn exercises_that_were_running_together_when_a_run_was_killed_are_graded_by_the_next() {
    let class = Class::new();
    for student in ["first", "second", "third"] {
        hand_in(&class, student, EXERCISES[1], "/ d_k.sqrt()", "");
    }
    let undisturbed = grades(&class, &EXERCISES);
    let command = || class.command_of(&EXERCISES, &class.out(), &LIMITS);
    let mut first = command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    wait_for(&mut first, || {
        (lines(&class.out().join(".begun")) >= 3).then_some(())
    });
    first.kill().expect("it can be killed");
    first.wait().expect("it has ended");
    assert_eq!(class.finish(command()), undisturbed);
    // Those that had a result before, and the others once: nothing is graded twice.
    let journal = lines(&class.out().join("journal"));
    assert_eq!(journal, 3 * EXERCISES.len() + EXERCISES.len());
}
