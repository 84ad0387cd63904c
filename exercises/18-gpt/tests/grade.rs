//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::Reply;
use gpt::{BlockSteps, BlockWeights, Gpt, Norm, block, embed, logits, next_tokens};
use ndarray::{Array1, Array3, ArrayView2, ArrayView3};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("embed", |case| {
            let embed: fn(
                ArrayView2<'_, usize>,
                usize,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
            ) -> Array3<f32> = embed;
            let (tokens, past) = (case.ids("tokens")?, case.size("past")?);
            let (token_embedding, position_embedding) = (
                case.view("token_embedding")?,
                case.view("position_embedding")?,
            );
            let vectors = embed(tokens.view(), past, token_embedding, position_embedding);
            Ok(case.reply("vectors", vectors))
        })
        .task("block", |case| {
            let block: fn(ArrayView3<'_, f32>, &BlockWeights<'_>, usize) -> BlockSteps = block;
            let weights = BlockWeights::named(|name| case.view(name), |name| case.view(name))?;
            let steps = block(case.view("x")?, &weights, case.size("heads")?);
            Ok(case
                .reply("attention_weights", steps.attention_weights)
                .and("attention", steps.attention)
                .and("after_attention", steps.after_attention)
                .and("feed_forward", steps.feed_forward)
                .and("output", steps.output))
        })
        .task("logits", |case| {
            let logits: fn(ArrayView3<'_, f32>, &Norm<'_>, ArrayView2<'_, f32>) -> Array3<f32> =
                logits;
            let final_norm = Norm {
                gamma: case.view("gamma_f")?,
                beta: case.view("beta_f")?,
            };
            let scores = logits(case.view("x")?, &final_norm, case.view("token_embedding")?);
            Ok(case.reply("logits", scores))
        })
        .task("next_tokens", |case| {
            let next_tokens: fn(ArrayView2<'_, usize>, &[usize], &Gpt<'_>) -> Vec<usize> =
                next_tokens;
            let (tokens, lengths) = (case.ids("tokens")?, case.sizes("lengths")?);
            let model = Gpt::stacked(
                |name| case.view(name),
                |name| case.view(name),
                |name| case.view(name),
                case.size("heads")?,
            )?;
            let next = next_tokens(tokens.view(), &lengths, &model);
            Ok(Reply::default().and_ids("next", Array1::from(next)))
        })
        .main()
}
