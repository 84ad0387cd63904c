//! The minutes at the head of each lesson, and the introduction's overview of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::lesson::Lesson;

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The number between two texts.
fn between(text: &str, before: &str, after: &str) -> Option<u32> {
    text.split_once(before)?.1.split_once(after)?.0.parse().ok()
}

#[test]
fn the_minutes_of_exercises_are_those_of_their_manifests() {
    for folder in fs::read_dir(course().join("solutions"))
        .expect("the solutions")
        .flatten()
    {
        let manifest = fs::read_to_string(folder.path().join("exercise.toml")).expect("a manifest");
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
fn the_introduction_adds_up_the_minutes_of_each_part() {
    let summary = fs::read_to_string(course().join("book/src/SUMMARY.md")).expect("the summary");
    let introduction = Lesson::read("introduction");
    for part in summary.split("\n# ").skip(1) {
        let (title, lessons) = part.split_once('\n').expect("a title");
        let pages = lessons
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(page, _)| page);
        let minutes = pages.filter_map(|page| {
            let lesson = fs::read_to_string(course().join("book/src").join(page)).expect("a page");
            between(&lesson, "**About ", " minutes**")
        });
        let minutes: Vec<u32> = minutes.collect();
        if !minutes.is_empty() {
            let hours = f64::from(minutes.iter().sum::<u32>()) / 60.0;
            introduction.says(format!(
                "| {} | {} | {hours:.0} hours |",
                title.trim(),
                minutes.len()
            ));
        }
    }
}
