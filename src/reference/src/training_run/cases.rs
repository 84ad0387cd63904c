//! Decoders, batches and settings of which cases are made.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::random::Random;

/// The weights of a block.
pub(crate) const OF_A_BLOCK: [&str; 12] = [
    "gamma_1", "beta_1", "w_qkv", "b_qkv", "w_o", "b_o", "gamma_2", "beta_2", "w_fc", "b_fc",
    "w_proj", "b_proj",
];

/// The parameters of a decoder that are not in a block.
pub(super) const AROUND_THE_BLOCKS: [&str; 4] =
    ["token_embedding", "position_embedding", "gamma_f", "beta_f"];

/// The parameters of the cases without a model.
pub(super) const LAYER: [&str; 2] = ["weight", "bias"];

/// The layers of a block in the order in which they get their gradients: an output, and the names of the two parameters.
pub(super) const LAYERS_OF_A_BLOCK: [[&str; 3]; 6] = [
    ["dproj", "w_proj", "b_proj"],
    ["dfc", "w_fc", "b_fc"],
    ["dnorm_2", "gamma_2", "beta_2"],
    ["doutput", "w_o", "b_o"],
    ["dqkv", "w_qkv", "b_qkv"],
    ["dnorm_1", "gamma_1", "beta_1"],
];

const D_MODEL: i64 = 4;
const D_FF: i64 = 5;
const VOCABULARY: i64 = 6;
/// The target that does not count. It is a token of the vocabulary, so that a program which counts it finds a loss.
const IGNORED: i64 = 0;

/// Peak and floor of the rate, and the steps of the warm-up and of the whole run.
const SCHEDULE: [f32; 4] = [0.03, 0.003, 4.0, 30.0];
/// β₁, β₂, ε and λ.
const ADAMW: [f32; 4] = [0.9, 0.98, 1e-3, 0.2];

/// The inputs of one block, for so many sequences and positions.
pub(super) fn block(random: &Random, [batch, length]: [i64; 2]) -> Inputs {
    let shape = [batch, length, D_MODEL];
    of_blocks(Inputs::default(), random, &[])
        .with("heads", 2_i64)
        .with("x", random.normal(&shape))
        .with("dy", random.normal(&shape))
}

/// A decoder with so many blocks and heads, whose context is one position longer than the sequences.
pub(super) fn decoder(random: &Random, [blocks, heads]: [i64; 2], length: i64) -> Inputs {
    of_blocks(Inputs::default(), random, &[blocks])
        .with("heads", heads)
        .with("ignored", IGNORED)
        .with(
            "token_embedding",
            random.normal(&[VOCABULARY, D_MODEL]) * 0.5,
        )
        .with(
            "position_embedding",
            random.normal(&[length + 1, D_MODEL]) * 0.5,
        )
        .with("gamma_f", random.normal(&[D_MODEL]) * 0.3 + 1.0)
        .with("beta_f", random.normal(&[D_MODEL]) * 0.3)
}

/// Adds the weights of blocks, such that the variance stays near 1. `stack` has the number of blocks, or nothing.
fn of_blocks(inputs: Inputs, random: &Random, stack: &[i64]) -> Inputs {
    let normal = |shape: &[i64]| random.normal(&[stack, shape].concat());
    let matrix = |d_in: i64, d_out: i64| normal(&[d_in, d_out]) / (d_in as f64).sqrt();
    let vector = |length: i64| normal(&[length]) * 0.3;
    inputs
        .with("gamma_1", vector(D_MODEL) + 1.0)
        .with("beta_1", vector(D_MODEL))
        .with("w_qkv", matrix(D_MODEL, 3 * D_MODEL))
        .with("b_qkv", vector(3 * D_MODEL))
        .with("w_o", matrix(D_MODEL, D_MODEL))
        .with("b_o", vector(D_MODEL))
        .with("gamma_2", vector(D_MODEL) + 1.0)
        .with("beta_2", vector(D_MODEL))
        .with("w_fc", matrix(D_MODEL, D_FF))
        .with("b_fc", vector(D_FF))
        .with("w_proj", matrix(D_FF, D_MODEL))
        .with("b_proj", vector(D_MODEL))
}

/// Adds batches of random texts, (batches, sequences, length). `lengths` has the number of tokens of each sequence of a
/// batch. What comes after them is padding: any tokens, and targets that do not count.
pub(super) fn with_batches(
    inputs: Inputs,
    random: &Random,
    batches: i64,
    lengths: &[i64],
    length: i64,
) -> Inputs {
    let shape = [batches, lengths.len() as i64, length + 1];
    let tokens = random.uniform(&shape, 1.0, VOCABULARY as f64).floor();
    let tokens = tokens.to_kind(Kind::Int64);
    let positions = Tensor::arange(length, (Kind::Int64, tch::Device::Cpu));
    let is_padding = positions.ge_tensor(&Tensor::from_slice(lengths).unsqueeze(-1));
    let targets = tokens.narrow(2, 1, length);
    inputs
        .with("inputs", tokens.narrow(2, 0, length))
        .with("targets", targets.masked_fill(&is_padding, IGNORED))
}

/// Adds the settings of a run of 30 steps, which begins after `taken` steps.
pub(super) fn with_settings(inputs: Inputs, micro_batch: i64, taken: i64) -> Inputs {
    inputs
        .with("micro_batch", micro_batch)
        .with("taken", taken)
        .with("max_norm", 0.8_f32)
        .with("schedule", Tensor::from_slice(&SCHEDULE))
        .with("adamw", Tensor::from_slice(&ADAMW))
}

/// The parameters of a case's decoder, by their names in a learner's program.
pub(super) fn parameters(x: &Inputs) -> Weights {
    let around = AROUND_THE_BLOCKS.map(|name| (name.to_owned(), x[name].shallow_clone()));
    let mut parameters: Vec<(String, Tensor)> = around.into();
    for name in OF_A_BLOCK {
        for (block, tensor) in x[name].unbind(0).into_iter().enumerate() {
            parameters.push((format!("blocks.{block}.{name}"), tensor));
        }
    }
    parameters.into_iter().collect()
}

/// The names of the parameters of a decoder with so many blocks, in their order in a learner's program.
pub(super) fn parameter_names(blocks: usize) -> Vec<String> {
    let mut names = Vec::from(AROUND_THE_BLOCKS.map(String::from));
    for block in 0..blocks {
        names.extend(OF_A_BLOCK.map(|name| format!("blocks.{block}.{name}")));
    }
    names.sort();
    names
}

/// The names of so many steps, from the first of a run.
pub(super) fn step_names(steps: usize) -> Vec<String> {
    (1..=steps).map(|step| format!("step {step}")).collect()
}

/// The names of the rows of a layer's gradient: the last is that of its bias, or of β.
pub(super) fn row_names(layer: &str) -> Vec<String> {
    let rows = match layer {
        "dproj" => D_FF,
        "dfc" | "doutput" | "dqkv" => D_MODEL,
        _ => return ["γ", "β"].map(String::from).into(),
    };
    let rows = (0..rows).map(|row| format!("row {row}"));
    rows.chain(["bias".to_owned()]).collect()
}

/// The names of the columns of W_qkv.
pub(super) fn column_names_of_qkv() -> Vec<String> {
    let thirds = ["query", "key", "value"].into_iter();
    thirds
        .flat_map(|third| (0..D_MODEL).map(move |feature| format!("{third} {feature}")))
        .collect()
}

/// The tensor of this name, or a stack of those that the blocks have under this name, with the last block first, as on the
/// way back.
pub(super) fn stacked(tensors: &Weights, name: &str) -> Tensor {
    if let Some(tensor) = tensors.get(name) {
        return tensor.shallow_clone();
    }
    let mut blocks: Vec<&Tensor> = (0..)
        .map_while(|block| tensors.get(&format!("blocks.{block}.{name}")))
        .collect();
    blocks.reverse();
    Tensor::stack(&blocks, 0)
}

/// The gradients of a layer as one matrix: below W its bias, or below γ its β.
pub(super) fn layer(tensors: &Weights, [first, second]: [&str; 2]) -> Tensor {
    let (mut upper, lower) = (stacked(tensors, first), stacked(tensors, second));
    if upper.dim() == lower.dim() {
        upper = upper.unsqueeze(-2);
    }
    Tensor::cat(&[upper, lower.unsqueeze(-2)], -2)
}
