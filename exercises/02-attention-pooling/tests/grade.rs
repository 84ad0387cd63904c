//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attention_pooling::{pool, scores};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayView3};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("scores", |case| {
            let scores: fn(ArrayView3<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32> = scores;
            let scores = scores(
                case.view("hidden")?,
                case.view("weight")?,
                case.number("bias")?,
            );
            Ok(case.reply("scores", scores))
        })
        .task("pool", |case| {
            let pool: fn(
                ArrayView3<'_, f32>,
                ArrayView2<'_, f32>,
                Option<ArrayView2<'_, bool>>,
            ) -> (Array2<f32>, Array2<f32>) = pool;
            let (context, weights) = pool(
                case.view("hidden")?,
                case.view("scores")?,
                case.optional_mask("mask")?,
            );
            Ok(case.reply("context", context).and("weights", weights))
        })
        .main()
}
