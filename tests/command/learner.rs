//! A learner's way: a fresh checkout, a mistake that is named, a solution, and all that is said meanwhile.

use serde_json::Value;

use crate::support::{ATTENTIVE, Checkout, Ran};

/// The words of a report without its numbers, which are the golden pack's.
pub(crate) const NUMBERS: [(&str, &str); 1] = [(r"-?\d+\.\d+(e-?\d+)?", "[number]")];

/// Checks what `--json` printed against the schema, and returns the exercise of this name.
pub(crate) fn exercise(checkout: &Checkout, ran: &Ran, name: &str) -> Value {
    let schema = checkout.attentive(&["check", "--schema"]).exits(0).json();
    jsonschema::meta::validate(&schema).expect("the schema is a schema");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let json = ran.json();
    let errors: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let exercises = json["exercises"].as_array().expect("an array");
    exercises
        .iter()
        .find(|exercise| exercise["name"] == name)
        .expect("the exercise is there")
        .clone()
}

/// The first grade of an exercise that is no pass.
fn first_failure(exercise: &Value) -> &Value {
    let grades = exercise["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .flat_map(|task| task["grades"].as_array());
    grades
        .flatten()
        .find(|grade| grade["verdict"] != "passed")
        .expect("something failed")
}

#[test]
fn a_fresh_checkout_is_graded_and_nothing_is_implemented() {
    let checkout = Checkout::new("fresh");
    let status = checkout.attentive(&[]).exits(1);
    let lines: Vec<&str> = status.stdout.lines().collect();
    assert!(
        lines[0].starts_with("Attentive: 0 of "),
        "{}",
        status.stdout
    );
    assert!(!status.stdout.contains('●'), "{}", status.stdout);
    let next = "next      01-softmax, task `softmax`\nverdict   not implemented yet: ";
    assert!(status.stdout.contains(next), "{}", status.stdout);
    assert!(
        status.stdout.contains("cargo test -p softmax"),
        "{}",
        status.stdout
    );

    // Nothing has changed, so nothing is compiled: it does without cargo.
    let again = checkout
        .command(ATTENTIVE, &["status"])
        .env("CARGO", "/no/cargo")
        .output();
    let again = String::from_utf8(again.expect("it starts").stdout).expect("UTF-8");
    assert_eq!(again, status.stdout);

    // What the quiz learns, the status tells.
    let quiz = checkout
        .typing(&["quiz", "masks", "--seed", "1"], &"a\n3\n".repeat(20))
        .exits(1);
    let right = quiz.stdout.matches("\nright\n").count();
    let status = checkout.attentive(&["status"]).exits(1).stdout;
    let told = status
        .lines()
        .find(|line| line.starts_with("quiz "))
        .expect("a line on quizzes");
    assert!(
        right > 0 && told.contains(&format!(" {right} of ")),
        "{right} right: {told}"
    );

    let ran = checkout.attentive(&["check", "--json"]).exits(1);
    for exercise in ran.json()["exercises"].as_array().expect("an array") {
        for task in exercise["tasks"].as_array().expect("an array") {
            let verdict = &task["grades"][0]["verdict"];
            assert_eq!(
                verdict, "not-implemented",
                "{}: {}",
                exercise["name"], task["name"]
            );
        }
    }
    exercise(&checkout, &ran, "softmax");
}

#[test]
fn a_learners_way_from_a_mistake_to_the_solution() {
    let checkout = Checkout::new("learner");
    a_mistake_is_named_wherever_one_looks(&checkout);
    what_does_not_compile_does_not_pass(&checkout);
    a_solution_passes(&checkout);
}

fn a_mistake_is_named_wherever_one_looks(checkout: &Checkout) {
    checkout.solve(" / d_k.sqrt()", "");

    let tested = checkout
        .cargo(&["test", "--package", "scaled-dot-product"])
        .exits(101);
    assert!(
        tested
            .stdout
            .contains("mistake   The scores are not divided by √d_k."),
        "{}",
        tested.stdout
    );

    let checked = checkout
        .attentive(&["check", "scaled-dot-product"])
        .exits(1);
    insta::with_settings!({ filters => NUMBERS }, { insta::assert_snapshot!(checked.stdout) });

    let ran = checkout.attentive(&["check", "5", "--json"]).exits(1);
    let exercise = exercise(checkout, &ran, "scaled-dot-product");
    let failure = first_failure(&exercise);
    assert_eq!(failure["mistake"]["id"], "no-scale");
    assert_eq!(failure["verdict"], "wrong-values");
    let picture = checkout.read(failure["picture"].as_str().expect("a picture was drawn"));
    assert!(picture.starts_with("<svg"), "{picture}");

    let mapped = checkout.attentive(&["check", "05", "--heat-map"]).exits(1);
    assert!(
        mapped.stdout.contains("expected") && mapped.stdout.contains('█'),
        "{}",
        mapped.stdout
    );

    let progress: Value =
        serde_json::from_str(&checkout.read(".attentive/progress.json")).expect("JSON");
    assert_eq!(
        progress["exercises"]["scaled-dot-product"]["tasks"][0]["failure"]["mistake"],
        "no-scale"
    );
}

fn what_does_not_compile_does_not_pass(checkout: &Checkout) {
    checkout.solve("q.dot(&k.t())", "q.dto(&k.t())");
    let checked = checkout.attentive(&["check", "5"]).exits(1);
    let says = [
        "did not compile",
        "no method named `dto`",
        "exercises/05-scaled-dot-product/src/lib.rs:31",
    ];
    assert!(
        says.iter().all(|text| checked.stdout.contains(text)),
        "{}",
        checked.stdout
    );
    let ran = checkout.attentive(&["check", "5", "--json"]).exits(1);
    let exercise = exercise(checkout, &ran, "scaled-dot-product");
    assert!(
        exercise["compile_error"]
            .as_str()
            .is_some_and(|error| error.contains("dto")),
        "{exercise}"
    );
    assert_eq!(exercise["passed"], false);
}

fn a_solution_passes(checkout: &Checkout) {
    checkout.solve("", "");
    let tested = checkout
        .cargo(&["test", "--package", "scaled-dot-product"])
        .exits(0);
    assert!(
        tested.stdout.contains("test result: ok"),
        "{}",
        tested.stdout
    );
    let checked = checkout.attentive(&["check", "5"]).exits(0);
    insta::with_settings!({ filters => [(r"\d+ checks", "[n] checks")] }, {
        insta::assert_snapshot!(checked.stdout, @"05 scaled-dot-product  ●●  passed: 2 tasks, [n] checks");
    });
}
