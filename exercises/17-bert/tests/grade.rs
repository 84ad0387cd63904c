//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::Reply;
use bert::{
    Bert, BertEmbeddings, ClassificationHead, Encoded, MaskedLmHead, classify, embed, encode,
    fill_mask, sentence,
};
use ndarray::{Array, Array2, Array3, ArrayView2, ArrayView3, Axis, Dimension, RemoveAxis, stack};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("embed", |case| {
            let embed: fn(
                ArrayView2<'_, usize>,
                ArrayView2<'_, usize>,
                &BertEmbeddings<'_>,
                f32,
            ) -> Array3<f32> = embed;
            let embeddings = BertEmbeddings::named(
                |name| case.view(name),
                |name| case.view(name),
                |name| case.inputs.contains_key(name),
            )?;
            let (ids, types) = (case.ids("ids")?, case.ids("types")?);
            let vectors = embed(
                ids.view(),
                types.view(),
                &embeddings,
                case.number("epsilon")?,
            );
            Ok(case.reply("vectors", vectors))
        })
        .task("encode", |case| {
            let encode: fn(
                ArrayView2<'_, usize>,
                ArrayView2<'_, usize>,
                ArrayView2<'_, bool>,
                &Bert<'_>,
            ) -> Encoded = encode;
            let model = Bert::named(
                |name| case.view(name),
                |name| case.view(name),
                |name| case.inputs.contains_key(name),
                (
                    case.size("layers")?,
                    case.size("heads")?,
                    case.number("epsilon")?,
                ),
            )?;
            let (ids, types, mask) = (case.ids("ids")?, case.ids("types")?, case.mask("mask")?);
            let encoded = encode(ids.view(), types.view(), mask, &model);
            Ok(encoding(encoded, model.layers.len()))
        })
        .task("sentence", |case| {
            let sentence: fn(ArrayView3<'_, f32>, ArrayView2<'_, bool>) -> Array2<f32> = sentence;
            Ok(case.reply("vector", sentence(case.view("states")?, case.mask("mask")?)))
        })
        .task("fill_mask", |case| {
            let fill_mask: fn(
                ArrayView3<'_, f32>,
                &MaskedLmHead<'_>,
                ArrayView2<'_, f32>,
                f32,
            ) -> Array3<f32> = fill_mask;
            let head = MaskedLmHead::named(|name| case.view(name), |name| case.view(name))?;
            let (states, word) = (case.view("states")?, case.view("word")?);
            let logits = fill_mask(states, &head, word, case.number("epsilon")?);
            Ok(case.reply("logits", logits))
        })
        .task("classify", |case| {
            let classify: fn(ArrayView3<'_, f32>, &ClassificationHead<'_>) -> Array2<f32> =
                classify;
            let head = ClassificationHead::named(
                |name| case.view(name),
                |name| case.view(name),
                |name| case.inputs.contains_key(name),
            )?;
            Ok(case.reply("logits", classify(case.view("states")?, &head)))
        })
        .main()
}

/// The states as one, and the attention of all layers.
fn encoding(encoded: Encoded, layers: usize) -> Reply {
    let Encoded { states, attention } = encoded;
    let found = states.len();
    assert!(
        found == layers + 1,
        "expected {} states: the embeddings, then one for each of the model's layers ({layers} here); found {found}",
        layers + 1
    );
    let found = attention.len();
    assert!(
        found == layers,
        "expected the attention of {layers} layers, found that of {found}"
    );
    Reply::default()
        .and("states", stacked(&states))
        .and("attention", stacked(&attention))
}

/// Stacks the results of layers along a new first axis.
fn stacked<D: Dimension>(of_layers: &[Array<f32, D>]) -> Array<f32, D::Larger>
where
    D::Larger: RemoveAxis,
{
    let views: Vec<_> = of_layers.iter().map(|array| array.view()).collect();
    stack(Axis(0), &views).unwrap_or_else(|_| {
        let shapes: Vec<_> = of_layers.iter().map(|array| array.shape()).collect();
        panic!("expected equal shapes from all layers, found {shapes:?}")
    })
}
