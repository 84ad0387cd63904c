//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use layer_norm::{add_and_norm, layer_norm, pre_norm, rms_norm};
use ndarray::{Array2, ArrayView1, ArrayView2};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("layer_norm", |case| {
            let layer_norm: fn(
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                ArrayView1<'_, f32>,
                f32,
            ) -> Array2<f32> = layer_norm;
            let (gamma, beta, epsilon) = (
                case.view("gamma")?,
                case.view("beta")?,
                case.number("epsilon")?,
            );
            Ok(case.reply("output", layer_norm(case.view("x")?, gamma, beta, epsilon)))
        })
        .task("rms_norm", |case| {
            let rms_norm: fn(ArrayView2<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32> =
                rms_norm;
            let (gamma, epsilon) = (case.view("gamma")?, case.number("epsilon")?);
            Ok(case.reply("output", rms_norm(case.view("x")?, gamma, epsilon)))
        })
        .task("add_and_norm", |case| {
            let add_and_norm: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                ArrayView1<'_, f32>,
                f32,
            ) -> Array2<f32> = add_and_norm;
            let (gamma, beta, epsilon) = (
                case.view("gamma")?,
                case.view("beta")?,
                case.number("epsilon")?,
            );
            let output = add_and_norm(
                case.view("x")?,
                case.view("sublayer")?,
                gamma,
                beta,
                epsilon,
            );
            Ok(case.reply("output", output))
        })
        .task("pre_norm", |case| {
            let gamma: ArrayView1<'_, f32> = case.view("gamma")?;
            let beta: ArrayView1<'_, f32> = case.view("beta")?;
            let epsilon: f32 = case.number("epsilon")?;
            // Stands for attention: each new position is a mixture of all positions.
            let mixing: ArrayView2<'_, f32> = case.view("mixing")?;
            let x: ArrayView2<'_, f32> = case.view("x")?;
            let sublayer = |given: ArrayView2<'_, f32>| {
                let (all, called_with) = (x.dim(), given.dim());
                assert!(
                    called_with == all,
                    "your sublayer was called with {called_with:?}; it takes all positions \
                     together, {all:?}"
                );
                mixing.dot(&given)
            };
            // A function that takes a closure has no such signature.
            let output: Array2<f32> = pre_norm(x, sublayer, gamma, beta, epsilon);
            Ok(case.reply("output", output))
        })
        .main()
}
