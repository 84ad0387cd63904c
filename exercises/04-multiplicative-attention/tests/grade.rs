//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use multiplicative_attention::{attend, concat, dot, general};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("dot", |case| {
            Ok(case.reply("scores", dot(case.view("queries")?, case.view("keys")?)))
        })
        .task("general", |case| {
            let scores = general(case.view("queries")?, case.view("keys")?, case.view("w_a")?);
            Ok(case.reply("scores", scores))
        })
        .task("concat", |case| {
            let (queries, keys) = (case.view("queries")?, case.view("keys")?);
            Ok(case.reply(
                "scores",
                concat(queries, keys, case.view("w_a")?, case.view("v_a")?),
            ))
        })
        .task("attend", |case| {
            let (output, weights) = attend(case.view("scores")?, case.view("values")?);
            Ok(case.reply("output", output).and("weights", weights))
        })
        .main()
}
