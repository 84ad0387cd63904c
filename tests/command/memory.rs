//! Progress between calls: hints, quiz answers, and a file that survives being killed while it is written.

use std::io::Write;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{ATTENTIVE, Checkout, HALVE, kill, wait};

const PROGRESS: &str = ".attentive/progress.json";

#[test]
fn hints_come_one_by_one_and_a_reset_keeps_what_was_there() {
    let checkout = Checkout::toy("hints");
    let mut text = String::new();
    for arguments in [&["hint", "1"][..], &["hint", "1"], &["hint", "1", "--more"]] {
        let ran = checkout.attentive(arguments).exits(0);
        text += &format!("$ attentive {}\n{}\n", arguments.join(" "), ran.stdout);
    }
    for _ in 0..10 {
        checkout.attentive(&["hint", "1", "--more"]).exits(0);
    }
    text += &checkout.attentive(&["hint", "1"]).exits(0).stdout;
    insta::assert_snapshot!(text);

    let stub = checkout.read(format!("{HALVE}/src/lib.rs"));
    let reset = || checkout.attentive(&["reset", "1"]).exits(0).stdout;
    let mut text = reset();
    for mine in ["// mine\n", "// mine again\n"] {
        checkout.write(format!("{HALVE}/src/lib.rs"), mine);
        text += &reset();
        assert_eq!(checkout.read(format!("{HALVE}/src/lib.rs")), stub);
    }
    insta::assert_snapshot!(text, @r#"
    exercises/01-halve/src/lib.rs is the stub already
    exercises/01-halve/src/lib.rs is the stub again; what you had is in exercises/01-halve/src/lib.rs.bak-1
    exercises/01-halve/src/lib.rs is the stub again; what you had is in exercises/01-halve/src/lib.rs.bak-2
    "#);
    assert_eq!(
        checkout.read(format!("{HALVE}/src/lib.rs.bak-1")),
        "// mine\n"
    );
    assert_eq!(
        checkout.read(format!("{HALVE}/src/lib.rs.bak-2")),
        "// mine again\n"
    );
}

#[test]
fn a_quiz_gives_reasons_and_remembers() {
    let checkout = Checkout::toy("quiz");
    only_quiz(&checkout, QUIZ);
    // With this seed, the questions come in another order than in the file, as their choices do.
    let quiz = |typed: &str| checkout.typing(&["quiz", "small", "--seed", "7"], typed);
    let first = quiz("x\nc\na b\n1,5\n").exits(1);
    insta::assert_snapshot!(first.stdout);
    // Only what was wrong is asked again.
    let second = quiz("").exits(1);
    insta::assert_snapshot!(second.stdout);
    let stopped = quiz("q\n").exits(1);
    assert_eq!(stopped.stdout, second.stdout);
    insta::assert_snapshot!(checkout.read(PROGRESS));
    let unknown = checkout.attentive(&["quiz", "smal"]).exits(2);
    insta::assert_snapshot!(unknown.stderr, @"error: expected a quiz, found `smal`; did you mean `small`? these are there: small");
}

#[test]
fn an_answer_stays_with_its_choice_in_each_edition() {
    let checkout = Checkout::toy("editions");
    only_quiz(&checkout, QUIZ);
    let right = |expected: usize| {
        let said = checkout.attentive(&["status"]).exits(1).stdout;
        assert!(
            said.contains(&format!("quiz      {expected} of 3 questions")),
            "{said}"
        );
    };
    let typed = "c\nb c\n1,5\n";
    checkout
        .typing(&["quiz", "small", "--seed", "7"], typed)
        .exits(0);
    right(3);
    let choice = |text: &str, more: &str| format!("[[question.choice]]\ntext = \"{text}\"\n{more}");
    let first = choice("2", "right = true\n");
    for (from, to, expected) in [
        // A choice is inserted, removed, reworded, or stands elsewhere.
        (
            first.clone(),
            format!("{}why = \"No.\"\n\n{first}", choice("3", "")),
            3,
        ),
        (
            format!("{}why = \"Odd.\"\n", choice("5", "")),
            String::new(),
            3,
        ),
        (
            "text = \"11\"".to_owned(),
            "text = \"eleven\"".to_owned(),
            3,
        ),
        (
            "text = \"2\"\nright = true".to_owned(),
            "text = \"two\"\nright = true".to_owned(),
            2,
        ),
        // Another choice is right now, or one more is, or another number.
        (
            "text = \"5\"".to_owned(),
            "text = \"8\"\nright = true".to_owned(),
            2,
        ),
        ("answer = 1.5".to_owned(), "answer = 2.5".to_owned(), 2),
        // Something else is asked.
        (
            "Which are even?".to_owned(),
            "Which are composite?".to_owned(),
            2,
        ),
    ] {
        assert!(QUIZ.contains(&from), "{from}");
        checkout.write("book/quizzes/small.toml", QUIZ.replacen(&from, &to, 1));
        right(expected);
    }
    only_quiz(&checkout, QUIZ);
    right(3);

    // Earlier versions stored no more than this, whatever the question was then. Nothing else of the file is lost.
    let old =
        r#"{"version": 1, "hints": {"halve": {"halve": 2}}, "quiz": {"one": true, "some": false}}"#;
    checkout.write(PROGRESS, old);
    right(0);
    let hints = checkout.attentive(&["hint", "1"]).exits(0).stdout;
    assert!(hints.contains("hint 2 of 3"), "{hints}");
    checkout
        .typing(&["quiz", "small", "--seed", "7"], typed)
        .exits(0);
    right(3);
}

#[test]
fn answers_are_carried_to_another_checkout_and_to_the_book() {
    let checkout = Checkout::toy("answers-from");
    only_quiz(&checkout, QUIZ);
    checkout
        .typing(&["quiz", "small", "--seed", "7"], "c\nb c\n1,5\n")
        .exits(0);
    let exported = checkout.attentive(&["quiz", "--export"]).exits(0).stdout;
    insta::assert_snapshot!(exported);

    let other = Checkout::toy("answers-to");
    only_quiz(&other, QUIZ);
    other.write("answers.json", &exported);
    let imported = other
        .attentive(&["quiz", "--import", "answers.json"])
        .exits(0);
    insta::assert_snapshot!(imported.stdout, @"3 answers taken over");
    let status = other.attentive(&["status"]).exits(1).stdout;
    assert!(status.contains("quiz      3 of 3 questions"), "{status}");

    // What the book writes: one answer, as a number without decimals, from standard input.
    let key = exported.split('"').nth(5).expect("the key of a question");
    let one = format!("{{\"number\": {{\"question\": \"{key}\", \"number\": 2}}}}");
    let typed = other.typing(&["quiz", "--import", "-"], &one).exits(0);
    insta::assert_snapshot!(typed.stdout, @"1 answer taken over");
    let status = other.attentive(&["status"]).exits(1).stdout;
    assert!(status.contains("quiz      2 of 3 questions"), "{status}");

    // A page on which questions were asked anew has no answers to them.
    let forgotten = "{\"number\": null, \"never\": null}";
    let typed = other.typing(&["quiz", "--import", "-"], forgotten).exits(0);
    insta::assert_snapshot!(typed.stdout, @"0 answers taken over, 2 forgotten");
    let left = other.attentive(&["quiz", "--export"]).exits(0).stdout;
    assert!(!left.contains("number"), "{left}");

    other.write("answers.json", "{\"one\": true}");
    let refused = other
        .attentive(&["quiz", "--import", "answers.json"])
        .exits(2);
    insta::assert_snapshot!(refused.stderr);
}

/// A question of each kind.
const QUIZ: &str = r#"title = "A small quiz"

[[question]]
id = "one"
kind = "single"
prompt = "How much is $1 + 1$?"

[[question.choice]]
text = "2"
right = true
why = "$1 + 1 = 2$."

[[question.choice]]
text = "11"
why = "Those are two ones side by side."

[[question.choice]]
text = "$\\sqrt{2}$"
why = "That is the length of the diagonal."

[[question]]
id = "some"
kind = "multiple"
prompt = "Which are even?"

[[question.choice]]
text = "4"
right = true
why = "Twice 2."

[[question.choice]]
text = "5"
why = "Odd."

[[question.choice]]
text = "6"
right = true
why = "Twice 3."

[[question]]
id = "number"
kind = "number"
prompt = "Half of 3?"
answer = 1.5
tolerance = 0.01
why = "$3/2$."
"#;

#[test]
fn progress_is_readable_after_a_kill_at_any_moment() {
    const QUESTIONS: usize = 30;
    let checkout = Checkout::toy("killed");
    let questions: String = (0..QUESTIONS)
        .map(|nth| QUESTION.replace("[nth]", &nth.to_string()))
        .collect();
    only_quiz(&checkout, &format!("title = \"Many\"\n{questions}"));
    let answers = || {
        let bytes = std::fs::read(checkout.path(PROGRESS)).ok()?;
        let progress: Value = serde_json::from_slice(&bytes).expect("whole JSON at any moment");
        Some(progress["quiz"].as_object().expect("an object").len())
    };
    for given in 0..QUESTIONS {
        let mut quiz = checkout.command(ATTENTIVE, &["quiz", "--seed", "1"]);
        let mut quiz = quiz.stdin(Stdio::piped()).spawn().expect("it starts");
        let mut keyboard = quiz.stdin.take().expect("a pipe");
        keyboard
            .write_all("a\n".repeat(given).as_bytes())
            .expect("the quiz reads");
        wait(|| answers().unwrap_or(0) == given).expect("what is answered is remembered");
        // The kill comes at some moment of writing the next answer.
        keyboard.write_all(b"a\n").expect("the quiz reads");
        thread::sleep(Duration::from_micros(100 * given as u64));
        kill(quiz);
        let written = answers().unwrap_or(0);
        assert!((given..=given + 1).contains(&written), "{written}");
        let _ = std::fs::remove_file(checkout.path(PROGRESS));
    }
    let left = checkout
        .files()
        .into_keys()
        .filter(|file| file.starts_with(".attentive"))
        .count();
    assert!(
        left <= 2,
        "at most the lock and one half-written copy are left, not {left}"
    );
}

/// Makes this the only quiz.
fn only_quiz(checkout: &Checkout, text: &str) {
    std::fs::remove_dir_all(checkout.path("book/quizzes")).expect("the quizzes can be removed");
    checkout.write("book/quizzes/small.toml", text);
}

/// A question of a quiz that is only long.
const QUESTION: &str = r#"
[[question]]
id = "q[nth]"
kind = "single"
prompt = "Which?"
choice = [{ text = "This", right = true, why = "Yes." }, { text = "That", why = "No." }]
"#;

#[test]
fn a_damaged_progress_file_is_moved_aside() {
    let checkout = Checkout::toy("damaged");
    only_quiz(&checkout, QUIZ);
    checkout.write(PROGRESS, "{\"version\": 1, \"exercises\":");
    let ran = checkout.typing(&["quiz", "--seed", "7"], "a\nq\n").exits(1);
    insta::assert_snapshot!(ran.stderr, @"note: .attentive/progress.json was damaged, so you start with an empty one; the old one is .attentive/progress.json.bak-1");
    assert_eq!(
        checkout.read(".attentive/progress.json.bak-1"),
        "{\"version\": 1, \"exercises\":"
    );

    checkout.write(PROGRESS, "{\"version\": 7}");
    let ran = checkout.typing(&["quiz", "--seed", "7"], "a\nq\n").exits(2);
    insta::assert_snapshot!(ran.stderr, @"error: .attentive/progress.json: expected version 1, found 7; it was written by a different version of the course: use that one, or delete the file to start again");
    assert_eq!(checkout.read(PROGRESS), "{\"version\": 7}");
}
