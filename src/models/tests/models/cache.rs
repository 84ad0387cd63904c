//! The cache of a model changes what is computed, and no result.

use attentive_models::{ExerciseReader, LanguageModel, Model, Reader, T5};
use ndarray::ArrayView1;

use crate::fixture::folder;

/// Rounding of numbers near 1: products of one row and of several add up in different orders.
const TOLERANCE: f32 = 1e-5;

const TEXT: [usize; 12] = [5, 17, 3, 42, 8, 8, 60, 1, 0, 33, 9, 24];

fn model(name: &str) -> Box<dyn LanguageModel> {
    let model = Model::open(&folder(name)).expect("a sound fixture");
    model.language_model().expect("a model that writes")
}

fn assert_close(found: ArrayView1<'_, f32>, expected: ArrayView1<'_, f32>, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let allowed = TOLERANCE * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= allowed,
            "{what}: {found} instead of {expected}"
        );
    }
}

/// All ways of a T5 to write for a source. None of them has read anything.
fn ways_of_t5<'a>(t5: &'a T5, source: &[usize]) -> [(&'static str, Reader<'a>); 3] {
    [
        ("on one thread", t5.cached(source, 1)),
        ("on three threads", t5.cached(source, 3)),
        ("by an exercise", t5.by_exercise(source)),
    ]
}

fn t5(name: &str) -> T5 {
    let model = Model::open(&folder(name)).expect("a sound fixture");
    model.t5().expect("a T5")
}

/// All caches of a model, with their names. None of them has read anything.
fn caches(model: &dyn LanguageModel) -> Vec<(String, Reader<'_>)> {
    let on = |threads: usize| (format!("on {threads} threads"), model.cached(threads));
    let mut all = vec![on(1), on(3)];
    match model.by_exercise() {
        ExerciseReader::OfModel(reader) | ExerciseReader::OfCache(reader) => {
            all.push(("by an exercise".to_owned(), reader));
        }
        ExerciseReader::Missing => (),
    }
    all
}

#[test]
fn every_split_of_a_text_gives_the_same_scores() {
    for (name, number) in [
        ("gpt2", 3),
        ("gpt2-half", 3),
        // The model of exercise 20 has no head of its own.
        ("gpt2-untied", 2),
        ("llama", 3),
        ("llama-tied", 3),
        ("llama-linear", 3),
        ("llama-3", 3),
    ] {
        let model = model(name);
        assert_eq!(caches(&*model).len(), number, "{name}");
        let beginnings = (1..=TEXT.len()).map(|length| model.next(&TEXT[..length]));
        let expected: Vec<_> = beginnings.collect();
        for first in 1..TEXT.len() {
            for second in first..=TEXT.len() {
                for (way, mut next) in caches(&*model) {
                    for text in [&TEXT[..first], &TEXT[..second], &TEXT] {
                        let what = format!("{name} {way} after {} tokens", text.len());
                        let expected = expected[text.len() - 1].view();
                        assert_close(next(text).view(), expected, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn a_text_that_takes_another_turn_is_not_taken_for_the_one_before() {
    let mut other = TEXT;
    other[4] = 50;
    for name in ["gpt2", "llama", "llama-3"] {
        let model = model(name);
        for (way, mut next) in caches(&*model) {
            // A beam is a text that shares a beginning with others. The last three are shorter than what was read, the same,
            // and new from the first token.
            let texts = [
                &TEXT[..],
                &other,
                &TEXT[..7],
                &TEXT[..3],
                &TEXT[..3],
                &TEXT[1..],
            ];
            for text in texts {
                let expected = model.next(text);
                let what = format!("{text:?} {name} {way}");
                assert_close(next(text).view(), expected.view(), &what);
            }
        }
    }
}

#[test]
fn every_split_of_a_target_gives_the_same_scores() {
    for name in ["t5", "t5-gated"] {
        let t5 = t5(name);
        let target = TEXT.map(|token| token % t5.config().vocabulary);
        for source in [&TEXT[..1], &TEXT[..5]] {
            let source: Vec<_> = source.iter().map(|token| token % 47).collect();
            let expected = t5.run(&source, &target).logits;
            for first in 1..target.len() {
                for (way, mut next) in ways_of_t5(&t5, &source) {
                    // The last two are a beam that shares a beginning with the one before, and a text that was read.
                    for length in [first, target.len(), first, target.len() - 1] {
                        let what = format!("{name} {way} after {length} tokens");
                        let expected = expected.row(length - 1);
                        assert_close(next(&target[..length]).view(), expected, &what);
                    }
                }
            }
        }
    }
}
