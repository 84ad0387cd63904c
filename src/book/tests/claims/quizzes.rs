//! Checks of all quizzes: every numeric answer, the numbers in reasons, and claims about choices.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use attentive_quiz::{Kind, Question, Quiz};

use crate::lessons;

/// The claims of one quiz that code can check.
pub(crate) struct QuizClaims {
    /// The answers to questions of kind "number", by id, computed.
    pub(crate) numbers: &'static [Number],
    /// Checks of choices, by the question's id; they panic.
    pub(crate) checks: &'static [Check],
    /// The wrong numbers that reasons mention: "If you found 0.114, you masked after the softmax".
    pub(crate) slips: &'static [Slip],
}

/// The id of a question, and the computation of its answer.
type Number = (&'static str, fn() -> f64);
/// The id of a question, and a check of its choices.
type Check = (&'static str, fn());
/// The id of a question, a wrong number as its reason writes it, and the computation that leads to it.
type Slip = (&'static str, &'static str, fn() -> f32);

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn all() -> Vec<Quiz> {
    Quiz::load_all(&course().join("book/quizzes")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_numeric_answer_is_computed() {
    let mut computed: BTreeMap<&str, fn() -> f64> = lessons::ALL
        .iter()
        .flat_map(|(_, quiz)| quiz.numbers)
        .copied()
        .collect();
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
    for (id, check) in lessons::ALL.iter().flat_map(|(_, quiz)| quiz.checks) {
        assert!(asked.contains(id), "no question has the id {id}");
        println!("{id}"); // which is shown if the check panics
        check();
    }
}

/// Returns the ids of the mistakes that the grader knows.
fn mistakes() -> BTreeSet<String> {
    let exercises = fs::read_dir(course().join("exercises")).expect("the exercises");
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

/// Returns the code in the reasons of a question that looks like the id of a mistake.
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

/// Taking the longest choice, or the shortest, is no better than guessing.
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

#[test]
fn slips_lead_to_the_numbers_that_reasons_say() {
    for quiz in all() {
        for question in quiz.questions {
            let Kind::Number {
                answer,
                tolerance,
                why,
            } = &question.kind
            else {
                continue;
            };
            let slips: Vec<_> = lessons::ALL
                .iter()
                .flat_map(|(_, quiz)| quiz.slips)
                .filter(|(id, ..)| *id == question.id)
                .collect();
            assert_eq!(
                why.contains("If you "),
                !slips.is_empty(),
                "{}: {why}",
                question.id
            );
            for (id, said, slip) in slips {
                assert!(why.contains(said), "{id}: the reason does not say {said}");
                let number: f64 = said
                    .replace('−', "-")
                    .replace(',', "")
                    .parse()
                    .expect("a number");
                let decimals = said
                    .split_once('.')
                    .map_or(0, |(_, decimals)| decimals.len() as i32);
                let found = f64::from(slip());
                assert!(
                    (found - number).abs() <= 0.51 * 10_f64.powi(-decimals),
                    "{id}: {found}, said {said}"
                );
                assert!(
                    (found - answer).abs() > *tolerance,
                    "{id}: {said} would pass"
                );
            }
        }
    }
}
