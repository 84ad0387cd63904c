//! The minutes at the head of each lesson, and their sums in the introduction.

use std::fs;
use std::path::{Path, PathBuf};

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the number between two texts.
fn between(text: &str, before: &str, after: &str) -> Option<u32> {
    text.split_once(before)?.1.split_once(after)?.0.parse().ok()
}

#[test]
fn the_minutes_of_exercises_are_those_of_their_manifests() {
    for folder in fs::read_dir(course().join("exercises"))
        .expect("the exercises")
        .flatten()
    {
        let Ok(manifest) = fs::read_to_string(folder.path().join("exercise.toml")) else {
            continue; // a file beside the exercises
        };
        let manifest: toml::Table = manifest.parse().expect("TOML");
        let minutes = manifest["minutes"].as_integer().expect("minutes");
        let chapter = manifest["chapter"].as_str().expect("a chapter");
        let path = course().join(format!("book/src/{chapter}.md"));
        let lesson = fs::read_to_string(&path).expect("a lesson");
        let said = between(&lesson, "of which ", " are for the exercise");
        assert_eq!(said.map(i64::from), Some(minutes), "{chapter}");
    }
}

#[test]
fn the_introduction_has_a_row_for_each_part() {
    let sources = course().join("book/src");
    let read = |name: &str| fs::read_to_string(sources.join(name)).expect("a page");
    let (summary, introduction) = (read("SUMMARY.md"), read("introduction.md"));
    for part in summary.split("\n# ").skip(1) {
        let (title, lessons) = part.split_once('\n').expect("a title");
        let pages = lessons.split("](").skip(1);
        let mut pages = pages.filter_map(|rest| Some(rest.split_once(')')?.0));
        if pages.any(|page| read(page).contains(" minutes**")) {
            let counts = format!(
                "{{{{#count lessons in {title}}}}} | {{{{#count hours in {title}}}}} hours"
            );
            let row = format!("\n| {title} | {counts} | ");
            assert!(
                introduction.contains(&row),
                "introduction.md has no row {row:?}"
            );
        }
    }
}
