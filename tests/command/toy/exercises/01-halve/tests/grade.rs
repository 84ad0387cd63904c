//! Which function answers which task. The cases and what is expected of them are in `golden.safetensors`.

use halve::{halve, midpoint};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("halve", |case| {
            Ok(case.reply("half", halve(case.view("x")?)))
        })
        .task("midpoint", |case| {
            Ok(case.reply("middle", midpoint(case.view("a")?, case.view("b")?)))
        })
        .main()
}
