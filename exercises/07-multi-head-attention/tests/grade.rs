//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.

use attentive_grader::{Case, CaseError};
use multi_head_attention::{Projections, merge_heads, multi_head_attention, split_heads};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .task("split_heads", |case| {
            Ok(case.reply("heads", split_heads(case.view("x")?, case.size("heads")?)))
        })
        .task("merge_heads", |case| {
            Ok(case.reply("merged", merge_heads(case.view("x")?)))
        })
        .task("multi_head_attention", |case| {
            let (query, key, value) = (case.view("query")?, case.view("key")?, case.view("value")?);
            let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
            let (output, weights) =
                multi_head_attention(query, key, value, &projections(case)?, heads, mask);
            Ok(case.reply("output", output).and("weights", weights))
        })
        .main()
}

fn projections(case: &Case) -> Result<Projections<'_>, CaseError> {
    Ok(Projections {
        w_q: case.view("w_q")?,
        b_q: case.view("b_q")?,
        w_k: case.view("w_k")?,
        b_k: case.view("b_k")?,
        w_v: case.view("w_v")?,
        b_v: case.view("b_v")?,
        w_o: case.view("w_o")?,
        b_o: case.view("b_o")?,
    })
}
