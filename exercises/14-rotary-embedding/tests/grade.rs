//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError};
use ndarray::{Array2, ArrayView2};
use rotary_embedding::{Layout, attention_with_rotary, rotate};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("rotate", |case| {
            let rotate: fn(ArrayView2<'_, f32>, usize, Layout) -> Array2<f32> = rotate;
            Ok(case.reply(
                "output",
                rotate(case.view("x")?, case.size("offset")?, layout(case)?),
            ))
        })
        .task("attention_with_rotary", |case| {
            let attention_with_rotary: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                Option<ArrayView2<'_, bool>>,
                usize,
                Layout,
            ) -> (Array2<f32>, Array2<f32>) = attention_with_rotary;
            let (q, k, v) = (case.view("q")?, case.view("k")?, case.view("v")?);
            let (mask, offset) = (case.optional_mask("mask")?, case.size("offset")?);
            let (output, weights) = attention_with_rotary(q, k, v, mask, offset, layout(case)?);
            Ok(case.reply("output", output).and("weights", weights))
        })
        .main()
}

/// Cases hold no enums: the size `halves` is 1 or 0.
fn layout(case: &Case) -> Result<Layout, CaseError> {
    Ok(if case.size("halves")? == 1 {
        Layout::Halves
    } else {
        Layout::Interleaved
    })
}
