//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use layer_norm::{add_and_norm, layer_norm, pre_norm, rms_norm};
use ndarray::ArrayView2;

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("layer_norm", |case| {
            let (gamma, beta, epsilon) = (case.view("gamma")?, case.view("beta")?, case.number("epsilon")?);
            Ok(case.reply("output", layer_norm(case.view("x")?, gamma, beta, epsilon)))
        })
        .task("rms_norm", |case| {
            let (gamma, epsilon) = (case.view("gamma")?, case.number("epsilon")?);
            Ok(case.reply("output", rms_norm(case.view("x")?, gamma, epsilon)))
        })
        .task("add_and_norm", |case| {
            let (gamma, beta, epsilon) = (case.view("gamma")?, case.view("beta")?, case.number("epsilon")?);
            let output = add_and_norm(case.view("x")?, case.view("sublayer")?, gamma, beta, epsilon);
            Ok(case.reply("output", output))
        })
        .task("pre_norm", |case| {
            let (gamma, beta, epsilon) = (case.view("gamma")?, case.view("beta")?, case.number("epsilon")?);
            // Stands for attention: each new position is a mixture of all positions.
            let mixing: ArrayView2<'_, f32> = case.view("mixing")?;
            let x: ArrayView2<'_, f32> = case.view("x")?;
            let sublayer = |given: ArrayView2<'_, f32>| {
                let (all, called_with) = (x.dim(), given.dim());
                assert!(
                    called_with == all,
                    "your sublayer was called with {called_with:?}; it takes all positions together, {all:?}"
                );
                mixing.dot(&given)
            };
            Ok(case.reply("output", pre_norm(x, sublayer, gamma, beta, epsilon)))
        })
        .main()
}
