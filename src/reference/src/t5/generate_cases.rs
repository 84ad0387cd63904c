//! The cases of `generate`: small random models, and sources for them.

use tch::Tensor;

use super::generate::is_telling;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::random_weights::prefixed;
use crate::task::Task;

/// The least difference between two scores of which the search keeps only one. Correct programs differ by less than a
/// hundredth of it.
const LEAST_GAP: f64 = 3e-4;

const VOCABULARY: i64 = 9;
const WIDTH: i64 = 6;
const INNER: i64 = 4;
const D_FF: i64 = 5;
const BUCKETS: i64 = 8;

/// The tensors of the encoder's blocks, without the feed-forward network.
const ENCODER: &[&str] = prefixed!("encoder.": "gamma_1" "w_q" "w_k" "w_v" "w_o" "gamma_2");

/// The tensors of the decoder's blocks, without the feed-forward network.
const DECODER: &[&str] = prefixed!("decoder.":
    "gamma_1" "self_w_q" "self_w_k" "self_w_v" "self_w_o"
    "gamma_2" "cross_w_q" "cross_w_k" "cross_w_v" "cross_w_o" "gamma_3");

/// The tensors of the feed-forward networks of version 1.0.
const RELU: &[&str] = &[
    "encoder.w_in",
    "encoder.w_out",
    "decoder.w_in",
    "decoder.w_out",
];

/// The tensors of the feed-forward networks of version 1.1.
const GATED: &[&str] = &[
    "encoder.w_gate",
    "encoder.w_value",
    "encoder.w_out",
    "decoder.w_gate",
    "decoder.w_value",
    "decoder.w_out",
];

/// The sources of a case, its search, and the version of its model.
#[derive(Debug, Clone, Copy)]
struct Settings {
    sources: [i64; 2],
    blocks: i64,
    heads: i64,
    gated: bool,
    tied: bool,
    width: i64,
    longest: i64,
    end: i64,
    length_penalty: f32,
}

const PLAIN: Settings = Settings {
    sources: [3, 5],
    blocks: 2,
    heads: 2,
    gated: false,
    tied: true,
    width: 2,
    longest: 6,
    end: 1,
    length_penalty: 1.0,
};

/// Adds the cases.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "version-1-0",
        "version 1.0, and 2 beams for each of 3 sources",
        |random| model(random, PLAIN),
    )
    .case(
        "version-1-1",
        "version 1.1, 3 beams, and a different token that ends a text",
        |random| {
            let settings = Settings {
                sources: [4, 4],
                blocks: 2,
                heads: 2,
                gated: true,
                tied: false,
                width: 3,
                longest: 6,
                end: 3,
                length_penalty: 0.6,
            };
            model(random, settings)
        },
    )
    .case(
        "greedy",
        "one beam: the most probable token each time; 3 blocks, and one head",
        |random| {
            let settings = Settings {
                sources: [3, 3],
                blocks: 3,
                heads: 1,
                width: 1,
                longest: 6,
                end: 2,
                ..PLAIN
            };
            model(random, settings)
        },
    )
}

/// A random model and sources that tell mistakes apart, and for which rounding decides nothing.
fn model(random: &Random, settings: Settings) -> Inputs {
    loop {
        let inputs = any_model(random, settings);
        if is_telling(&inputs, LEAST_GAP) {
            return inputs;
        }
    }
}

fn any_model(random: &Random, settings: Settings) -> Inputs {
    let [count, length] = settings.sources;
    let tokens = random.permutation(count * length).remainder(VOCABULARY - 1) + 1;
    let gamma = || random.normal(&[WIDTH]) * 0.5 + 1.0;
    let inputs = Inputs::default()
        .with("sources", tokens.view([count, length]))
        .with("heads", settings.heads)
        .with("gated", i64::from(settings.gated))
        .with("tied", i64::from(settings.tied))
        .with("max_distance", 6_i64)
        .with("width", settings.width)
        .with("longest", settings.longest)
        .with("end", settings.end)
        .with("length_penalty", Tensor::from(settings.length_penalty))
        .with("embedding", random.normal(&[VOCABULARY, WIDTH]))
        .with("encoder_bias", random.normal(&[BUCKETS, settings.heads]))
        .with("encoder_gamma", gamma())
        .with(
            "decoder_bias",
            random.normal(&[BUCKETS, settings.heads]) * 3.0,
        )
        // A tied head divides by √d_model; without more, all tokens would be about equally likely.
        .with("decoder_gamma", gamma() * 2.0);
    let inputs = if settings.tied {
        inputs
    } else {
        inputs.with("head", random.normal(&[VOCABULARY, WIDTH]))
    };
    let names = if settings.gated {
        [ENCODER, DECODER, GATED].concat()
    } else {
        [ENCODER, DECODER, RELU].concat()
    };
    let add = |inputs: Inputs, name: &'static str| {
        inputs.with(name, stack(random, settings.blocks, name))
    };
    names.into_iter().fold(inputs, add)
}

/// The tensors of this name for all blocks, such that the variance stays near 1 from block to block.
fn stack(random: &Random, blocks: i64, name: &str) -> Tensor {
    let matrix =
        |rows: i64, columns: i64| random.normal(&[blocks, rows, columns]) / (columns as f64).sqrt();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if name.contains("gamma") {
        random.normal(&[blocks, WIDTH]) * 0.5 + 1.0
    } else if ends(&["w_q", "w_k", "w_v"]) {
        matrix(INNER, WIDTH)
    } else if ends(&["w_o"]) {
        matrix(WIDTH, INNER)
    } else if ends(&["w_out"]) {
        matrix(WIDTH, D_FF)
    } else {
        matrix(D_FF, WIDTH)
    }
}
