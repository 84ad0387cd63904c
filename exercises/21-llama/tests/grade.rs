//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use llama::{
    AttentionSteps, BlockSteps, BlockWeights, Cache, Config, Llama, block, grouped_query_attention,
    logits, rotate, self_attention,
};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, concatenate};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("rotate", |case| {
            let rotate: fn(ArrayView3<'_, f32>, usize, f32) -> Array3<f32> = rotate;
            let (past, base) = (case.size("past")?, case.number("base")?);
            Ok(case.reply("rotated", rotate(case.view("x")?, past, base)))
        })
        .task("grouped_query_attention", |case| {
            let grouped_query_attention: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
            ) -> (Array3<f32>, Array3<f32>) = grouped_query_attention;
            let (contexts, weights) = grouped_query_attention(
                case.view("queries")?,
                case.view("keys")?,
                case.view("values")?,
            );
            Ok(case.reply("weights", weights).and("contexts", contexts))
        })
        .task("self_attention", |case| {
            let self_attention: fn(
                ArrayView2<'_, f32>,
                &Cache,
                &BlockWeights<'_>,
                &Config,
            ) -> AttentionSteps = self_attention;
            let weights = BlockWeights::named(|name| case.view(name), |name| case.view(name))?;
            let steps = self_attention(case.view("x")?, &past(case)?, &weights, &config(case)?);
            Ok(case
                .reply("keys", steps.cache.keys)
                .and("values", steps.cache.values)
                .and("weights", steps.weights)
                .and("output", steps.output))
        })
        .task("block", |case| {
            let block: fn(ArrayView2<'_, f32>, &Cache, &BlockWeights<'_>, &Config) -> BlockSteps =
                block;
            let weights = BlockWeights::named(|name| case.view(name), |name| case.view(name))?;
            let steps = block(case.view("x")?, &past(case)?, &weights, &config(case)?);
            Ok(case
                .reply("attention", steps.attention)
                .and("after_attention", steps.after_attention)
                .and("feed_forward", steps.feed_forward)
                .and("output", steps.output))
        })
        .task("logits", |case| {
            let logits: fn(&[usize], &[Cache], &Llama<'_>) -> (Array2<f32>, Vec<Cache>) = logits;
            let (tokens, model) = (case.sizes("tokens")?, model(case)?);
            let (mut caches, mut scores) = (model.empty_caches(), Vec::new());
            let mut rest = &tokens[..];
            for length in case.sizes("pieces")? {
                let (piece, later) = rest.split_at(length);
                let (of_piece, longer) = logits(piece, &caches, &model);
                scores.push(of_piece);
                (caches, rest) = (longer, later);
            }
            let scores: Vec<_> = scores.iter().map(|scores| scores.view()).collect();
            let scores = concatenate(Axis(0), &scores).expect("expected logits of equal width");
            let positions = caches.iter().map(|cache| cache.keys.len_of(Axis(1)));
            Ok(Reply::default()
                .and_ids("positions", positions.collect::<Array1<_>>())
                .and("logits", scores))
        })
        .main()
}

/// The keys and values of the positions before the new ones.
fn past(case: &Case) -> Result<Cache, CaseError> {
    let owned = |name: &str| Ok(case.view(name)?.to_owned());
    Ok(Cache {
        keys: owned("past_keys")?,
        values: owned("past_values")?,
    })
}

fn config(case: &Case) -> Result<Config, CaseError> {
    Ok(Config {
        heads: case.size("heads")?,
        kv_heads: case.size("kv_heads")?,
        epsilon: case.number("epsilon")?,
        base: case.number("base")?,
    })
}

/// The model of a case. Its weights are tied if the case says so; a head is there in any case.
fn model(case: &Case) -> Result<Llama<'_>, CaseError> {
    let is_tied = case.size("tied")? == 1;
    Ok(Llama {
        token_embedding: case.view("token_embedding")?,
        blocks: BlockWeights::stacked(|name| case.view(name), |name| case.view(name))?,
        final_norm: case.view("gamma_f")?,
        head: (!is_tied).then(|| case.view("head")).transpose()?,
        config: config(case)?,
    })
}
