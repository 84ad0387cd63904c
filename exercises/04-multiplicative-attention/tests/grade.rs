//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use multiplicative_attention::{attend, concat, dot, general};
use ndarray::{Array2, ArrayView1, ArrayView2};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("dot", |case| {
            let dot: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Array2<f32> = dot;
            Ok(case.reply("scores", dot(case.view("queries")?, case.view("keys")?)))
        })
        .task("general", |case| {
            let general: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
            ) -> Array2<f32> = general;
            let scores = general(case.view("queries")?, case.view("keys")?, case.view("w_a")?);
            Ok(case.reply("scores", scores))
        })
        .task("concat", |case| {
            let concat: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
            ) -> Array2<f32> = concat;
            let (queries, keys) = (case.view("queries")?, case.view("keys")?);
            Ok(case.reply(
                "scores",
                concat(queries, keys, case.view("w_a")?, case.view("v_a")?),
            ))
        })
        .task("attend", |case| {
            let attend: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> (Array2<f32>, Array2<f32>) =
                attend;
            let (output, weights) = attend(case.view("scores")?, case.view("values")?);
            Ok(case.reply("output", output).and("weights", weights))
        })
        .main()
}
