//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError};
use multi_head_attention::{Projections, merge_heads, multi_head_attention, split_heads};
use ndarray::{Array3, Array4, ArrayView3, ArrayView4};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("split_heads", |case| {
            let split_heads: fn(ArrayView3<'_, f32>, usize) -> Array4<f32> = split_heads;
            Ok(case.reply("heads", split_heads(case.view("x")?, case.size("heads")?)))
        })
        .task("merge_heads", |case| {
            let merge_heads: fn(ArrayView4<'_, f32>) -> Array3<f32> = merge_heads;
            Ok(case.reply("merged", merge_heads(case.view("x")?)))
        })
        .task("multi_head_attention", |case| {
            let multi_head_attention: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                &Projections<'_>,
                usize,
                Option<ArrayView3<'_, bool>>,
            ) -> (Array3<f32>, Array4<f32>) = multi_head_attention;
            let (query, key, value) = (case.view("query")?, case.view("key")?, case.view("value")?);
            let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
            let (output, weights) =
                multi_head_attention(query, key, value, &projections(case)?, heads, mask);
            Ok(case.reply("output", output).and("weights", weights))
        })
        .main()
}

fn projections(case: &Case) -> Result<Projections<'_>, CaseError> {
    Ok(Projections {
        w_q: case.view("w_q")?,
        b_q: case.view("b_q")?,
        w_k: case.view("w_k")?,
        b_k: case.view("b_k")?,
        w_v: case.view("w_v")?,
        b_v: case.view("b_v")?,
        w_o: case.view("w_o")?,
        b_o: case.view("b_o")?,
    })
}
