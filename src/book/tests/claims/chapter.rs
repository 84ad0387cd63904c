//! `adding-an-exercise.md` shows a region by its lines: marks for mdBook do not belong into what learners read.

use std::fs;
use std::path::Path;

#[test]
fn the_lines_that_authors_are_shown_are_a_function_with_its_region() {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| {
        fs::read_to_string(course.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let page = read("book/src/adding-an-exercise.md");
    let included = "solutions/05-scaled-dot-product/src/lib.rs";
    let (_, lines) = page
        .split_once(&format!("{included}:"))
        .expect("the page includes it");
    let (first, rest) = lines.split_once(':').expect("a first line");
    let (last, _) = rest.split_once('}').expect("a last line");
    let (first, last): (usize, usize) = (
        first.parse().expect("a number"),
        last.parse().expect("a number"),
    );

    let source = read(included);
    let shown: Vec<&str> = source
        .lines()
        .skip(first - 1)
        .take(last + 1 - first)
        .collect();
    assert!(
        shown[0].starts_with("/// How well each query"),
        "the first line is {}",
        shown[0]
    );
    assert_eq!(shown.last(), Some(&"}"));
    for mark in ["// region: solution \"", "// endregion"] {
        assert!(
            shown.iter().any(|line| line.trim().starts_with(mark)),
            "there is no {mark}"
        );
    }
}
