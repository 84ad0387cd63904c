//! Which function answers which task. The cases and what is expected of them are in `golden.safetensors`.

use quarter::quarter;

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("quarter", |case| {
            Ok(case.reply("quarter", quarter(case.view("x")?)))
        })
        .main()
}
