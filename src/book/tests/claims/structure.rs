//! The parts that every lesson has.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src")
}

/// Reads all pages: their names and texts.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(sources()).expect("the pages").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a page");
            pages.push((name.into_owned(), text));
        }
    }
    pages
}

fn lessons() -> Vec<(String, String)> {
    let mut pages = pages();
    pages.retain(|(_, text)| text.contains(" minutes**"));
    pages
}

/// The other parts of a lesson are looked for by `attentive_book::check`.
#[test]
fn every_lesson_has_a_worked_example_that_is_computed() {
    let lessons = lessons();
    assert!(lessons.len() >= 21, "{} lessons", lessons.len());
    for (name, _) in lessons {
        let claims = sources().join(format!("../claims/{name}.rs"));
        let claims = fs::read_to_string(&claims)
            .unwrap_or_else(|error| panic!("{}: {error}", claims.display()));
        assert!(
            claims.contains("#[test]"),
            "{name}.rs computes no worked example"
        );
    }
}

/// Words that count something of which there will be more.
const GROWING: [&str; 5] = ["exercises", "tasks", "lessons", "solutions", "packs"];

/// A count of exercises or lessons that is written into a page is wrong as soon as there is one more.
#[test]
fn no_page_counts_exercises_or_lessons_by_hand() {
    for (name, text) in pages() {
        if name == "kill-table" {
            continue; // written by `author kill-table`
        }
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            assert!(
                !(is_large_number(pair[0]) && GROWING.contains(&pair[1])),
                "{name}.md says \"{} {}\": use {{{{#count …}}}}, or leave the number out",
                pair[0],
                pair[1]
            );
        }
    }
}

fn is_large_number(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "hundred",
    ];
    WORDS.contains(&word.to_lowercase().as_str())
        || word.parse().is_ok_and(|number: u32| number >= 10)
}
