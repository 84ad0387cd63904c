//! The trained model at work, in `ndarray`.

use ndarray::Axis;
use transformer::{END, NotALetter, START, Weights, WeightsError, reading, reverse, tokens, word};

#[test]
fn words_come_out_backwards() {
    for word in [
        "a",
        "rust",
        "ferris",
        "attention",
        "mississippi",
        "transformer",
        "preppepper",
    ] {
        let backwards: String = word.chars().rev().collect();
        assert_eq!(reverse(word), Ok(backwards));
    }
}

#[test]
fn what_is_no_letter_is_refused() {
    assert_eq!(reverse("Ferris"), Err(NotALetter('F')));
    assert_eq!(reverse("é"), Err(NotALetter('é')));
    assert_eq!(
        NotALetter('1').to_string(),
        "expected a word of the letters from a to z, found `1`"
    );
}

#[test]
fn words_and_tokens() {
    assert_eq!(tokens("az"), Ok(vec![3, 28, END]));
    assert_eq!(word(&[START, 3, 28, END, 0, 29]), "<az>··");
}

/// The last block reads each letter that it writes from its place in the source: from right to left.
#[test]
fn cross_attention_goes_from_right_to_left() {
    let reading = reading("attention").expect("nine letters");
    assert_eq!(reading.read.concat(), "attention>");
    assert_eq!(reading.given.concat(), "<noitnetta");
    assert_eq!(reading.written.concat(), "noitnetta>");
    let last = reading
        .weights
        .last()
        .expect("a block")
        .mean_axis(Axis(0))
        .expect("a head");
    for (written, row) in last.outer_iter().take(9).enumerate() {
        assert!(row[8 - written] > 0.5, "{row}");
    }
}

#[test]
fn bytes_that_are_no_weights_are_errors() {
    let bytes = include_bytes!("../../../exercises/13-transformer/model.safetensors");
    assert!(matches!(
        Weights::from_bytes(&bytes[..bytes.len() - 1]),
        Err(WeightsError::Format(_))
    ));
    let incomplete = Weights::new(
        [(
            "decoder.w_1".to_owned(),
            ndarray::Array3::zeros((1, 2, 2)).into_dyn(),
        )]
        .into(),
        1,
    );
    let error = incomplete.model().expect_err("an embedding is missing");
    assert_eq!(
        error.to_string(),
        "expected weights called `embedding`, found none of that name"
    );
}
