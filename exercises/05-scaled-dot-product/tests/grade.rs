//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use ndarray::{Array2, ArrayView2};
use scaled_dot_product::{attention, scores};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("scores", |case| {
            let scores: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Array2<f32> = scores;
            Ok(case.reply("scores", scores(case.view("q")?, case.view("k")?)))
        })
        .task("attention", |case| {
            let attention: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                Option<ArrayView2<'_, bool>>,
            ) -> (Array2<f32>, Array2<f32>) = attention;
            let (q, k, v) = (case.view("q")?, case.view("k")?, case.view("v")?);
            let (output, weights) = attention(q, k, v, case.optional_mask("mask")?);
            Ok(case.reply("output", output).and("weights", weights))
        })
        .main()
}
