//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayView4};
use vision_transformer::{
    BlockSteps, VitBlock, VitEmbeddings, VitHead, block, classify, embed, interpolate, patches,
};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("patches", |case| {
            let patches: fn(ArrayView3<'_, f32>, usize) -> Array2<f32> = patches;
            let (pixels, size) = (case.view("pixels")?, case.size("patch_size")?);
            Ok(case.reply("patches", patches(pixels, size)))
        })
        .task("interpolate", |case| {
            let interpolate: fn(ArrayView2<'_, f32>, usize, usize) -> Array2<f32> = interpolate;
            let (rows, columns) = (case.size("rows")?, case.size("columns")?);
            let resized = interpolate(case.view("positions")?, rows, columns);
            Ok(case.reply("resized", resized))
        })
        .task("embed", |case| {
            let embed: fn(ArrayView4<'_, f32>, &VitEmbeddings<'_>) -> Array3<f32> = embed;
            let embeddings = VitEmbeddings::named(
                |name| case.view(name),
                |name| case.view(name),
                case.size("patch_size")?,
            )?;
            Ok(case.reply("vectors", embed(case.view("images")?, &embeddings)))
        })
        .task("block", |case| {
            let block: fn(ArrayView3<'_, f32>, &VitBlock<'_>, usize, f32) -> BlockSteps = block;
            let weights = VitBlock::named(|name| case.view(name), |name| case.view(name))?;
            let (heads, epsilon) = (case.size("heads")?, case.number("epsilon")?);
            let steps = block(case.view("x")?, &weights, heads, epsilon);
            Ok(case
                .reply("attention_weights", steps.attention_weights)
                .and("attention", steps.attention)
                .and("after_attention", steps.after_attention)
                .and("feed_forward", steps.feed_forward)
                .and("output", steps.output))
        })
        .task("classify", |case| {
            let classify: fn(ArrayView3<'_, f32>, &VitHead<'_>, f32) -> Array2<f32> = classify;
            let head = VitHead::named(|name| case.view(name), |name| case.view(name))?;
            let logits = classify(case.view("x")?, &head, case.number("epsilon")?);
            Ok(case.reply("logits", logits))
        })
        .main()
}
