//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attention_backward::{
    AttentionGradients, MultiHeadGradients, ProjectionGradients, Projections, attention_backward,
    multi_head_backward, self_attention_backward,
};
use attentive_grader::{Case, CaseError, Reply};
use ndarray::{Array3, ArrayView2, ArrayView3};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("attention_backward", |case| {
            let attention_backward: fn(
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayView2<'_, f32>,
                Option<ArrayView2<'_, bool>>,
                ArrayView2<'_, f32>,
            ) -> AttentionGradients = attention_backward;
            let (q, k, v) = (case.view("q")?, case.view("k")?, case.view("v")?);
            let mask = case.optional_mask("mask")?;
            let gradients = attention_backward(q, k, v, mask, case.view("dy")?);
            Ok(case
                .reply("dv", gradients.dv)
                .and("dq", gradients.dq)
                .and("dk", gradients.dk))
        })
        .task("multi_head_backward", |case| {
            let multi_head_backward: fn(
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                ArrayView3<'_, f32>,
                &Projections<'_>,
                usize,
                Option<ArrayView3<'_, bool>>,
                ArrayView3<'_, f32>,
            ) -> MultiHeadGradients = multi_head_backward;
            let (query, key, value) = (case.view("query")?, case.view("key")?, case.view("value")?);
            let (projections, heads) = (projections(case)?, case.size("heads")?);
            let (mask, dy) = (case.optional_mask("mask")?, case.view("dy")?);
            let gradients = multi_head_backward(query, key, value, &projections, heads, mask, dy);
            Ok(parameters(gradients.projections)
                .and("dquery", gradients.dquery)
                .and("dkey", gradients.dkey)
                .and("dvalue", gradients.dvalue))
        })
        .task("self_attention_backward", |case| {
            let self_attention_backward: fn(
                ArrayView3<'_, f32>,
                &Projections<'_>,
                usize,
                Option<ArrayView3<'_, bool>>,
                ArrayView3<'_, f32>,
            ) -> (Array3<f32>, ProjectionGradients) = self_attention_backward;
            let (projections, heads) = (projections(case)?, case.size("heads")?);
            let (x, mask) = (case.view("x")?, case.optional_mask("mask")?);
            let (dx, gradients) =
                self_attention_backward(x, &projections, heads, mask, case.view("dy")?);
            Ok(parameters(gradients).and("dx", dx))
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

/// The gradients of weights and biases, by name.
fn parameters(gradients: ProjectionGradients) -> Reply {
    Reply::default()
        .and("dw_q", gradients.dw_q)
        .and("db_q", gradients.db_q)
        .and("dw_k", gradients.dw_k)
        .and("db_k", gradients.db_k)
        .and("dw_v", gradients.dw_v)
        .and("db_v", gradients.db_v)
        .and("dw_o", gradients.dw_o)
        .and("db_o", gradients.db_o)
}
