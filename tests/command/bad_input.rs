//! Bad input: one clear error with the file, exit status 2, and nothing written.

use std::fs;

use crate::support::{ATTENTIVE, Checkout, HALVE, Ran};

/// Runs commands that have to be refused alike, and returns what they say.
fn refused(checkout: &Checkout, commands: &[&[&str]]) -> String {
    let before = checkout.files();
    let mut said: Vec<String> = Vec::new();
    for arguments in commands {
        let Ran { stdout, stderr, .. } = checkout.attentive(arguments).exits(2);
        assert_eq!(stdout, "", "{arguments:?}");
        assert!(checkout.files() == before, "{arguments:?} wrote something");
        said.push(stderr);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "all say the same");
    said.remove(0)
}

#[test]
fn a_pack_that_cannot_be_used() {
    let checkout = Checkout::toy("bad-pack");
    let pack = format!("{HALVE}/golden.safetensors");
    let good = fs::read(checkout.path(&pack)).expect("the pack is there");
    let commands: [&[&str]; 6] = [
        &[],
        &["status"],
        &["check"],
        &["check", "1", "--json"],
        &["watch"],
        &["hint", "1"],
    ];
    let mut texts = String::new();
    let mut record =
        |what: &str| texts += &format!("# {what}\n{}\n", refused(&checkout, &commands));

    fs::remove_file(checkout.path(&pack)).expect("it can be removed");
    record("missing");
    checkout.write(&pack, "not a pack");
    record("something else");
    checkout.write(&pack, &good[..good.len() - 5]);
    record("cut short");
    let header = String::from_utf8_lossy(&good);
    assert!(
        header.contains("\\\"format\\\":2,"),
        "the manifest is in the header"
    );
    let other: Vec<u8> = replace(&good, b"\\\"format\\\":2,", b"\\\"format\\\":1,");
    checkout.write(&pack, other);
    record("an older format");
    insta::assert_snapshot!(texts);
}

/// Bytes with one passage replaced by another of the same length.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("the passage is there");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn words_that_cannot_be_used() {
    let checkout = Checkout::toy("bad-words");
    checkout.replace(
        format!("{HALVE}/exercise.toml"),
        "minutes = ",
        "minutes = \"many\" # ",
    );
    let commands: [&[&str]; 4] = [&[], &["check"], &["watch"], &["hint", "1"]];
    insta::assert_snapshot!(refused(&checkout, &commands), @r#"error: exercises/01-halve/exercise.toml:3: invalid type: string "many", expected u32"#);
}

#[test]
fn names_that_are_unknown() {
    let checkout = Checkout::toy("bad-names");
    // The list grows with the course.
    let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let near: [&[&str]; 3] = [&["check", "havle"], &["hint", "havle"], &["reset", "havle"]];
    insta::assert_snapshot!(first(refused(&checkout, &near)), @"error: expected an exercise, found `havle`; did you mean `halve`? these are there:");
    insta::assert_snapshot!(first(refused(&checkout, &[&["check", "halve", "convolution"]])), @"error: expected an exercise, found `convolution`; these are there:");
    let list = refused(&checkout, &[&["check", "99"]]);
    assert!(list.contains("\n  01 halve\n"), "{list}");
}

#[test]
fn a_quiz_that_cannot_be_answered() {
    let checkout = Checkout::toy("bad-quiz");
    fs::remove_dir_all(checkout.path("book/quizzes")).expect("the quizzes can be removed");
    let quiz = |choices: &str| {
        format!(
            "title = \"Q\"\n\n[[question]]\nid = \"q\"\nkind = \"single\"\nprompt = \"?\"\n{choices}"
        )
    };
    let choice = |text: &str, more: &str| {
        format!("\n[[question.choice]]\ntext = \"{text}\"\nwhy = \"because\"\n{more}")
    };
    let mut texts = String::new();
    for (what, choices) in [
        (
            "no right answer",
            [choice("a", ""), choice("b", "")].concat(),
        ),
        (
            "two equal choices",
            [choice("a", "right = true\n"), choice("a", "")].concat(),
        ),
    ] {
        checkout.write("book/quizzes/q.toml", quiz(&choices));
        texts += &format!(
            "# {what}\n{}\n",
            refused(&checkout, &[&["quiz"], &["quiz", "q"]])
        );
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn no_course_where_one_is() {
    let checkout = Checkout::toy("bad-place");
    // Inside of the course any folder will do.
    let mut inside = checkout.command(ATTENTIVE, &["reset", "1"]);
    let status = inside
        .current_dir(checkout.path(format!("{HALVE}/src")))
        .status()
        .expect("it starts");
    assert_eq!(status.code(), Some(0));
    let outside = std::env::temp_dir();
    let mut outside_course = checkout.command(ATTENTIVE, &["status"]);
    let output = outside_course
        .current_dir(&outside)
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr)
        .expect("UTF-8")
        .replace(&outside.display().to_string(), "[here]");
    insta::assert_snapshot!(said, @"error: expected to be inside a checkout of Attentive (a folder with Cargo.toml, exercises and book), found [here]; change into the checkout");
}
