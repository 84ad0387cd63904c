//! Answers that were stored, in later editions of the quiz.

use attentive_quiz::{Answer, Question, Quiz, StoredAnswer};

const QUIZ: &str = r#"
title = "Editions"

[[question]]
id = "one"
kind = "single"
prompt = "Which is right?"
choice = [
    { text = "First", why = "no" },
    { text = "Second", right = true, why = "yes" },
    { text = "Third", why = "no" },
]

[[question]]
id = "some"
kind = "multiple"
prompt = "Which are even?"
choice = [
    { text = "4", right = true, why = "yes" },
    { text = "5", why = "no" },
    { text = "6", right = true, why = "yes" },
]

[[question]]
id = "number"
kind = "number"
prompt = "How much?"
answer = 0.5
tolerance = 0.25
why = "half"
"#;

fn questions(text: &str) -> Vec<Question> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("editions.toml");
    std::fs::write(&path, text).expect("the quiz is written");
    Quiz::load(&path).expect("a good quiz").questions
}

/// Stores an answer to a question of the first edition, as a file has it.
fn stored(nth: usize, answer: &Answer) -> String {
    let question = &questions(QUIZ)[nth];
    serde_json::to_string(&question.store(answer)).expect("it can be written")
}

/// Recalls it in an edition in which a text is another.
fn recalled(nth: usize, stored: &str, from: &str, to: &str) -> (Option<Answer>, bool) {
    assert!(QUIZ.contains(from), "{from}");
    let question = &questions(&QUIZ.replacen(from, to, 1))[nth];
    let stored: StoredAnswer = serde_json::from_str(stored).expect("it was written");
    let answer = question.recall(&stored);
    let is_right = answer
        .as_ref()
        .is_some_and(|answer| question.accepts(answer));
    (answer, is_right)
}

fn choices(places: &[usize]) -> Option<Answer> {
    Some(Answer::Choices(places.to_vec()))
}

#[test]
fn what_was_chosen_is_found_wherever_it_stands() {
    let stored = stored(0, &Answer::Choices(vec![1]));
    let first = "    { text = \"First\", why = \"no\" },\n";
    let second = "    { text = \"Second\", right = true, why = \"yes\" },\n";
    let both = format!("{first}{second}");
    for (from, to, expected) in [
        ("", "", (choices(&[1]), true)),
        // Inserted, removed, moved.
        (
            first,
            &format!("    {{ text = \"New\", why = \"no\" }},\n{first}"),
            (choices(&[2]), true),
        ),
        (first, "", (choices(&[0]), true)),
        (&both, &format!("{second}{first}"), (choices(&[0]), true)),
        // It stands, and what is right is another now.
        (
            &both,
            &both
                .replace("right = true, ", "")
                .replace("\"First\"", "\"First\", right = true"),
            (choices(&[1]), false),
        ),
        // Other reasons, and other line breaks.
        ("why = \"yes\"", "why = \"because\"", (choices(&[1]), true)),
        (
            "Which is right?",
            "Which  is\\nright?",
            (choices(&[1]), true),
        ),
        // Another choice was reworded.
        ("\"Third\"", "\"The last\"", (choices(&[1]), true)),
        // What was chosen is gone, or what was asked.
        ("\"Second\"", "\"The second\"", (None, false)),
        ("Which is right?", "Which is wrong?", (None, false)),
        ("id = \"one\"", "id = \"other\"", (None, false)),
        ("kind = \"single\"", "kind = \"multiple\"", (None, false)),
    ] {
        assert_eq!(recalled(0, &stored, from, to), expected, "{to}");
    }
}

#[test]
fn several_choices_are_one_answer() {
    let stored = stored(1, &Answer::Choices(vec![2, 0]));
    for (from, to, expected) in [
        ("", "", (choices(&[2, 0]), true)),
        (
            "    { text = \"5\", why = \"no\" },\n",
            "",
            (choices(&[1, 0]), true),
        ),
        // One more is right: what was chosen is not all any more.
        (
            "{ text = \"5\", why",
            "{ text = \"8\", right = true, why",
            (choices(&[2, 0]), false),
        ),
        ("\"6\"", "\"7\"", (None, false)),
    ] {
        assert_eq!(recalled(1, &stored, from, to), expected, "{to}");
    }
}

#[test]
fn a_number_is_compared_with_what_is_right_now() {
    let stored = stored(2, &Answer::Number(0.6));
    let given = Some(Answer::Number(0.6));
    for (from, to, expected) in [
        ("", "", (given.clone(), true)),
        ("answer = 0.5", "answer = 5.0", (given, false)),
        ("How much?", "How many?", (None, false)),
    ] {
        assert_eq!(recalled(2, &stored, from, to), expected, "{to}");
    }
}

#[test]
fn no_two_questions_or_choices_have_the_same_key() {
    let mut keys = std::collections::BTreeSet::new();
    let mut all = 0;
    for question in questions(QUIZ) {
        assert!(keys.insert(question.key()));
        all += 1 + question.choices().len();
        keys.extend(question.choices().iter().map(|choice| choice.key()));
    }
    assert_eq!(keys.len(), all);
}
