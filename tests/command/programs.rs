//! Commands that are programs of their own: what they are told, where they run, and how they end.

use crate::support::{ATTENTIVE, Checkout, HALVE, Ran};

/// Runs a command in a folder of the course, with a cargo that says what it was told and ends with this status. It is a
/// shell, to which cargo's `run` is the name of a script.
#[cfg(unix)]
fn told(checkout: &Checkout, arguments: &[&str], status: i32) -> Ran {
    checkout.write(
        format!("{HALVE}/run"),
        format!("echo $#: $*\nexit {status}\n"),
    );
    let mut command = checkout.command(ATTENTIVE, arguments);
    crate::support::ran(
        command
            .current_dir(checkout.path(HALVE))
            .env("CARGO", "sh")
            .output(),
    )
}

#[cfg(unix)]
#[test]
fn what_is_typed_is_passed_on_to_where_it_was_typed() {
    let checkout = Checkout::toy("programs");
    // A course may be released without the programs that run models.
    for program in ["models", "pipeline"] {
        checkout.write(format!("src/{program}/Cargo.toml"), "[package]\n");
    }
    let commands: [&[&str]; 12] = [
        &["book", "build", "--dest", "my pages"],
        &["book", "--help"],
        &["figure", "--list"],
        &["figure", "heads", "--out", "heads.svg"],
        &["grade", "downloads", "--out=graded", "--", "-x"],
        &["merge", "a", "b", "--out", "c"],
        &["regrade", "a", "b"],
        &["release", "../course"],
        &["pipeline", "tokenize", "a cat", "--model", "gpt2"],
        &["author", "kill-table"],
        &["author", "mutants"],
        &["author", "mutants", "2", "halve"],
    ];
    let said: Vec<String> = commands
        .iter()
        .map(|arguments| told(&checkout, arguments, 0).exits(0).stdout)
        .collect();
    insta::assert_snapshot!(said.concat());
    let refused = told(&checkout, &["author", "mutants", "halv"], 0)
        .exits(2)
        .stderr;
    assert!(
        refused.starts_with("error: expected an exercise, found `halv`"),
        "{refused}"
    );
}

#[cfg(unix)]
#[test]
fn a_programs_exit_status_is_passed_on() {
    let checkout = Checkout::toy("programs-end");
    for status in [0, 1, 2, 7] {
        told(&checkout, &["figure", "--list"], status).exits(status);
    }
    // What does not compile could not do its work.
    told(&checkout, &["figure", "--list"], 101).exits(2);
}

#[cfg(unix)]
#[test]
fn training_is_compiled_first_and_then_takes_the_place_of_the_command() {
    let checkout = Checkout::toy("programs-train");
    let arguments = ["train", "training", "--steps", "5"];
    // A course may be released without it.
    let without = told(&checkout, &arguments, 0).exits(2).stderr;
    let says = "error: this course was released without some of the exercises";
    assert!(without.starts_with(says), "{without}");

    checkout.write("src/trainer/Cargo.toml", "[package]\n");
    let compiles = |status: i32| {
        let script = format!("echo compiled: $*\nexit {status}\n");
        checkout.write(format!("{HALVE}/build"), script);
    };
    let compiled = "compiled: --quiet --package attentive-trainer --profile pipeline\n";
    compiles(0);
    let ran = told(&checkout, &arguments, 130).exits(130);
    let took = "9: --quiet --package attentive-trainer --profile pipeline -- training --steps 5\n";
    assert_eq!(ran.stdout, format!("{compiled}{took}"));
    compiles(101);
    let ran = told(&checkout, &arguments, 0).exits(2);
    assert_eq!(ran.stdout, compiled);
}
