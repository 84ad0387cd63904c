//! The cache of a GPT changes what is computed, and no result.

use attentive_models::{CachedGpt, ExerciseGpt, Gpt, Model};
use ndarray::{Array1, ArrayView1};

use crate::fixture::folder;

/// Rounding of numbers near 1: products of one row and of several add up in different orders.
const TOLERANCE: f32 = 1e-5;

const TEXT: [usize; 12] = [5, 17, 3, 42, 8, 8, 60, 1, 0, 33, 9, 24];

fn gpt(name: &str) -> Gpt {
    let Model::Gpt(gpt) = Model::open(&folder(name)).expect("a sound fixture") else {
        panic!("expected a GPT");
    };
    gpt
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

/// A model with a cache: the course's, or exercise 20's.
type Next<'a> = Box<dyn FnMut(&[usize]) -> Array1<f32> + 'a>;

/// All caches of a model, with their names. None of them has read anything.
fn caches(gpt: &Gpt) -> Vec<(String, Next<'_>)> {
    let mut all: Vec<(String, Next<'_>)> = Vec::new();
    for threads in [1, 3] {
        let mut cached = CachedGpt::new(gpt, threads);
        all.push((
            format!("on {threads} threads"),
            Box::new(move |text| cached.next(text)),
        ));
    }
    if let Some(mut cached) = ExerciseGpt::new(gpt) {
        let next = Box::new(move |text: &[usize]| cached.next(text));
        all.push(("by exercise 20".to_owned(), next));
    }
    all
}

#[test]
fn every_split_of_a_text_gives_the_same_scores() {
    for (name, number) in [("gpt2", 3), ("gpt2-half", 3), ("gpt2-untied", 2)] {
        let gpt = gpt(name);
        assert_eq!(caches(&gpt).len(), number, "{name}");
        let beginnings = (1..=TEXT.len()).map(|length| gpt.next(&TEXT[..length]));
        let expected: Vec<_> = beginnings.collect();
        for first in 1..TEXT.len() {
            for second in first..=TEXT.len() {
                for (way, mut next) in caches(&gpt) {
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
    let gpt = gpt("gpt2");
    let mut other = TEXT;
    other[4] = 50;
    for (way, mut next) in caches(&gpt) {
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
            let expected = gpt.next(text);
            let what = format!("{text:?} {way}");
            assert_close(next(text).view(), expected.view(), &what);
        }
    }
}
