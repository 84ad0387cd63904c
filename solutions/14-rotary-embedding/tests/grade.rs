//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use attentive_grader::{Case, CaseError};
use rotary_embedding::{Layout, attention_with_rotary, rotate};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("rotate", |case| {
            Ok(case.reply(
                "output",
                rotate(case.view("x")?, case.size("offset")?, layout(case)?),
            ))
        })
        .task("attention_with_rotary", |case| {
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
