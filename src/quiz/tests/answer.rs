//! Right and wrong answers to questions of each kind.

use attentive_quiz::{Answer, Quiz};

const QUIZ: &str = r#"
title = "All kinds"

[[question]]
id = "one"
kind = "single"
prompt = "Which?"
choice = [{ text = "A", why = "not A" }, { text = "B", right = true, why = "B it is" }]

[[question]]
id = "some"
kind = "multiple"
prompt = "Which ones?"
choice = [
    { text = "A", right = true, why = "A is" },
    { text = "B", why = "B is not" },
    { text = "C", right = true, why = "C is" },
]

[[question]]
id = "number"
kind = "number"
prompt = "How much?"
answer = 0.5
tolerance = 0.25
why = "half"
"#;

fn quiz() -> Quiz {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("kinds.toml");
    std::fs::write(&path, QUIZ).expect("the quiz is written");
    Quiz::load(&path).expect("a good quiz")
}

#[test]
fn the_documented_example_is_a_good_quiz() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("example.toml");
    assert_eq!(Quiz::load(&path).expect("a good quiz").questions.len(), 2);
}

#[test]
fn a_quiz_is_named_after_its_file_and_knows_its_lines() {
    let quiz = quiz();
    assert_eq!(
        (quiz.name.as_str(), quiz.title.as_str()),
        ("kinds", "All kinds")
    );
    assert_eq!(
        quiz.questions
            .iter()
            .map(|question| question.line)
            .collect::<Vec<_>>(),
        [4, 10, 20]
    );
    assert_eq!(
        quiz.questions[1]
            .choices()
            .iter()
            .map(|choice| choice.line)
            .collect::<Vec<_>>(),
        [15, 16, 17]
    );
}

#[test]
fn single() {
    let quiz = quiz();
    let right = |chosen: &[usize]| quiz.questions[0].accepts(&Answer::Choices(chosen.to_vec()));
    assert!(right(&[1]));
    assert!(!right(&[0]) && !right(&[]) && !right(&[0, 1]) && !right(&[1, 7]));
}

#[test]
fn multiple_is_right_only_as_a_whole() {
    let quiz = quiz();
    let right = |chosen: &[usize]| quiz.questions[1].accepts(&Answer::Choices(chosen.to_vec()));
    assert!(right(&[2, 0]) && right(&[0, 2, 2]));
    assert!(!right(&[0]) && !right(&[0, 1, 2]) && !right(&[]));
}

#[test]
fn a_number_is_right_within_its_tolerance_and_not_beyond() {
    let quiz = quiz();
    let right = |given: f64| quiz.questions[2].accepts(&Answer::Number(given));
    assert!(right(0.5) && right(0.25) && right(0.75));
    assert!(!right(0.24) && !right(0.76) && !right(f64::NAN) && !right(f64::INFINITY));
}

#[test]
fn an_answer_of_another_kind_is_wrong() {
    let quiz = quiz();
    assert!(!quiz.questions[0].accepts(&Answer::Number(1.0)));
    assert!(!quiz.questions[2].accepts(&Answer::Choices(vec![])));
}
