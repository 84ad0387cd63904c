//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use std::collections::BTreeMap;

use attentive_grader::{Case, CaseError, Reply, Tensor};
use ndarray::{Array, Array1, Array3, ArrayView2, ArrayView3, Axis, Dimension, RemoveAxis, stack};
use transformer::{Decoded, Model, Weights, decode, embed, encode, greedy_decode, trained};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("embed", |case| {
            let embed: fn(ArrayView2<'_, usize>, ArrayView2<'_, f32>) -> Array3<f32> = embed;
            Ok(case.reply(
                "vectors",
                embed(case.ids("tokens")?.view(), case.view("embedding")?),
            ))
        })
        .task("encode", |case| {
            let encode: fn(ArrayView2<'_, usize>, &Model<'_>) -> Vec<Array3<f32>> = encode;
            let weights = weights(case)?;
            let model = model(&weights);
            let states = encode(case.ids("source")?.view(), &model);
            Ok(with_states(Reply::default(), states, model.encoder.len()))
        })
        .task("decode", |case| {
            let decode: fn(
                ArrayView2<'_, usize>,
                ArrayView3<'_, f32>,
                ArrayView2<'_, usize>,
                &Model<'_>,
            ) -> Decoded = decode;
            let (weights, source, target) =
                (weights(case)?, case.ids("source")?, case.ids("target")?);
            let model = model(&weights);
            let decoded = decode(target.view(), case.view("memory")?, source.view(), &model);
            let (blocks, found) = (model.decoder.len(), decoded.cross_weights.len());
            assert!(
                found == blocks,
                "expected cross-attention's weights of {blocks} blocks, found those of {found}"
            );
            let reply = with_states(Reply::default(), decoded.states, blocks);
            Ok(reply
                .and("cross_weights", stacked(&decoded.cross_weights))
                .and("logits", decoded.logits))
        })
        .task("greedy_decode", |case| {
            let greedy_decode: fn(&[usize], usize, &Model<'_>) -> Vec<usize> = greedy_decode;
            let (source, longest, weights) =
                (case.sizes("source")?, case.size("longest")?, weights(case)?);
            let tokens = greedy_decode(&source, longest, &model(&weights));
            Ok(Reply::default().and_ids("tokens", Array1::from(tokens)))
        })
        .main()
}

/// The case's own weights, or the trained ones if it has none.
fn weights(case: &Case) -> Result<Weights, CaseError> {
    if !case.inputs.contains_key("embedding") {
        return Ok(trained());
    }
    let mut tensors = BTreeMap::new();
    for (name, tensor) in &case.inputs {
        if let Tensor::F32(numbers) = tensor {
            tensors.insert(name.clone(), numbers.clone());
        }
    }
    Ok(Weights::new(tensors, case.size("heads")?))
}

fn model(weights: &Weights) -> Model<'_> {
    weights
        .model()
        .unwrap_or_else(|error| panic!("the course's own weights: {error}"))
}

/// The embedding, and the outputs of all blocks as one.
fn with_states(reply: Reply, mut states: Vec<Array3<f32>>, blocks: usize) -> Reply {
    let found = states.len();
    assert!(
        found == blocks + 1,
        "expected {} states: the embedding, then one for each of the model's blocks ({blocks} here); found {found}",
        blocks + 1
    );
    let embedded = states.remove(0);
    reply
        .and("embedded", embedded)
        .and("blocks", stacked(&states))
}

/// Stacks the outputs of blocks along a new first axis.
fn stacked<D: Dimension>(of_blocks: &[Array<f32, D>]) -> Array<f32, D::Larger>
where
    D::Larger: RemoveAxis,
{
    let mut views = Vec::new();
    for block in of_blocks {
        views.push(block.view());
    }
    stack(Axis(0), &views).unwrap_or_else(|_| {
        panic!(
            "expected equal shapes from all blocks, found {:?}",
            shapes(of_blocks)
        )
    })
}

fn shapes<D: Dimension>(of_blocks: &[Array<f32, D>]) -> Vec<&[usize]> {
    let mut shapes = Vec::new();
    for block in of_blocks {
        shapes.push(block.shape());
    }
    shapes
}
