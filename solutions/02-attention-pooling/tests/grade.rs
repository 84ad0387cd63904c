//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use attention_pooling::{pool, scores};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("scores", |case| {
            let scores = scores(
                case.view("hidden")?,
                case.view("weight")?,
                case.number("bias")?,
            );
            Ok(case.reply("scores", scores))
        })
        .task("pool", |case| {
            let (context, weights) = pool(
                case.view("hidden")?,
                case.view("scores")?,
                case.optional_mask("mask")?,
            );
            Ok(case.reply("context", context).and("weights", weights))
        })
        .main()
}
