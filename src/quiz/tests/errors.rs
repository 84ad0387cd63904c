//! The error that an author reads about a broken quiz: file, line and fix.

use std::fs;

use attentive_quiz::Quiz;

/// Returns the message for a quiz with this text, in a file `softmax.toml`.
fn message(text: &str) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("softmax.toml");
    fs::write(&path, text).expect("the quiz is written");
    let message = Quiz::load(&path)
        .expect_err("the quiz makes no sense")
        .to_string();
    message.replace(&format!("{}/", dir.path().display()), "")
}

const CHOICES: &str = r#"title = "Softmax"

[[question]]
id = "shift"
kind = "single"
prompt = "What does adding $c$ to every score do?"

[[question.choice]]
text = "Nothing"
right = true
why = "The factor $e^c$ cancels."

[[question.choice]]
text = "It flattens the weights"
why = "Only multiplying does."
"#;

const NUMBER: &str = r#"title = "Softmax"

[[question]]
id = "half"
kind = "number"
prompt = "Two equal scores: the weight of each?"
answer = 0.5
tolerance = 0.001
why = "They share a sum of one."
"#;

/// Each mistake: its name, a good quiz, a part of it, and the replacement that makes the mistake.
const MISTAKES: [(&str, &str, &str, &str); 25] = [
    ("no right choice", CHOICES, "right = true", "right = false"),
    (
        "two right choices in single",
        CHOICES,
        "why = \"Only",
        "right = true\nwhy = \"Only",
    ),
    (
        "two equal choices",
        CHOICES,
        "It flattens the weights",
        "Nothing",
    ),
    (
        "only one choice",
        CHOICES,
        "\n[[question.choice]]\ntext = \"Nothing\"\nright = true\nwhy = \"The factor $e^c$ cancels.\"\n",
        "",
    ),
    (
        "a choice without why",
        CHOICES,
        "why = \"Only multiplying does.\"\n",
        "",
    ),
    ("a choice without text", CHOICES, "text = \"Nothing\"\n", ""),
    ("an empty why", CHOICES, "Only multiplying does.", "  "),
    ("no id", CHOICES, "id = \"shift\"\n", ""),
    ("an empty id", CHOICES, "\"shift\"", "\"\""),
    ("an id with a space", CHOICES, "\"shift\"", "\"Adding c\""),
    ("no kind", CHOICES, "kind = \"single\"\n", ""),
    ("an unknown kind", CHOICES, "\"single\"", "\"sinlge\""),
    (
        "no prompt",
        CHOICES,
        "prompt = \"What does adding $c$ to every score do?\"\n",
        "",
    ),
    ("no title", CHOICES, "title = \"Softmax\"\n", ""),
    (
        "an unknown key",
        CHOICES,
        "why = \"Only",
        "because = \"Only",
    ),
    (
        "a value of the wrong type",
        CHOICES,
        "right = true",
        "right = \"yes\"",
    ),
    ("a syntax error", CHOICES, "id = \"shift\"", "id = \"shift"),
    (
        "a key given twice",
        CHOICES,
        "id = \"shift\"",
        "id = \"shift\"\nid = \"shifted\"",
    ),
    (
        "a number in a question with choices",
        CHOICES,
        "kind = \"single\"",
        "kind = \"single\"\nanswer = 1.0",
    ),
    ("a number without answer", NUMBER, "answer = 0.5\n", ""),
    (
        "a number without tolerance",
        NUMBER,
        "tolerance = 0.001\n",
        "",
    ),
    (
        "a number without why",
        NUMBER,
        "why = \"They share a sum of one.\"\n",
        "",
    ),
    ("a negative tolerance", NUMBER, "0.001", "-0.001"),
    ("an infinite answer", NUMBER, "0.5", "inf"),
    (
        "a number with choices",
        NUMBER,
        "why = \"They",
        "choice = [{ text = \"half\" }]\nwhy = \"They",
    ),
];

#[test]
fn each_mistake_has_one_message_with_its_line_and_its_fix() {
    let mut messages = String::new();
    for (mistake, good, from, to) in MISTAKES {
        assert!(
            good.contains(from),
            "{mistake}: {from:?} is not in the good quiz"
        );
        messages += &format!("# {mistake}\n{}\n\n", message(&good.replacen(from, to, 1)));
    }
    messages += &format!("# no question\n{}\n", message("title = \"Softmax\"\n"));
    insta::assert_snapshot!(messages);
}

#[test]
fn an_id_used_twice_names_both_places() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("a.toml"), NUMBER).expect("written");
    fs::write(dir.path().join("b.toml"), format!("# a comment\n{NUMBER}")).expect("written");
    let message = Quiz::load_all(dir.path())
        .expect_err("the id is there twice")
        .to_string();
    insta::assert_snapshot!(message.replace(&format!("{}/", dir.path().display()), ""));
}

#[test]
fn a_missing_file_is_named() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let message = Quiz::load(&dir.path().join("none.toml"))
        .expect_err("no such file")
        .to_string();
    insta::assert_snapshot!(message.replace(&format!("{}/", dir.path().display()), ""));
}
