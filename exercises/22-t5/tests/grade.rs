//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use ndarray::{Array1, Array2, Array3, Array4, ArrayView2, ArrayView3};
use t5::{
    AttentionWeights, DecoderSteps, DecoderWeights, FeedForward, Head, RmsNorm, Search, Settings,
    T5, attention, decoder_block, feed_forward, generate, logits, position_bias,
    relative_position_bucket,
};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("relative_position_bucket", |case| {
            let relative_position_bucket: fn(isize, bool, usize, usize) -> usize =
                relative_position_bucket;
            let (bidirectional, buckets, max_distance) = (
                is_true(case, "bidirectional")?,
                case.size("buckets")?,
                case.size("max_distance")?,
            );
            let offsets: Array1<f32> = case.view("offsets")?.to_owned();
            let found = offsets.mapv(|offset| {
                relative_position_bucket(offset as isize, bidirectional, buckets, max_distance)
            });
            Ok(Reply::default().and_ids("buckets", found))
        })
        .task("position_bias", |case| {
            let position_bias: fn(ArrayView2<'_, f32>, usize, usize, bool, usize) -> Array3<f32> =
                position_bias;
            let bias = position_bias(
                case.view("table")?,
                case.size("queries")?,
                case.size("keys")?,
                is_true(case, "bidirectional")?,
                case.size("max_distance")?,
            );
            Ok(case.reply("bias", bias))
        })
        .task("attention", |case| {
            let attention: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                &AttentionWeights<'_>,
                usize,
                Option<ArrayView3<'_, f32>>,
                Option<ArrayView3<'_, bool>>,
            ) -> (Array3<f32>, Array4<f32>) = attention;
            let weights = AttentionWeights::named(|name| case.view(name), "")?;
            let bias = if case.inputs.contains_key("bias") {
                Some(case.view("bias")?)
            } else {
                None
            };
            let mask = case.optional_mask("mask")?;
            let (output, attention_weights) = attention(
                case.view("x")?,
                case.view("source")?,
                &weights,
                case.size("heads")?,
                bias,
                mask,
            );
            Ok(case
                .reply("weights", attention_weights)
                .and("output", output))
        })
        .task("feed_forward", |case| {
            let feed_forward: fn(ArrayView3<'_, f32>, &FeedForward<'_>) -> Array3<f32> =
                feed_forward;
            let weights = FeedForward::named(|name| case.view(name), is_true(case, "gated")?)?;
            Ok(case.reply("output", feed_forward(case.view("x")?, &weights)))
        })
        .task("decoder_block", |case| {
            let decoder_block: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                &DecoderWeights<'_>,
                usize,
                ArrayView3<'_, f32>,
                Option<ArrayView3<'_, bool>>,
            ) -> DecoderSteps = decoder_block;
            let gated = is_true(case, "gated")?;
            let weights =
                DecoderWeights::named(|name| case.view(name), |name| case.view(name), gated)?;
            let mask = case.optional_mask("mask")?;
            let steps = decoder_block(
                case.view("x")?,
                case.view("memory")?,
                &weights,
                case.size("heads")?,
                case.view("bias")?,
                mask,
            );
            Ok(case
                .reply("self_weights", steps.self_weights)
                .and("after_self", steps.after_self)
                .and("cross_weights", steps.cross_weights)
                .and("after_cross", steps.after_cross)
                .and("output", steps.output))
        })
        .task("logits", |case| {
            let logits: fn(ArrayView3<'_, f32>, &RmsNorm<'_>, &Head<'_>) -> Array3<f32> = logits;
            let final_norm = RmsNorm {
                gamma: case.view("gamma_f")?,
            };
            let matrix = case.view("matrix")?;
            let head = if is_true(case, "tied")? {
                Head::Tied(matrix)
            } else {
                Head::Untied(matrix)
            };
            Ok(case.reply("logits", logits(case.view("x")?, &final_norm, &head)))
        })
        .task("generate", |case| {
            let generate: fn(&[usize], &T5<'_>, &Search) -> Vec<usize> = generate;
            generated(case, generate)
        })
        .main()
}

/// A yes or no of the case: 1 or 0.
fn is_true(case: &Case, name: &str) -> Result<bool, CaseError> {
    Ok(case.size(name)? != 0)
}

/// Writes a text for each source of the case. Their lengths differ, so they are returned as texts: `4,0,2`.
fn generated(
    case: &Case,
    generate: fn(&[usize], &T5<'_>, &Search) -> Vec<usize>,
) -> Result<Reply, CaseError> {
    let settings = Settings {
        gated: is_true(case, "gated")?,
        tied: is_true(case, "tied")?,
        heads: case.size("heads")?,
        max_distance: case.size("max_distance")?,
    };
    let model = T5::stacked(
        |name| case.view(name),
        |name| case.view(name),
        |name| case.view(name),
        settings,
    )?;
    let search = Search {
        width: case.size("width")?,
        longest: case.size("longest")?,
        end: case.size("end")?,
        length_penalty: case.number("length_penalty")?,
    };
    let mut texts = Vec::new();
    let sources: Array2<usize> = case.ids("sources")?;
    for source in sources.rows() {
        let source = source.to_vec();
        let tokens = generate(&source, &model, &search);
        let tokens: Vec<String> = tokens.iter().map(usize::to_string).collect();
        texts.push(tokens.join(","));
    }
    Ok(Reply::default().and_texts("texts", &texts))
}
