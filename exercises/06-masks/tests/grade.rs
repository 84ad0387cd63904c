//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use masks::{causal, combine, padding, sliding_window};
use ndarray::{Array2, Array3, ArrayView2};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("padding", |case| {
            let padding: fn(&[usize], usize) -> Array2<bool> = padding;
            Ok(case.reply(
                "mask",
                padding(&case.sizes("lengths")?, case.size("length")?),
            ))
        })
        .task("causal", |case| {
            let causal: fn(usize, usize) -> Array2<bool> = causal;
            Ok(case.reply("mask", causal(case.size("queries")?, case.size("keys")?)))
        })
        .task("combine", |case| {
            let combine: fn(ArrayView2<'_, bool>, ArrayView2<'_, bool>) -> Array3<bool> = combine;
            Ok(case.reply("mask", combine(case.mask("padding")?, case.mask("causal")?)))
        })
        .task("sliding_window", |case| {
            let sliding_window: fn(usize, usize, usize) -> Array2<bool> = sliding_window;
            let (queries, keys, window) = (
                case.size("queries")?,
                case.size("keys")?,
                case.size("window")?,
            );
            Ok(case.reply("mask", sliding_window(queries, keys, window)))
        })
        .main()
}
