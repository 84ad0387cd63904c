//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use cross_entropy::{
    BatchLoss, NextTokenPairs, bits_per_byte, cross_entropy, next_token_pairs, perplexity,
};
use ndarray::{ArrayView1, ArrayView2, ArrayView3, arr0};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("next_token_pairs", |case| {
            let next_token_pairs: fn(&[usize], usize, usize) -> NextTokenPairs = next_token_pairs;
            let (tokens, context) = (case.sizes("tokens")?, case.size("context")?);
            let pairs = next_token_pairs(&tokens, context, case.size("stride")?);
            Ok(Reply::default()
                .and_ids("inputs", pairs.inputs)
                .and_ids("targets", pairs.targets))
        })
        .task("cross_entropy", |case| {
            let cross_entropy: fn(
                ArrayView3<'_, f32>,
                ArrayView2<'_, usize>,
                Option<usize>,
                f32,
            ) -> f32 = cross_entropy;
            let targets = case.ids("targets")?;
            let is_ignoring = case.inputs.contains_key("ignored");
            let ignored = is_ignoring.then(|| case.size("ignored")).transpose()?;
            let (logits, smoothing) = (case.view("logits")?, case.number("smoothing")?);
            let loss = cross_entropy(logits, targets.view(), ignored, smoothing);
            Ok(case.reply("loss", arr0(loss)))
        })
        .task("perplexity", |case| {
            let perplexity: fn(&[BatchLoss]) -> f32 = perplexity;
            Ok(case.reply("perplexity", arr0(perplexity(&batches(case)?))))
        })
        .task("bits_per_byte", |case| {
            let bits_per_byte: fn(&[BatchLoss], usize) -> f32 = bits_per_byte;
            let bits = bits_per_byte(&batches(case)?, case.size("bytes")?);
            Ok(case.reply("bits", arr0(bits)))
        })
        .main()
}

/// The losses of the batches of a text.
fn batches(case: &Case) -> Result<Vec<BatchLoss>, CaseError> {
    let means: ArrayView1<'_, f32> = case.view("means")?;
    let counted = case.sizes("counted")?;
    let batches = means.iter().zip(counted);
    Ok(batches
        .map(|(&mean, counted)| BatchLoss { mean, counted })
        .collect())
}
