//! Llama's formulas and libtorch's kernels give the same, and a text in pieces what the whole text gives.

use attentive_reference::rotary_embedding::rotated_as_complex;
use attentive_reference::{Inputs, Outputs, Random, llama};
use tch::{Kind, Tensor};

/// A few roundings of numbers near 1.
const ROUNDING: f64 = 5e-6;

/// The largest difference of an entry.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

#[test]
fn the_kernel_for_groups_repeats_each_key_head() {
    let random = Random::new(1, "groups");
    for (heads, kv_heads) in [(6, 2), (6, 3), (4, 4), (5, 1)] {
        let queries = random.normal(&[heads, 3, 4]);
        let keys = random.normal(&[kv_heads, 5, 4]);
        let values = random.normal(&[kv_heads, 5, 4]);
        let qkv = [&queries, &keys, &values];
        let (kernel, formula) = (llama::kernel(qkv), llama::formula(qkv));
        let sharing = format!("{heads} heads, {kv_heads} of them with keys");
        assert!(
            difference(&kernel.weights, &formula.weights) < ROUNDING,
            "weights of {sharing}"
        );
        assert!(
            difference(&kernel.output, &formula.output) < ROUNDING,
            "contexts of {sharing}"
        );
    }
}

#[test]
fn halves_are_complex_numbers_whose_parts_are_apart() {
    let random = Random::new(1, "halves");
    for past in [0, 7, 100_000] {
        let x = random.normal(&[3, 4, 8]);
        let inputs = Inputs::default()
            .with("x", x.shallow_clone())
            .with("past", past)
            .with("base", 1e4);
        let halves = llama::rotated(&inputs);
        for head in 0..3 {
            let neighbours = x.get(head).unflatten(1, [2, -1]).transpose(1, 2);
            let rotated = rotated_as_complex(&neighbours.flatten(1, 2), past);
            let expected = rotated.unflatten(1, [-1, 2]).transpose(1, 2);
            let found = difference(&halves.get(head), &expected.flatten(1, 2));
            assert!(found < ROUNDING, "head {head} after {past}: {found}");
        }
    }
}

/// A text of 6 tokens, and random weights of a Llama with 2 blocks for it.
fn model_and_text(random: &Random, tied: i64) -> Inputs {
    let sizes: [(&'static str, &[i64]); 12] = [
        ("token_embedding", &[9, 6]),
        ("head", &[9, 6]),
        ("gamma_1", &[2, 6]),
        ("w_q", &[2, 16, 6]),
        ("w_k", &[2, 8, 6]),
        ("w_v", &[2, 8, 6]),
        ("w_o", &[2, 6, 16]),
        ("gamma_2", &[2, 6]),
        ("w_gate", &[2, 7, 6]),
        ("w_up", &[2, 7, 6]),
        ("w_down", &[2, 6, 7]),
        ("gamma_f", &[6]),
    ];
    let inputs = Inputs::default()
        .with("heads", 4_i64)
        .with("kv_heads", 2_i64)
        .with("epsilon", 1e-6)
        .with("base", 1e5)
        .with("tied", tied)
        .with_ids("tokens", &[4, 0, 8, 8, 2, 5]);
    sizes.iter().fold(inputs, |inputs, (name, size)| {
        inputs.with(name, random.normal(size) * 0.5)
    })
}

#[test]
fn a_text_in_pieces_with_a_cache_and_at_once() {
    let random = Random::new(1, "llama");
    for tied in [0, 1] {
        let inputs = model_and_text(&random, tied);
        let Outputs::Named(at_once) = llama::whole_text(&inputs) else {
            panic!("several outputs");
        };
        let splits: [&[usize]; 5] = [&[1, 5], &[5, 1], &[2, 3, 1], &[3, 3], &[1; 6]];
        for pieces in splits {
            let inputs = inputs.clone().with_ids("pieces", pieces);
            let Outputs::Named(in_pieces) = llama::in_pieces(&inputs) else {
                panic!("several outputs");
            };
            for ((name, expected), (_, got)) in at_once.iter().zip(&in_pieces) {
                let difference =
                    difference(&expected.to_kind(Kind::Float), &got.to_kind(Kind::Float));
                assert!(difference < ROUNDING, "{name}, {pieces:?}: {difference}");
            }
        }
    }
}
