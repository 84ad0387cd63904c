//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use additive_attention::{alignment, context};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("alignment", |case| {
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
            let (context, weights) = context(
                case.view("alignment")?,
                case.view("values")?,
                case.optional_mask("mask")?,
            );
            Ok(case.reply("context", context).and("weights", weights))
        })
        .main()
}
