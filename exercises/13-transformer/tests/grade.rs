//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use std::collections::BTreeMap;

use attentive_grader::{Case, CaseError, Reply, Tensor};
use ndarray::{Array1, Array3};
use transformer::{Model, Weights, decode, embed, encode, greedy_decode, trained};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("embed", |case| {
            Ok(case.reply(
                "vectors",
                embed(case.ids("tokens")?.view(), case.view("embedding")?),
            ))
        })
        .task("encode", |case| {
            let weights = weights(case)?;
            let states = encode(case.ids("source")?.view(), &model(&weights));
            Ok(named(&["embedded", "block_1", "block_2"], states))
        })
        .task("decode", |case| {
            let (weights, source, target) =
                (weights(case)?, case.ids("source")?, case.ids("target")?);
            let decoded = decode(
                target.view(),
                case.view("memory")?,
                source.view(),
                &model(&weights),
            );
            let reply = named(&["embedded", "block_1", "block_2"], decoded.states)
                .and("logits", decoded.logits);
            let names = ["cross_weights_1", "cross_weights_2"];
            let found = decoded.cross_weights.len();
            assert!(
                found == names.len(),
                "expected cross-attention's weights of {} blocks, found those of {found}",
                names.len()
            );
            let cross_weights = names.iter().zip(decoded.cross_weights);
            Ok(cross_weights.fold(reply, |reply, (name, weights)| reply.and(name, weights)))
        })
        .task("greedy_decode", |case| {
            let (source, longest, weights) =
                (case.sizes("source")?, case.size("longest")?, trained());
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
    let numbers = case
        .inputs
        .iter()
        .filter_map(|(name, tensor)| match tensor {
            Tensor::F32(numbers) => Some((name.clone(), numbers.clone())),
            Tensor::Bool(_) | Tensor::I64(_) => None,
        });
    Ok(Weights::new(
        numbers.collect::<BTreeMap<_, _>>(),
        case.size("heads")?,
    ))
}

fn model(weights: &Weights) -> Model<'_> {
    weights
        .model()
        .unwrap_or_else(|error| panic!("the course's own weights: {error}"))
}

/// The states under these names.
fn named(names: &[&str], states: Vec<Array3<f32>>) -> Reply {
    let (blocks, found) = (names.len() - 1, states.len());
    assert!(
        found == names.len(),
        "expected {} states: the embedding, then one for each of the {blocks} blocks; found {found}",
        names.len()
    );
    names
        .iter()
        .zip(states)
        .fold(Reply::default(), |reply, (name, state)| {
            reply.and(name, state)
        })
}
