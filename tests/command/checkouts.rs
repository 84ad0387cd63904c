//! Verdicts are about the sources that are there, also where cargo takes other code for them: another checkout's with the
//! same target folder, or that of a file in whose place an older one was put.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::json::exercise;
use crate::support::{Checkout, HALVE, Ran, ran};

const LIBRARY: &str = "exercises/01-halve/src/lib.rs";
const ADAPTER: &str = "exercises/01-halve/tests/grade.rs";
const SOLUTION: &str = "solutions/01-halve/src/lib.rs";
/// A text of the solution, and a wrong one.
const RIGHT: &str = "let half = 0.5;";
const WRONG: &str = "let half = 2.0;";

/// A checkout in which everything is solved and right, and one in which nothing is, though somebody has begun: a stub is not
/// compiled. All files are older than anything that was ever compiled.
fn solved_and_not(kind: &str) -> [Checkout; 2] {
    let checkouts = ["solved", "unsolved"].map(|name| {
        let checkout = Checkout::toy_in(&format!("{kind}-{name}"), kind);
        if name == "solved" {
            checkout.solve("", "");
            checkout.solve_in("02-quarter", "", "");
        } else {
            for source in [LIBRARY, "exercises/02-quarter/src/lib.rs"] {
                checkout.write(source, checkout.read(source) + "// Mine.\n");
            }
        }
        checkout
    });
    for checkout in &checkouts {
        for file in checkout.files().keys() {
            make_old(checkout, file);
        }
    }
    checkouts
}

/// Gives a file the time of long ago, as copying with its old time does.
fn make_old(checkout: &Checkout, file: impl AsRef<Path>) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let opened = fs::File::options().append(true).open(checkout.path(&file));
    opened
        .and_then(|opened| opened.set_modified(long_ago))
        .unwrap_or_else(|error| panic!("{}: {error}", file.as_ref().display()));
}

/// Runs the exercise's test, and returns `true` if it passes. If it refuses, has it compiled anew and runs it again: by
/// the command, because the `cargo clean` that it asks for would take the programs of all toys away.
fn test_passes(checkout: &Checkout, package: &str) -> bool {
    let test = || checkout.cargo(&["test", "--quiet", "--package", package]);
    let mut tested = test();
    if tested.stderr.contains("compiled from others") {
        assert_eq!(tested.status, 2, "{}", tested.stderr);
        let asks_for = format!("try again: cargo clean -p {package}");
        assert!(tested.stderr.contains(&asks_for), "{}", tested.stderr);
        checkout.attentive(&["check", package]);
        tested = test();
    }
    let Ran { status, stderr, .. } = tested;
    assert!(
        status == 0 || stderr.contains("to rerun pass `-p"),
        "it is not the verdict: {stderr}"
    );
    assert!(
        !stderr.contains("compiled from others"),
        "it refuses for good: {stderr}"
    );
    status == 0
}

/// Verdict of the command on an exercise, which agrees with what it ends with.
fn check_passes(checkout: &Checkout, name: &str, options: &[&str]) -> bool {
    let checked = checkout.attentive(&[&["check", "--json", name], options].concat());
    let passed = exercise(&checked, name)["passed"] == true;
    assert_eq!(checked.status == 0, passed, "{}", checked.stderr);
    passed
}

#[test]
fn another_checkout_with_the_same_target_folder() {
    let [solved, unsolved] = solved_and_not("shared");
    for _ in 0..2 {
        assert!(test_passes(&solved, "halve"));
        assert!(!test_passes(&unsolved, "halve"));
        assert!(check_passes(&solved, "halve", &[]));
        assert!(!check_passes(&unsolved, "halve", &[]));
        assert!(check_passes(&solved, "quarter", &["--chain"]));
        assert!(!check_passes(&unsolved, "quarter", &["--chain"]));
    }
    // A test that is newer than anything, with a library that is not.
    assert!(test_passes(&solved, "halve"));
    unsolved.write(ADAPTER, unsolved.read(ADAPTER));
    assert!(!test_passes(&unsolved, "halve"));
    assert!(test_passes(&solved, "halve"));
    // From a folder outside.
    let manifest = unsolved.path("Cargo.toml");
    let arguments = ["test", "--package", "halve", "--manifest-path"];
    let mut outside = unsolved.command(env!("CARGO"), &arguments);
    outside.arg(manifest).current_dir(std::env::temp_dir());
    let outside = ran(outside.output());
    assert!(
        outside.stderr.contains("compiled from others") && outside.status != 0,
        "{}",
        outside.stderr
    );
}

#[test]
fn another_checkouts_solutions_and_what_is_built_on_them() {
    let [right, wrong] = solved_and_not("solutions");
    wrong.solve_in("02-quarter", "", "");
    make_old(&wrong, "exercises/02-quarter/src/lib.rs");
    wrong.replace(SOLUTION, RIGHT, WRONG);
    make_old(&wrong, SOLUTION);
    for _ in 0..2 {
        assert!(check_passes(&right, "quarter", &[]));
        assert!(!check_passes(&wrong, "quarter", &[]));
        assert!(test_passes(&right, "quarter"));
        assert!(!test_passes(&wrong, "quarter"));
        assert!(check_passes(&right, "halve", &["--solutions"]));
        assert!(!check_passes(&wrong, "halve", &["--solutions"]));
    }
}

#[test]
fn an_older_file_in_the_place_of_a_newer_one() {
    let checkout = Checkout::toy("older");
    let put = |file: &str, text: &str| {
        checkout.write(file, text);
        make_old(&checkout, file);
    };
    let solution = checkout.read(SOLUTION);
    let wrong = solution.replace(RIGHT, WRONG);
    checkout.write(LIBRARY, &solution);
    assert!(test_passes(&checkout, "halve"));
    put(LIBRARY, &wrong);
    assert!(!test_passes(&checkout, "halve"));
    put(LIBRARY, &solution);
    assert!(check_passes(&checkout, "halve", &[]));
    put(LIBRARY, &wrong);
    checkout.write(ADAPTER, checkout.read(ADAPTER));
    assert!(!check_passes(&checkout, "halve", &[]));

    // In a module of its own, the file that names it stays as it is.
    let module = format!("{HALVE}/src/half.rs");
    let in_module = solution.replace(RIGHT, "let half = half::HALF;");
    put(&module, "pub(crate) const HALF: f32 = 0.5;\n");
    checkout.write(LIBRARY, in_module + "\nmod half;\n");
    assert!(test_passes(&checkout, "halve"));
    put(&module, "pub(crate) const HALF: f32 = 2.0;\n");
    assert!(!test_passes(&checkout, "halve"));
    // What an editor leaves is no source.
    put(&format!("{HALVE}/src/half.rs~"), "");
    put(&format!("{HALVE}/src/.#half.rs"), "");
    let tested = checkout.cargo(&["test", "--package", "halve"]).exits(101);
    assert!(tested.stdout.contains("verdict"), "{}", tested.stdout);
}

#[test]
fn what_is_compiled_stays_in_the_checkout() {
    let course = env!("CARGO_MANIFEST_DIR");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(course)
        .env("CARGO_TARGET_DIR", std::env::temp_dir())
        .env_remove("CARGO_BUILD_BUILD_DIR")
        .output();
    let metadata = ran(metadata).exits(0).json();
    let folder = metadata["build_directory"].as_str().expect("a path");
    assert_eq!(Path::new(folder), Path::new(course).join("target"));
}

#[test]
fn a_command_and_a_grader_that_are_not_the_courses_own() {
    let checkout = Checkout::toy("own-grader");
    checkout.write("src/grader/src/lib.rs", "// another grader\n");
    let refused = checkout.cargo(&["test", "--quiet", "--package", "halve"]);
    let says = "try again: cargo clean -p attentive-grader -p halve\n";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert_eq!(refused.status, 2);

    checkout.write("src/cli/main.rs", "// another command\n");
    let refused = checkout.attentive(&["check", "halve"]).exits(2);
    assert!(
        refused.stderr.contains("compiled from others"),
        "{}",
        refused.stderr
    );
}
