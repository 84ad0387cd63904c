//! Properties of quizzes: any file is read or refused, and a quiz that was written is read as it was.

use std::fs;

use attentive_quiz::{Answer, Kind, Quiz, plain_text};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

fn load(text: &[u8]) -> Result<Quiz, String> {
    let dir: TempDir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("quiz.toml");
    fs::write(&path, text).expect("written");
    Quiz::load(&path).map_err(|error| error.to_string())
}

/// A part of a quiz file, or something that resembles one.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("title = \"T\"\n".to_owned()),
        Just("[[question]]\n".to_owned()),
        Just("[[question.choice]]\n".to_owned()),
        Just("right = true\n".to_owned()),
        "kind = \"(single|multiple|number|other)\"\n",
        "(id|prompt|text|why) = \"[a-z -]{0,9}\"\n",
        "(answer|tolerance) = (-?[0-9]{1,4}\\.[0-9]|nan|inf|-inf|1e308)\n",
        "\\PC{0,20}\n",
    ]
}

/// Text that TOML's literal strings can hold and that a quiz keeps as it is.
const TEXT: &str = "[a-zA-Z0-9$][a-zA-Z0-9 $_^{},.é–]{0,20}[a-z0-9$]";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_file_is_read_or_refused_with_its_line(parts in vec(fragment(), 0..20)) {
        match load(parts.concat().as_bytes()) {
            Ok(quiz) => prop_assert!(!quiz.questions.is_empty()),
            Err(message) => prop_assert!(message.contains("quiz.toml:") && message.contains("fix: ")),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..100)) {
        let _ = load(&bytes);
    }

    #[test]
    fn questions_are_read_as_they_were_written(
        title in TEXT,
        prompt in TEXT,
        choices in vec((TEXT, any::<bool>(), TEXT), 2..5),
    ) {
        let mut texts: Vec<&String> = choices.iter().map(|(text, ..)| text).collect();
        texts.sort();
        texts.dedup();
        prop_assume!(texts.len() == choices.len() && choices.iter().any(|(_, right, _)| *right));
        let mut file = format!(
            "title = '{title}'\n[[question]]\nid = \"q\"\nkind = \"multiple\"\nprompt = '{prompt}'\n"
        );
        for (text, right, why) in &choices {
            file += &format!("[[question.choice]]\ntext = '{text}'\nright = {right}\nwhy = '{why}'\n");
        }
        let quiz = load(file.as_bytes()).expect("a good quiz");
        prop_assert_eq!(quiz.title, title);
        let question = &quiz.questions[0];
        prop_assert_eq!(&question.prompt, &prompt);
        let mut right = Vec::new();
        for (i, (read, (text, is_right, why))) in question.choices().iter().zip(&choices).enumerate() {
            prop_assert_eq!((&read.text, read.right, &read.why), (text, *is_right, why));
            right.extend(is_right.then_some(i));
        }
        prop_assert!(question.accepts(&Answer::Choices(right)));
    }

    #[test]
    fn numbers_are_right_within_their_tolerance(
        answer in -1e6..1e6_f64,
        tolerance in 1e-6..1e3_f64,
        off in -3.0..3.0_f64,
    ) {
        let file = format!(
            "title = 't'\n[[question]]\nid = 'n'\nkind = 'number'\nprompt = 'p'\nanswer = {answer:?}\n\
             tolerance = {tolerance:?}\nwhy = 'w'\n"
        );
        let quiz = load(file.as_bytes()).expect("a good quiz");
        let question = &quiz.questions[0];
        let expected = Kind::Number { answer, tolerance, why: "w".to_owned() };
        prop_assert_eq!(&question.kind, &expected);
        prop_assume!((off.abs() - 1.0).abs() > 1e-6); // at the edge, rounding decides
        let given = Answer::Number(answer + off * tolerance);
        prop_assert_eq!(question.accepts(&given), off.abs() < 1.0);
    }

    #[test]
    fn any_formula_is_written_in_plain_letters(text in r"([$\\{}_^a-z0-9 ]|\\frac|\\sqrt|\\text){0,40}|\PC{0,60}") {
        let plain = plain_text(&text);
        if !text.contains('$') {
            prop_assert_eq!(plain, text);
        }
    }
}
