//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use encoder_block::{
    Dropout, EncoderSteps, EncoderWeights, keras_block, post_norm_block, pre_norm_block,
};
use ndarray::ArrayView3;

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("post_norm_block", |case| {
            let post_norm_block: fn(
                ArrayView3<'_, f32>,
                &EncoderWeights<'_>,
                usize,
                Option<ArrayView3<'_, bool>>,
            ) -> EncoderSteps = post_norm_block;
            let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
            Ok(reply(
                case,
                post_norm_block(case.view("x")?, &weights(case)?, heads, mask),
            ))
        })
        .task("pre_norm_block", |case| {
            let pre_norm_block: fn(
                ArrayView3<'_, f32>,
                &EncoderWeights<'_>,
                usize,
                Option<ArrayView3<'_, bool>>,
            ) -> EncoderSteps = pre_norm_block;
            let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
            Ok(reply(
                case,
                pre_norm_block(case.view("x")?, &weights(case)?, heads, mask),
            ))
        })
        .task("keras_block", |case| {
            let keras_block: fn(
                ArrayView3<'_, f32>,
                &EncoderWeights<'_>,
                usize,
                Option<&Dropout<'_>>,
            ) -> EncoderSteps = keras_block;
            let (heads, dropout) = (case.size("heads")?, dropout(case)?);
            Ok(reply(
                case,
                keras_block(case.view("x")?, &weights(case)?, heads, dropout.as_ref()),
            ))
        })
        .main()
}

fn weights(case: &Case) -> Result<EncoderWeights<'_>, CaseError> {
    EncoderWeights::named(|name| case.view(name), |name| case.view(name))
}

/// The cases that are about inference have no dropout.
fn dropout(case: &Case) -> Result<Option<Dropout<'_>>, CaseError> {
    let Some(keep_attention) = case.optional_mask("keep_attention")? else {
        return Ok(None);
    };
    let keep_feed_forward = case.mask("keep_feed_forward")?;
    Ok(Some(Dropout {
        rate: case.number("rate")?,
        keep_attention,
        keep_feed_forward,
    }))
}

fn reply(case: &Case, steps: EncoderSteps) -> Reply {
    case.reply("attention", steps.attention)
        .and("after_attention", steps.after_attention)
        .and("feed_forward", steps.feed_forward)
        .and("output", steps.output)
}
