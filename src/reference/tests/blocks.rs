//! The formulas of the blocks and libtorch's kernels give the same, and the model that ships with the course works.

use attentive_reference::training::{Strings, accuracy, is_held_out};
use attentive_reference::{
    Inputs, Outputs, Random, Weights, bert, encoder_block, gpt, kv_cache, transformer,
};
use tch::{Device, Kind, Tensor};

/// A few roundings of numbers near 1.
const ROUNDING: f64 = 5e-6;

/// The largest difference of an entry.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

/// The weights of the trained model's first encoder block, with an input for it.
fn block(random: &Random, mask: Option<Tensor>) -> Weights {
    let x = random.normal(&[2, 5, 64]);
    let weights = transformer::trained()
        .part("encoder.")
        .layer(0)
        .with("x", x)
        .with("heads", Tensor::from(4_i64));
    match mask {
        Some(mask) => weights.with("mask", mask),
        None => weights,
    }
}

#[test]
fn encoder_blocks_and_the_kernel_for_them() {
    let random = Random::new(1, "blocks");
    let first = Tensor::arange(5, (Kind::Int64, Device::Cpu)).less(1);
    let mask = random.normal(&[2, 5, 5]).greater(0.0).logical_or(&first);
    for mask in [None, Some(mask)] {
        let w = block(&random, mask);
        let [post_norm, pre_norm] = [
            encoder_block::formula::post_norm,
            encoder_block::formula::pre_norm,
        ];
        assert!(
            difference(&encoder_block::kernel(&w, false), &post_norm(&w).output) < ROUNDING,
            "post-norm"
        );
        assert!(
            difference(&encoder_block::kernel(&w, true), &pre_norm(&w).output) < ROUNDING,
            "pre-norm"
        );
    }
}

#[test]
fn the_encoder_is_a_stack_of_kernels() {
    let model = transformer::trained();
    let source = Tensor::from_slice(&[3_i64, 7, 11, 2]).unsqueeze(0);
    let states = transformer::model::encode(&model, &source);
    for (index, layer) in model.part("encoder.").layers().iter().enumerate() {
        let w = layer
            .with("x", states[index].copy())
            .with("heads", model["heads"].copy());
        assert!(
            difference(&encoder_block::kernel(&w, false), &states[index + 1]) < ROUNDING,
            "block {index}"
        );
    }
}

#[test]
fn bert_is_a_stack_of_kernels() {
    let w = bert::small(&Random::new(1, "bert"));
    let encoded = bert::formula(&w);
    for layer in 0..2 {
        let [x, output] = [layer, layer + 1].map(|state| &encoded.states[state as usize]);
        assert!(
            difference(&bert::kernel(&w, layer, x), output) < ROUNDING,
            "layer {layer}"
        );
    }
}

#[test]
fn a_target_is_decoded_alike_however_it_goes_on() {
    let (model, source) = (
        transformer::trained(),
        Tensor::from_slice(&[3_i64, 7, 11, 2]).unsqueeze(0),
    );
    let memory = transformer::model::encode(&model, &source)
        .pop()
        .expect("at least the embedding");
    let logits = |target: &[i64]| {
        let target = Tensor::from_slice(target).unsqueeze(0);
        transformer::model::decode(&model, &target, &memory, &source).logits
    };
    let (short, long) = (logits(&[1, 11]), logits(&[1, 11, 7, 3]));
    assert!(
        difference(&short, &long.narrow(1, 0, 2)) < 1e-4,
        "logits are sums of 64 products"
    );
}

#[test]
fn the_model_that_ships_is_right_on_strings_that_it_has_never_seen() {
    let accuracy = accuracy(&transformer::trained(), 200);
    assert!(accuracy >= 0.99, "{accuracy}");
}

#[test]
fn strings_are_always_the_same_and_held_out_or_not() {
    let draw = |seed, held_out| {
        let mut strings = Strings::new(seed);
        (0..200).map(|_| strings.draw(held_out)).collect::<Vec<_>>()
    };
    assert_eq!(draw(42, false), draw(42, false));
    assert_ne!(draw(42, false), draw(43, false));
    assert!(draw(42, true).iter().all(|string| is_held_out(string)));
    assert!(draw(42, false).iter().all(|string| !is_held_out(string)));
}

#[test]
fn inputs_become_weights() {
    let inputs = Inputs::default().with(
        "encoder.w_q",
        Tensor::from_slice(&[1_f32, 2.0]).view([2, 1]),
    );
    let layers = Weights::from(&inputs).part("encoder.").layers();
    assert_eq!(layers.len(), 2);
    assert_eq!(layers[1]["w_q"].double_value(&[0]), 2.0);
}

/// Random weights of a block of GPT-2 with 2 heads, and an input (2, 5, 6) for it.
fn gpt_block(random: &Random) -> Weights {
    let sizes: [(&str, &[i64]); 13] = [
        ("x", &[2, 5, 6]),
        ("gamma_1", &[6]),
        ("beta_1", &[6]),
        ("w_qkv", &[6, 18]),
        ("b_qkv", &[18]),
        ("w_o", &[6, 6]),
        ("b_o", &[6]),
        ("gamma_2", &[6]),
        ("beta_2", &[6]),
        ("w_fc", &[6, 7]),
        ("b_fc", &[7]),
        ("w_proj", &[7, 6]),
        ("b_proj", &[6]),
    ];
    let weights = sizes.map(|(name, size)| (name.to_owned(), random.normal(size) * 0.5));
    let weights: Weights = weights.into_iter().collect();
    weights.with("heads", Tensor::from(2_i64))
}

#[test]
fn the_block_of_gpt_and_the_kernel_for_causal_attention() {
    let w = gpt_block(&Random::new(1, "gpt"));
    let x = &w["x"];
    let norm = |x: &Tensor, number: usize| {
        let [gamma, beta] = ["gamma", "beta"].map(|name| &w[&format!("{name}_{number}")]);
        x.layer_norm([6], Some(gamma), Some(beta), 1e-5, false)
    };
    let layer =
        |x: &Tensor, name: &str| x.matmul(&w[&format!("w_{name}")]) + &w[&format!("b_{name}")];

    let fused = layer(&norm(x, 1), "qkv").view([2, 5, 3, 2, 3]); // queries, keys, values; heads; features
    let [q, k, v] = [0, 1, 2].map(|part| fused.select(2, part).transpose(1, 2));
    let context =
        Tensor::scaled_dot_product_attention(&q, &k, &v, None::<&Tensor>, 0.0, true, None, false);
    let a = x + layer(&context.transpose(1, 2).reshape([2, 5, 6]), "o");
    let hidden = layer(&norm(&a, 2), "fc");
    let inner =
        (&hidden + hidden.pow_tensor_scalar(3) * 0.044715) * (2.0 / std::f64::consts::PI).sqrt();
    let y = &a + layer(&(&hidden * 0.5 * (inner.tanh() + 1.0)), "proj");

    let block = gpt::formula(&w);
    assert!(
        difference(&block.after_attention, &a) < ROUNDING,
        "attention"
    );
    assert!(difference(&block.output, &y) < ROUNDING, "output");
}

/// A text of 6 tokens, and random weights of a GPT-2 with 2 blocks for it.
fn gpt_and_a_text(random: &Random) -> Inputs {
    let sizes: [(&'static str, &[i64]); 16] = [
        ("token_embedding", &[9, 6]),
        ("position_embedding", &[7, 6]),
        ("gamma_1", &[2, 6]),
        ("beta_1", &[2, 6]),
        ("w_qkv", &[2, 6, 18]),
        ("b_qkv", &[2, 18]),
        ("w_o", &[2, 6, 6]),
        ("b_o", &[2, 6]),
        ("gamma_2", &[2, 6]),
        ("beta_2", &[2, 6]),
        ("w_fc", &[2, 6, 7]),
        ("b_fc", &[2, 7]),
        ("w_proj", &[2, 7, 6]),
        ("b_proj", &[2, 6]),
        ("gamma_f", &[6]),
        ("beta_f", &[6]),
    ];
    let inputs = Inputs::default()
        .with("heads", 3_i64)
        .with_ids("tokens", &[4, 0, 8, 8, 2, 5]);
    sizes.iter().fold(inputs, |inputs, (name, size)| {
        inputs.with(name, random.normal(size) * 0.5)
    })
}

#[test]
fn a_text_in_pieces_with_a_cache_and_at_once_without() {
    let inputs = gpt_and_a_text(&Random::new(1, "kv-cache"));
    let Outputs::Named(at_once) = kv_cache::whole_text(&inputs) else {
        panic!("several outputs");
    };
    let splits: [&[usize]; 6] = [&[6], &[1, 5], &[5, 1], &[2, 3, 1], &[3, 3], &[1; 6]];
    for pieces in splits {
        let inputs = inputs.clone().with_ids("pieces", pieces);
        let Outputs::Named(in_pieces) = kv_cache::with_cache(&inputs) else {
            panic!("several outputs");
        };
        for ((name, expected), (_, got)) in at_once.iter().zip(&in_pieces) {
            let difference = difference(&expected.to_kind(Kind::Float), &got.to_kind(Kind::Float));
            assert!(difference < ROUNDING, "{name}, {pieces:?}: {difference}");
        }
    }
}
