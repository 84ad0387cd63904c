//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use feed_forward::{feed_forward, gelu, gelu_tanh, relu, swiglu};
use ndarray::{Array2, ArrayView1, ArrayView2};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("relu", |case| {
            let relu: fn(ArrayView2<'_, f32>) -> Array2<f32> = relu;
            Ok(case.reply("output", relu(case.view("x")?)))
        })
        .task("gelu", |case| {
            let gelu: fn(ArrayView2<'_, f32>) -> Array2<f32> = gelu;
            Ok(case.reply("output", gelu(case.view("x")?)))
        })
        .task("gelu_tanh", |case| {
            let gelu_tanh: fn(ArrayView2<'_, f32>) -> Array2<f32> = gelu_tanh;
            Ok(case.reply("output", gelu_tanh(case.view("x")?)))
        })
        .task("feed_forward", |case| {
            let feed_forward: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
            ) -> Array2<f32> = feed_forward;
            let (w_1, b_1) = (case.view("w_1")?, case.view("b_1")?);
            let (w_2, b_2) = (case.view("w_2")?, case.view("b_2")?);
            Ok(case.reply("output", feed_forward(case.view("x")?, w_1, b_1, w_2, b_2)))
        })
        .task("swiglu", |case| {
            let swiglu: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
            ) -> Array2<f32> = swiglu;
            let (w, v, w_2) = (case.view("w")?, case.view("v")?, case.view("w_2")?);
            Ok(case.reply("output", swiglu(case.view("x")?, w, v, w_2)))
        })
        .main()
}
