//! The file of reviews, and files that are none.

use std::collections::HashSet;

use text_classification::{Labelled, Reviews, ReviewsError, words};

/// The words of a text in lower case, without punctuation.
fn plain_words(text: &str) -> Vec<String> {
    let mut words = words(text);
    words.retain(|word| word.chars().any(char::is_alphanumeric));
    words
}

/// All words in a row, so many at a time.
fn runs(part: &Labelled, length: usize) -> HashSet<Vec<String>> {
    let mut runs = HashSet::new();
    for text in &part.texts {
        runs.extend(plain_words(text).windows(length).map(<[String]>::to_vec));
    }
    runs
}

#[test]
fn both_parts_are_balanced_and_no_text_is_there_twice() {
    let Reviews { training, held_out } = Reviews::of_course();
    for (part, texts) in [(&training, 200), (&held_out, 100)] {
        assert_eq!((part.texts.len(), part.labels.len()), (texts, texts));
        assert_eq!(part.labels.iter().sum::<usize>(), texts / 2);
    }
    let all: HashSet<&String> = training.texts.iter().chain(&held_out.texts).collect();
    assert_eq!(all.len(), 300);
}

#[test]
fn held_out_texts_have_no_three_words_in_a_row_with_training_texts() {
    let Reviews { training, held_out } = Reviews::of_course();
    let (training, held_out) = (runs(&training, 3), runs(&held_out, 3));
    let shared: Vec<_> = held_out.intersection(&training).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

#[test]
fn what_is_no_review_is_refused_with_its_line() {
    for (file, message) in [
        (
            "training\t1",
            "line 1: expected a part, a label and a text with tabs between them, found 2 columns",
        ),
        (
            "# a comment\n\ntraining\t1\tGood.\tfilm",
            "line 3: expected a part, a label and a text with tabs between them, found 4 columns",
        ),
        (
            "test\t1\tGood.",
            "line 1: expected the part `training` or `held-out`, found `test`",
        ),
        (
            "training\t0\tBad.\nheld-out\tpositive\tGood.",
            "line 2: expected the label 1 for a positive text or 0 for a negative one, found `positive`",
        ),
        (
            "training\t0\t ",
            "line 1: expected a text after the label, found none",
        ),
        (
            "training\t0\tBad.",
            "expected texts in the part `held-out`, found none; an experiment needs both parts",
        ),
    ] {
        let error = Reviews::parse(file).expect_err(file);
        assert_eq!(error.to_string(), message);
    }
    assert_eq!(
        Reviews::parse(""),
        Err(ReviewsError::Empty { part: "training" })
    );
}
