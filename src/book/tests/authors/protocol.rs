//! The preprocessor as mdBook calls it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::fixture::{Book, LESSON};

fn preprocessor(arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_attentive-book"))
        .arg("preprocess")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // Those that do not read their input may be gone by now.
    let _ = program
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes());
    program.wait_with_output().expect("the command ends")
}

/// The message of mdBook 0.5 for a book of one chapter.
fn input(book: &Book, content: &str) -> String {
    let chapter = json!({ "Chapter": {
        "name": "Lesson", "content": content, "number": null, "sub_items": [],
        "path": "lesson.md", "source_path": "lesson.md", "parent_names": [],
    }});
    let context = json!({
        "root": book.root(), "config": { "book": {}, "preprocessor": { "attentive": {} } },
        "renderer": "html", "mdbook_version": "0.5.4",
    });
    json!([context, { "items": [chapter] }]).to_string()
}

#[test]
fn a_book_comes_back_with_its_lessons_rendered() {
    let book = Book::new();
    let output = preprocessor(&[], &input(&book, LESSON));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answer: Value = serde_json::from_slice(&output.stdout).expect("a book in JSON");
    let content = answer["items"][0]["Chapter"]["content"]
        .as_str()
        .expect("a chapter");
    assert!(
        content.contains("class=\"katex\"")
            && content.contains("<form")
            && content.contains("<svg")
    );
    assert!(!content.contains("{{#"));
}

#[test]
fn errors_end_with_2_and_no_book() {
    let book = Book::new();
    for (text, says) in [
        (
            input(&book, "{{#figure none}}"),
            "lesson.md:1: there is no figure \"none\"",
        ),
        ("[]".to_owned(), "error: mdBook's protocol: "),
    ] {
        let output = preprocessor(&[], &text);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).contains(says));
    }
}

#[test]
fn html_is_the_renderer_that_is_supported() {
    assert_eq!(
        preprocessor(&["supports", "html"], "").status.code(),
        Some(0)
    );
    assert_eq!(
        preprocessor(&["supports", "epub"], "").status.code(),
        Some(1)
    );
}
