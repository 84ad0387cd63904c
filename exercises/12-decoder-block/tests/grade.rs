//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use decoder_block::{DecoderSteps, DecoderWeights, decoder_block};
use ndarray::ArrayView3;

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("decoder_block", |case| {
            let decoder_block: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                &DecoderWeights<'_>,
                usize,
                Option<ArrayView3<'_, bool>>,
            ) -> DecoderSteps = decoder_block;
            let weights = DecoderWeights::named(|name| case.view(name), |name| case.view(name))?;
            let (heads, mask) = (case.size("heads")?, case.optional_mask("memory_mask")?);
            let steps = decoder_block(case.view("x")?, case.view("memory")?, &weights, heads, mask);
            Ok(case
                .reply("self_attention", steps.self_attention)
                .and("after_self_attention", steps.after_self_attention)
                .and("cross_weights", steps.cross_weights)
                .and("cross_attention", steps.cross_attention)
                .and("after_cross_attention", steps.after_cross_attention)
                .and("feed_forward", steps.feed_forward)
                .and("output", steps.output))
        })
        .main()
}
