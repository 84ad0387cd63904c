//! Doc comments begin with a verb or a noun phrase, so that rustdoc's index reads well.

use crate::{root, rust_files};

/// Words that begin a clause, which says nothing by itself.
const CLAUSES: [&str; 9] = [
    "What", "Why", "Whether", "Where", "Who", "How", "Of", "That", "And",
];

#[test]
fn no_doc_comment_begins_with_a_clause() {
    let mut found = String::new();
    for folder in ["src", "tests", "solutions", "exercises", "book"] {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a file can be read");
            for number in clauses(&text) {
                let file = file.strip_prefix(root()).unwrap_or(&file);
                let line = text.lines().nth(number - 1).unwrap_or_default();
                found += &format!("{}:{number}: {}\n", file.display(), line.trim());
            }
        }
    }
    assert!(
        found.is_empty(),
        "expected a verb in the third person or a noun phrase, found:\n{found}"
    );
}

/// Returns the lines, from 1, in which a doc comment begins with a clause.
fn clauses(text: &str) -> Vec<usize> {
    let (mut found, mut inside) = (Vec::new(), false);
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_start();
        let comment = line.strip_prefix("///").or(line.strip_prefix("//!"));
        if let Some(comment) = comment.filter(|_| !inside) {
            let word = comment.split_whitespace().next().unwrap_or_default();
            if CLAUSES.contains(&word) {
                found.push(number);
            }
        }
        inside = comment.is_some();
    }
    found
}

#[test]
fn only_the_first_word_of_a_comment_counts() {
    let text = "/// Returns a number.\n/// What follows is a sentence.\nfn f() {}\n\n/// What it is.\nfn g() {}\n";
    assert_eq!(clauses(text), [5]);
}
