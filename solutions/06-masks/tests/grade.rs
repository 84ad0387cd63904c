//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use masks::{causal, combine, padding, sliding_window};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("padding", |case| {
            Ok(case.reply(
                "mask",
                padding(&case.sizes("lengths")?, case.size("length")?),
            ))
        })
        .task("causal", |case| {
            Ok(case.reply("mask", causal(case.size("queries")?, case.size("keys")?)))
        })
        .task("combine", |case| {
            Ok(case.reply("mask", combine(case.mask("padding")?, case.mask("causal")?)))
        })
        .task("sliding_window", |case| {
            let (queries, keys, window) = (
                case.size("queries")?,
                case.size("keys")?,
                case.size("window")?,
            );
            Ok(case.reply("mask", sliding_window(queries, keys, window)))
        })
        .main()
}
