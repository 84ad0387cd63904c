//! Tiny checkpoints that the hub's library wrote, and what it computed with them: `src/reference/checkpoints.py`.

use attentive_models::{Encoder, ExerciseReader, Gpt, LanguageModel, Model, States};
use ndarray::{ArrayD, ArrayView2, Axis, stack};

use crate::expected::{Expected, TOLERANCE, batch_of_states};
use crate::fixture::folder;

/// Runs an encoder, and compares all that leads to its heads.
fn encoder(name: &'static str) -> (Encoder, States, Expected) {
    let expected = Expected::read(name);
    let Model::Encoder(encoder) = Model::open(&folder(name)).expect("a sound fixture") else {
        panic!("expected an encoder");
    };
    let (ids, types) = (expected.integers("ids"), expected.integers("types"));
    let mask = expected.integers("mask").mapv(|mask| mask == 1);
    let states = encoder.run(ids.view(), types.view(), mask.view());
    expected.assert_states(&states);
    let last = encoder.last_states(ids.view(), types.view(), mask.view());
    expected.assert_equal(
        &format!("hidden.{}", states.hidden.len() - 1),
        last.view().into_dyn(),
    );
    (encoder, states, expected)
}

fn fills_gaps(name: &'static str) {
    let (encoder, states, expected) = encoder(name);
    let logits = encoder.fill_mask(states.hidden.last().expect("a sound fixture").view());
    expected.assert_equal("logits", logits.expect("a sound fixture").view().into_dyn());
}

fn classifies_texts(name: &'static str) {
    let (encoder, states, expected) = encoder(name);
    let last = states.hidden.last().expect("a sound fixture");
    let logits = encoder.classify(last.view()).expect("a sound fixture");
    expected.assert_equal("logits", logits.view().into_dyn());
    let error = encoder
        .classify_tokens(last.view())
        .expect_err("no such head");
    assert!(error.to_string().contains("classifies tokens"), "{error}");
}

fn writes(name: &'static str) -> Gpt {
    let expected = Expected::read(name);
    let Model::Gpt(gpt) = Model::open(&folder(name)).expect("a sound fixture") else {
        panic!("expected a GPT");
    };
    let ids = expected.integers("ids");
    expected.assert_states(&gpt.run(ids.view()));
    let logits = gpt.all_logits(ids.view());
    expected.assert_equal("logits", logits.view().into_dyn());

    let text = ids.row(1).to_vec();
    let next = gpt.next(&text);
    let last = logits.slice(ndarray::s![1, -1, ..]);
    for (&next, &last) in next.iter().zip(last) {
        assert!((next - last).abs() <= TOLERANCE * last.abs().max(1.0));
    }
    gpt
}

/// Runs a Llama, compares all that it computes, and has it write.
fn llama(name: &'static str) {
    let expected = Expected::read(name);
    let model = Model::open(&folder(name)).expect("a sound fixture");
    let model = model.language_model().expect("a model that writes");
    let ids = expected.integers("ids");
    let (states, logits) = run_texts(&*model, ids.view());
    expected.assert_states(&states);
    expected.assert_equal("logits", logits.view());

    let generated = expected.integers("generated").row(0).to_vec();
    let ExerciseReader::OfModel(by_exercise) = model.by_exercise() else {
        panic!("exercise 21 has a cache");
    };
    let readers = [model.cached(2), by_exercise];
    for mut next in readers {
        let mut text = ids.row(0).to_vec();
        while text.len() < generated.len() {
            let scores = next(&text);
            let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            text.push(best.expect("a token").0);
        }
        assert_eq!(text, generated, "{name}");
    }
}

/// Runs a model on one text after another, and puts the results together.
fn run_texts(model: &dyn LanguageModel, ids: ArrayView2<'_, usize>) -> (States, ArrayD<f32>) {
    let texts = ids.outer_iter().map(|text| model.run(&text.to_vec()));
    let (states, logits): (Vec<_>, Vec<_>) = texts.unzip();
    let logits: Vec<_> = logits.iter().map(|logits| logits.view()).collect();
    let logits = stack(Axis(0), &logits).expect("texts of one length");
    (
        batch_of_states(&states.iter().collect::<Vec<_>>()),
        logits.into_dyn(),
    )
}

#[test]
fn bert_encodes() {
    let (encoder, states, _) = encoder("bert");
    let error = encoder
        .fill_mask(states.hidden.last().expect("a sound fixture").view())
        .expect_err("no such head");
    assert!(error.to_string().contains("fills gaps"), "{error}");
}

#[test]
fn bert_encodes_padded_texts_of_three_types() {
    encoder("bert-padded");
}

#[test]
fn bert_fills_gaps_with_norms_of_the_old_names() {
    fills_gaps("bert-fill-mask");
}

#[test]
fn bert_fills_gaps_with_a_decoder_of_its_own_in_bf16() {
    fills_gaps("bert-fill-mask-untied");
}

#[test]
fn bert_classifies_texts() {
    classifies_texts("bert-texts");
}

#[test]
fn distilbert_classifies_texts() {
    classifies_texts("distilbert-texts");
    classifies_texts("distilbert-texts-half");
}

#[test]
fn distilbert_classifies_tokens() {
    let (encoder, states, expected) = encoder("distilbert-tokens");
    assert_eq!(encoder.config().labels, ["bad", "fair", "good"]);
    let logits = encoder.classify_tokens(states.hidden.last().expect("a sound fixture").view());
    expected.assert_equal("logits", logits.expect("a sound fixture").view().into_dyn());
}

#[test]
fn albert_fills_gaps() {
    fills_gaps("albert-fill-mask");
    fills_gaps("albert-fill-mask-deep");
}

#[test]
fn gpt2_writes() {
    let gpt = writes("gpt2");
    assert_eq!(gpt.config().end_token, Some(96));
}

#[test]
fn gpt2_writes_in_f16() {
    writes("gpt2-half");
}

#[test]
fn gpt2_writes_with_a_head_of_its_own() {
    writes("gpt2-untied");
}

#[test]
fn llama_writes_with_wide_heads_in_groups() {
    llama("llama");
}

#[test]
fn llama_writes_with_a_tied_head_in_f16_and_the_old_spelling() {
    llama("llama-tied");
}

#[test]
fn llama_writes_with_frequencies_that_are_divided() {
    llama("llama-linear");
}

#[test]
fn llama_writes_with_the_frequencies_of_its_third_version() {
    llama("llama-3");
}
