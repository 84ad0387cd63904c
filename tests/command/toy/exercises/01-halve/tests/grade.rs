//! Which function answers which task. The cases and what is expected of them are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. Where the compiler points at one, the function in `src/lib.rs`
//! has another.

use halve::{halve, midpoint};
use ndarray::{Array2, ArrayView2};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("halve", |case| {
            let halve: fn(ArrayView2<'_, f32>) -> Array2<f32> = halve;
            Ok(case.reply("half", halve(case.view("x")?)))
        })
        .task("midpoint", |case| {
            let midpoint: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Array2<f32> = midpoint;
            Ok(case.reply("middle", midpoint(case.view("a")?, case.view("b")?)))
        })
        .main()
}
