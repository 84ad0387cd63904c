//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use positional_encoding::{add_positions, sinusoidal};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("sinusoidal", |case| {
            let (length, d_model, offset) = (
                case.size("length")?,
                case.size("d_model")?,
                case.size("offset")?,
            );
            Ok(case.reply("encoding", sinusoidal(length, d_model, offset)))
        })
        .task("add_positions", |case| {
            Ok(case.reply(
                "output",
                add_positions(case.view("x")?, case.size("offset")?),
            ))
        })
        .main()
}
