//! Output of `check --json`. It is kept in snapshots, which CI compares with the schema.

use serde_json::Value;

use crate::support::Ran;

/// Keeps what `--json` printed as the snapshot of this name.
pub(crate) fn keep(name: &str, ran: &Ran) {
    insta::assert_snapshot!(name, ran.stdout);
}

/// Returns the exercise of a name from what `--json` printed.
pub(crate) fn exercise(ran: &Ran, name: &str) -> Value {
    let json = ran.json();
    let exercises = json["exercises"].as_array().expect("an array");
    let exercise = exercises.iter().find(|exercise| exercise["name"] == name);
    exercise.expect("the exercise is there").clone()
}

/// Returns the first grade of an exercise that is no pass.
pub(crate) fn first_failure(exercise: &Value) -> &Value {
    for task in exercise["tasks"].as_array().expect("an array") {
        for grade in task["grades"].as_array().expect("an array") {
            if grade["verdict"] != "passed" {
                return grade;
            }
        }
    }
    panic!("expected a failure in {exercise}");
}
