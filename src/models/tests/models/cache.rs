//! The cache of a GPT changes what is computed, and no result.

use attentive_models::{CachedGpt, Gpt, Model};
use ndarray::ArrayView1;

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

#[test]
fn every_split_of_a_text_gives_the_same_scores() {
    for name in ["gpt2", "gpt2-half", "gpt2-untied"] {
        let gpt = gpt(name);
        for threads in [1, 3] {
            for first in 1..TEXT.len() {
                for second in first..=TEXT.len() {
                    let mut cached = CachedGpt::new(&gpt, threads);
                    for text in [&TEXT[..first], &TEXT[..second], &TEXT] {
                        let expected = gpt.next(text);
                        let what = format!("{name} after {} tokens", text.len());
                        assert_close(cached.next(text).view(), expected.view(), &what);
                    }
                }
            }
        }
    }
}

#[test]
fn a_text_that_takes_another_turn_is_not_taken_for_the_one_before() {
    let gpt = gpt("gpt2");
    let mut cached = CachedGpt::new(&gpt, 1);
    let mut other = TEXT;
    other[4] = 50;
    // A beam is a text that shares a beginning with others. The last two are shorter than what was read, and the same.
    for text in [&TEXT[..], &other, &TEXT[..7], &TEXT[..3], &TEXT[..3]] {
        let expected = gpt.next(text);
        assert_close(
            cached.next(text).view(),
            expected.view(),
            &format!("{text:?}"),
        );
    }
}
