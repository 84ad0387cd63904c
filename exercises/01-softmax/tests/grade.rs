//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use ndarray::{Array2, ArrayView2};
use softmax::{log_softmax, masked_softmax, softmax};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("softmax", |case| {
            let softmax: fn(ArrayView2<'_, f32>) -> Array2<f32> = softmax;
            Ok(case.reply("weights", softmax(case.view("logits")?)))
        })
        .task("log_softmax", |case| {
            let log_softmax: fn(ArrayView2<'_, f32>) -> Array2<f32> = log_softmax;
            Ok(case.reply("logs", log_softmax(case.view("logits")?)))
        })
        .task("masked_softmax", |case| {
            let masked_softmax: fn(ArrayView2<'_, f32>, ArrayView2<'_, bool>) -> Array2<f32> =
                masked_softmax;
            Ok(case.reply(
                "weights",
                masked_softmax(case.view("logits")?, case.mask("mask")?),
            ))
        })
        .main()
}
