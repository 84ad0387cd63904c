//! Which function answers which task. The cases and what is expected of them are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. Where the compiler points at one, the function in `src/lib.rs`
//! has another.

use ndarray::{Array2, ArrayView2};
use quarter::quarter;

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("quarter", |case| {
            let quarter: fn(ArrayView2<'_, f32>) -> Array2<f32> = quarter;
            Ok(case.reply("quarter", quarter(case.view("x")?)))
        })
        .main()
}
