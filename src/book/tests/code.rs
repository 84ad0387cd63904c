//! The code in the lessons compiles, and prints what they say it prints.
//!
//! Rust in a lesson is never written there: it is included, by anchor, from the lesson's figures or claims or from an
//! example of this crate, all of which cargo compiles. A text file beside an example has what it prints, and the lesson
//! includes that as well; here the two are compared. `UPDATE=1 cargo test -p attentive-book --test code` writes the
//! files anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::manifest;

fn crate_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|known| known == extension))
        .collect()
}

/// The first lines of all blocks of this language in a lesson.
fn blocks<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}");
    let mut lines = markdown.lines();
    let mut first = Vec::new();
    while let Some(line) = lines.next() {
        if line.split(',').next() == Some(&start) {
            first.extend(lines.next());
        }
    }
    first
}

#[test]
fn lessons_have_no_rust_of_their_own() {
    for lesson in files(&crate_root().join("../../book/src"), "md") {
        let markdown = fs::read_to_string(&lesson).expect("a lesson");
        for line in blocks(&markdown, "rust") {
            assert!(
                line.starts_with("{{#include ") && line.contains(".rs"),
                "{}: the Rust block that begins with {line:?} is compiled by nobody; put it \
                 between anchors in the lesson's claims and include it: {{{{#include ../claims/NAME.rs:ANCHOR}}}}",
                lesson.display()
            );
        }
    }
}

/// Lines that are included by their numbers are others as soon as one is added above them.
#[test]
fn nothing_is_included_by_the_numbers_of_lines() {
    for lesson in files(&crate_root().join("../../book/src"), "md") {
        let markdown = fs::read_to_string(&lesson).expect("a lesson");
        for include in markdown
            .lines()
            .filter_map(|line| line.strip_prefix("{{#include ")?.strip_suffix("}}"))
        {
            let part = include.split(':').nth(1).unwrap_or_default();
            assert!(
                part.parse::<usize>().is_err(),
                "{}: {include} includes lines by their numbers; use an anchor",
                lesson.display()
            );
        }
    }
}

/// Compiles an example of this package, and returns where it is.
fn compiled_example(name: &str) -> PathBuf {
    let root = crate_root().join("../..");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--example", name]);
    for package in manifest::tools(&root) {
        build.args(["--package", &package]);
    }
    let output = build.current_dir(&root).output().expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    let programs = Path::new(env!("CARGO_BIN_EXE_attentive-book"));
    programs.with_file_name("examples").join(name)
}

#[test]
fn examples_print_what_the_lessons_show() {
    for shown in files(&crate_root().join("examples"), "txt") {
        let example = shown
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let output = Command::new(compiled_example(&example))
            .output()
            .expect("it can be run");
        assert!(
            output.status.success(),
            "{example}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let printed = String::from_utf8(output.stdout).expect("text");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&shown, &printed).expect("written");
        }
        let expected = fs::read_to_string(&shown).expect("what the lesson shows");
        assert_eq!(
            printed,
            expected,
            "{example} prints something else; UPDATE=1 writes {}",
            shown.display()
        );
    }
}
