//! What the quizzes claim: every numeric answer, and what can be checked of the choices.

mod attention;
mod blocks;
mod models;
mod slips;
mod translation;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use attentive_quiz::{Kind, Question, Quiz};

/// The answers to questions of kind "number", computed.
type Numbers = &'static [(&'static str, fn() -> f64)];
/// The questions whose choices are checked, and the checks, which panic.
type Checks = &'static [(&'static str, fn())];

const NUMBERS: [Numbers; 3] = [attention::NUMBERS, blocks::NUMBERS, models::NUMBERS];
const CHECKS: [Checks; 4] = [
    attention::CHECKS,
    blocks::CHECKS,
    models::CHECKS,
    translation::CHECKS,
];

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn all() -> Vec<Quiz> {
    Quiz::load_all(&course().join("book/quizzes")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_numeric_answer_is_computed() {
    let mut computed: BTreeMap<&str, fn() -> f64> =
        NUMBERS.into_iter().flatten().copied().collect();
    for question in all().iter().flat_map(|quiz| &quiz.questions) {
        let Kind::Number {
            answer, tolerance, ..
        } = &question.kind
        else {
            continue;
        };
        let compute = computed.remove(question.id.as_str());
        let compute =
            compute.unwrap_or_else(|| panic!("nothing computes the answer to {}", question.id));
        // Half of the tolerance, so that readers may round.
        let (computed, most) = (compute(), tolerance / 2.0);
        assert!(
            (computed - answer).abs() <= most,
            "{}: computed {computed}, claimed {answer}",
            question.id
        );
    }
    assert!(
        computed.is_empty(),
        "no numeric question has the ids {:?}",
        computed.keys()
    );
}

#[test]
fn what_is_claimed_of_choices_holds() {
    let quizzes = all();
    let asked: BTreeSet<&str> = quizzes
        .iter()
        .flat_map(|quiz| &quiz.questions)
        .map(|question| question.id.as_str())
        .collect();
    for (id, check) in CHECKS.into_iter().flatten() {
        assert!(asked.contains(id), "no question has the id {id}");
        println!("{id}"); // which is shown if the check panics
        check();
    }
}

/// The ids of the mistakes that the grader knows.
fn mistakes() -> BTreeSet<String> {
    let exercises = fs::read_dir(course().join("solutions")).expect("the solutions");
    let words = exercises
        .filter_map(|folder| fs::read_to_string(folder.ok()?.path().join("exercise.toml")).ok());
    let ids = |words: String| {
        let words: toml::Table = words.parse().expect("TOML");
        let mistakes = words
            .get("mistake")
            .and_then(toml::Value::as_array)
            .cloned()
            .unwrap_or_default();
        mistakes
            .into_iter()
            .filter_map(|mistake| Some(mistake.get("id")?.as_str()?.to_owned()))
    };
    words.flat_map(ids).collect()
}

/// What stands between backticks in the reasons of a question and is written like the id of a mistake.
fn named(question: &Question) -> Vec<&str> {
    let reasons: Vec<&str> = match &question.kind {
        Kind::Number { why, .. } => vec![why],
        Kind::Single(choices) | Kind::Multiple(choices) => {
            choices.iter().map(|choice| choice.why.as_str()).collect()
        }
    };
    let code = reasons
        .iter()
        .flat_map(|why| why.split('`').skip(1).step_by(2));
    code.filter(|code| {
        code.contains('-') && code.chars().all(|c| c == '-' || c.is_ascii_lowercase())
    })
    .collect()
}

#[test]
fn the_mistakes_that_reasons_name_are_those_of_the_grader() {
    let (known, quizzes) = (mistakes(), all());
    for question in quizzes.iter().flat_map(|quiz| &quiz.questions) {
        for id in named(question) {
            assert!(
                known.contains(id),
                "{}: the grader knows no mistake {id}",
                question.id
            );
        }
    }
}

/// Who takes the longest choice, or the shortest, should do no better than who guesses.
#[test]
fn the_length_of_a_choice_does_not_give_it_away() {
    let (mut longest, mut shortest, mut guessed) = (0.0, 0.0, 0.0);
    for question in all().iter().flat_map(|quiz| &quiz.questions) {
        let Kind::Single(choices) = &question.kind else {
            continue;
        };
        let lengths = choices.iter().map(|choice| choice.text.chars().count());
        let right = choices
            .iter()
            .find(|choice| choice.right)
            .map(|choice| choice.text.chars().count());
        longest += f64::from(u8::from(right == lengths.clone().max()));
        shortest += f64::from(u8::from(right == lengths.min()));
        guessed += 1.0 / choices.len() as f64;
    }
    for found in [longest, shortest] {
        assert!(
            (0.6..1.3).contains(&(found / guessed)),
            "{longest} longest, {shortest} shortest, {guessed} guessed"
        );
    }
}

#[test]
fn each_quiz_is_asked_on_the_page_that_has_its_name() {
    for quiz in all() {
        let page = if quiz.name == "transformers" {
            "quiz"
        } else {
            &quiz.name
        };
        let path = course().join(format!("book/src/{page}.md"));
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let directive = format!("{{{{#quiz {}}}}}", quiz.name);
        assert!(
            text.contains(&directive),
            "{} does not ask its quiz, {directive}",
            path.display()
        );
    }
}
