//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use additive_attention::{alignment, context};
use ndarray::{Array2, ArrayView1, ArrayView2};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("alignment", |case| {
            let alignment: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
            ) -> Array2<f32> = alignment;
            let (queries, keys) = (case.view("queries")?, case.view("keys")?);
            let alignment = alignment(
                queries,
                keys,
                case.view("w_a")?,
                case.view("u_a")?,
                case.view("v_a")?,
            );
            Ok(case.reply("alignment", alignment))
        })
        .task("context", |case| {
            let context: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                Option<ArrayView2<'_, bool>>,
            ) -> (Array2<f32>, Array2<f32>) = context;
            let (context, weights) = context(
                case.view("alignment")?,
                case.view("values")?,
                case.optional_mask("mask")?,
            );
            Ok(case.reply("context", context).and("weights", weights))
        })
        .main()
}
