//! The features with which cargo compiles what the learner's commands share.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::root;

/// The features of a crate, for each way in which it is compiled: by its name and version.
type Features = BTreeMap<String, BTreeSet<String>>;

/// Cargo resolves features for the packages of a call, and compiles a crate once more for other features.
#[test]
fn the_first_test_of_an_exercise_finds_what_it_stands_on_compiled() {
    let earlier = [
        (
            "cargo run",
            features(&["--package", "attentive", "--edges", "normal,build"]),
        ),
        ("cargo test", features(&["--edges", "all"])),
    ];
    for package in ["softmax", "scaled-dot-product", "gpt", "softmax-solution"] {
        let exercise = features(&["--package", package, "--edges", "all"]);
        for (command, compiled) in &earlier {
            let again = compiled_again(&exercise, compiled);
            assert!(
                again.is_empty(),
                "after `{command}`, `cargo test -p {package}` compiles these once more: {again:#?}\n\
                 name them in src/grader/Cargo.toml or src/harness/Cargo.toml, with the features that `{command}` has them with"
            );
        }
    }
}

#[test]
fn a_crate_with_other_features_is_found() {
    let command = parsed("clap v4.6.7 [derive,wrap_help]\nlibc v0.2.1 [] (*)\ncc v1.0.0 []");
    let exercise = parsed("clap v4.6.7 [derive]\nlibc v0.2.1 []\nother v0.1.0 [std]");
    let again: Vec<&str> = compiled_again(&exercise, &command).into_keys().collect();
    assert_eq!(again, ["clap v4.6.7"]);
}

/// Returns the crates that both calls compile, and whose features `earlier` did not have.
fn compiled_again<'a>(
    later: &'a Features,
    earlier: &'a Features,
) -> BTreeMap<&'a str, [&'a BTreeSet<String>; 2]> {
    let mut again = BTreeMap::new();
    for (name, features) in later {
        if let Some(compiled) = earlier.get(name)
            && !features.is_subset(compiled)
        {
            again.insert(name.as_str(), [features, compiled]);
        }
    }
    again
}

fn features(arguments: &[&str]) -> Features {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--format"])
        .arg("{p} [{f}]")
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    parsed(&printed)
}

/// Reads lines such as `clap v4.6.7 [derive,wrap_help] (*)`.
fn parsed(lines: &str) -> Features {
    let mut found = Features::new();
    for line in lines.lines() {
        let line = line.trim_end_matches(" (*)").trim_end_matches(']');
        if let Some((name, features)) = line.split_once(" [") {
            let of_crate = found.entry(name.to_owned()).or_default();
            of_crate.insert(features.to_owned());
        }
    }
    found
}
