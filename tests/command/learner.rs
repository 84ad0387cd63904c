//! A learner's way: a fresh checkout, a mistake that is named, a solution, and all that is said meanwhile.

use serde_json::Value;

use crate::json::{self, exercise, first_failure};
use crate::support::{ATTENTIVE, Checkout, HALVE};

#[test]
fn a_fresh_checkout_is_graded_and_nothing_is_implemented() {
    let checkout = Checkout::toy("fresh");
    let without_cargo = || {
        let mut command = checkout.command(ATTENTIVE, &["status"]);
        let output = command.env("CARGO", "/no/cargo").output();
        String::from_utf8(output.expect("it starts").stdout).expect("UTF-8")
    };
    // A stub is not compiled.
    let status = without_cargo();
    insta::assert_snapshot!(status);
    // What was found is remembered.
    assert_eq!(without_cargo(), status);

    // What the quiz learns, the status tells.
    let quiz = checkout
        .typing(&["quiz", "halve", "--seed", "1"], "a\n")
        .exits(1);
    let right = quiz.stdout.matches("\nright\n").count();
    let status = checkout.attentive(&["status"]).exits(1).stdout;
    assert!(
        status.contains(&format!("quiz      {right} of 1 ")),
        "{right} right: {status}"
    );

    let ran = checkout.attentive(&["check", "--json"]).exits(1);
    json::keep("not_implemented", &ran);
    for exercise in ran.json()["exercises"].as_array().expect("an array") {
        assert_eq!(first_failure(exercise)["verdict"], "not-implemented");
    }

    // Compiled, the stubs say the same.
    for folder in [HALVE, "exercises/02-quarter"] {
        let source = format!("{folder}/src/lib.rs");
        checkout.write(&source, checkout.read(&source) + "// Mine.\n");
    }
    let compiled = checkout.attentive(&["check", "--json"]).exits(1);
    assert_eq!(compiled.stdout, ran.stdout);
    assert_eq!(checkout.attentive(&[]).exits(1).stdout, status);
}

#[test]
fn a_learners_way_from_a_mistake_to_the_solution() {
    let checkout = Checkout::toy("learner");
    a_mistake_is_named_wherever_one_looks(&checkout);
    what_does_not_compile_does_not_pass(&checkout);
    a_solution_passes(&checkout);
}

fn a_mistake_is_named_wherever_one_looks(checkout: &Checkout) {
    checkout.solve("let half = 0.5", "let half = 2.0");

    let tested = checkout.cargo(&["test", "--package", "halve"]).exits(101);
    let named = "mistake   Each entry is doubled.";
    assert!(tested.stdout.contains(named), "{}", tested.stdout);

    let checked = checkout.attentive(&["check", "halve"]).exits(1);
    insta::assert_snapshot!(checked.stdout);

    let ran = checkout.attentive(&["check", "1", "--json"]).exits(1);
    json::keep("mistake", &ran);
    let exercise = exercise(&ran, "halve");
    let failure = first_failure(&exercise);
    assert_eq!(failure["mistake"]["id"], "doubled");
    assert_eq!(failure["verdict"], "wrong-values");
    let picture = checkout.read(failure["picture"].as_str().expect("a picture was drawn"));
    assert!(picture.starts_with("<svg"), "{picture}");

    let mapped = checkout.attentive(&["check", "01", "--heat-map"]).exits(1);
    assert!(
        mapped.stdout.contains("expected") && mapped.stdout.contains('█'),
        "{}",
        mapped.stdout
    );

    let progress: Value =
        serde_json::from_str(&checkout.read(".attentive/progress.json")).expect("JSON");
    assert_eq!(
        progress["exercises"]["halve"]["tasks"][0]["failure"]["mistake"],
        "doubled"
    );
}

fn what_does_not_compile_does_not_pass(checkout: &Checkout) {
    checkout.solve("x.mapv(", "x.mpav(");
    let checked = checkout.attentive(&["check", "1"]).exits(1);
    let says = [
        "did not compile",
        "no method named `mpav`",
        "exercises/01-halve/src/lib.rs:11",
    ];
    assert!(
        says.iter().all(|text| checked.stdout.contains(text)),
        "{}",
        checked.stdout
    );
    let ran = checkout.attentive(&["check", "1", "--json"]).exits(1);
    json::keep("did_not_compile", &ran);
    let exercise = exercise(&ran, "halve");
    assert!(
        exercise["compile_error"]
            .as_str()
            .is_some_and(|error| error.contains("mpav")),
        "{exercise}"
    );
    assert_eq!(exercise["passed"], false);
}

fn a_solution_passes(checkout: &Checkout) {
    checkout.solve("", "");
    let tested = checkout.cargo(&["test", "--package", "halve"]).exits(0);
    assert!(
        tested.stdout.contains("test result: ok"),
        "{}",
        tested.stdout
    );
    let checked = checkout.attentive(&["check", "1"]).exits(0);
    insta::assert_snapshot!(checked.stdout, @"01 halve  ●●  passed: 2 tasks, 4 checks");
    json::keep(
        "passed",
        &checkout.attentive(&["check", "1", "--json"]).exits(0),
    );
}
