//! Commands that are programs of their own: what they are told, where they run, and how they end.

use crate::support::{ATTENTIVE, Checkout, HALVE, Ran};

/// A cargo that says what it was told, in a message of the compiler, and then names the program that it compiled.
#[cfg(unix)]
const BUILD: &str = r#"
echo '{"message": {"level": "note", "rendered": "'"$*"'"}}'
while test "$1" != --bin; do shift; done
echo '{"target": {"name": "'"$2"'"}, "executable": "'"$PWD/program"'"}'
"#;

/// Runs a command in a folder of the course, with a cargo that is a shell, to which `build` is the name of a script. It
/// compiles a program that says what it was told and ends with this status.
#[cfg(unix)]
fn told(checkout: &Checkout, build: &str, arguments: &[&str], status: i32) -> Ran {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    checkout.write(format!("{HALVE}/build"), build);
    let program = format!("{HALVE}/program");
    checkout.write(&program, format!("#!/bin/sh\necho $#: $*\nexit {status}\n"));
    set_permissions(checkout.path(program), Permissions::from_mode(0o755))
        .expect("a file of the toy can be made a program");
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
        let manifest = format!("[package]\nname = \"attentive-{program}\"\n");
        checkout.write(format!("src/{program}/Cargo.toml"), manifest);
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
        .map(|arguments| {
            let Ran { stderr, stdout, .. } = told(&checkout, BUILD, arguments, 0).exits(0);
            format!("{stderr}{stdout}")
        })
        .collect();
    insta::assert_snapshot!(said.concat());
    let refused = told(&checkout, BUILD, &["author", "mutants", "halv"], 0)
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
    let list = ["figure", "--list"];
    for status in [0, 1, 2, 7] {
        told(&checkout, BUILD, &list, status).exits(status);
    }
    // It panicked.
    told(&checkout, BUILD, &list, 101).exits(2);
}

#[cfg(unix)]
#[test]
fn a_program_that_does_not_compile_is_not_run() {
    let checkout = Checkout::toy("programs-broken");
    let list = ["figure", "--list"];
    let broken = format!("{BUILD}echo error: a word of cargo >&2\nexit 101\n");
    let ran = told(&checkout, &broken, &list, 0).exits(2);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.ends_with("error: a word of cargo\n"),
        "{}",
        ran.stderr
    );

    let ran = told(&checkout, "echo no message\n", &list, 0).exits(2);
    assert_eq!(
        ran.stderr,
        "error: expected cargo to say where it compiled `attentive-book` to, found no word of it; does `cargo build` work here?\n"
    );
}

#[cfg(unix)]
#[test]
fn training_takes_the_place_of_the_command() {
    let checkout = Checkout::toy("programs-train");
    let arguments = ["train", "training", "--steps", "5"];
    // A course may be released without it.
    let without = told(&checkout, BUILD, &arguments, 0).exits(2).stderr;
    let says = "error: this course was released without some of the exercises";
    assert!(without.starts_with(says), "{without}");

    let manifest = "[package]\nname = \"attentive-trainer\"\n";
    checkout.write("src/trainer/Cargo.toml", manifest);
    let ran = told(&checkout, BUILD, &arguments, 130).exits(130);
    assert_eq!(ran.stdout, "3: training --steps 5\n");
    assert!(ran.stderr.contains("--profile pipeline"), "{}", ran.stderr);
}
