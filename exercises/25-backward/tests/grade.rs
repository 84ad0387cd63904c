//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::Reply;
use backward::{
    LayerNormGradients, LinearGradients, RmsNormGradients, cross_entropy_backward,
    embedding_backward, gelu_tanh_backward, layer_norm_backward, linear_backward,
    rms_norm_backward,
};
use ndarray::{Array2, Array3, ArrayD, ArrayView1, ArrayView2, ArrayView3, ArrayViewD, IxDyn};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("linear_backward", |case| {
            let linear_backward: fn(
                ArrayViewD<'_, f32>,
                ArrayView2<'_, f32>,
                ArrayViewD<'_, f32>,
            ) -> LinearGradients<IxDyn> = linear_backward;
            let x: ArrayViewD<'_, f32> = case.view("x")?;
            let gradients = linear_backward(x.view(), case.view("weight")?, case.view("dy")?);
            Ok(case
                .reply("dx", positions(gradients.dx, x))
                .and("dw", gradients.dw)
                .and("db", gradients.db))
        })
        .task("gelu_tanh_backward", |case| {
            let gelu_tanh_backward: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Array2<f32> =
                gelu_tanh_backward;
            let dx = gelu_tanh_backward(case.view("x")?, case.view("dy")?);
            Ok(case.reply("dx", dx))
        })
        .task("cross_entropy_backward", |case| {
            let cross_entropy_backward: fn(
                ArrayView3<'_, f32>,
                ArrayView2<'_, usize>,
                Option<usize>,
                f32,
                f32,
            ) -> Array3<f32> = cross_entropy_backward;
            let targets = case.ids("targets")?;
            let is_ignoring = case.inputs.contains_key("ignored");
            let ignored = is_ignoring.then(|| case.size("ignored")).transpose()?;
            let dlogits = cross_entropy_backward(
                case.view("logits")?,
                targets.view(),
                ignored,
                case.number("smoothing")?,
                case.number("dloss")?,
            );
            Ok(case.reply("dlogits", dlogits))
        })
        .task("layer_norm_backward", |case| {
            let layer_norm_backward: fn(
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                f32,
                ArrayView2<'_, f32>,
            ) -> LayerNormGradients = layer_norm_backward;
            let (gamma, epsilon) = (case.view("gamma")?, case.number("epsilon")?);
            let gradients = layer_norm_backward(case.view("x")?, gamma, epsilon, case.view("dy")?);
            Ok(case
                .reply("dx", gradients.dx)
                .and("dgamma", gradients.dgamma)
                .and("dbeta", gradients.dbeta))
        })
        .task("rms_norm_backward", |case| {
            let rms_norm_backward: fn(
                ArrayView2<'_, f32>,
                ArrayView1<'_, f32>,
                f32,
                ArrayView2<'_, f32>,
            ) -> RmsNormGradients = rms_norm_backward;
            let (gamma, epsilon) = (case.view("gamma")?, case.number("epsilon")?);
            let gradients = rms_norm_backward(case.view("x")?, gamma, epsilon, case.view("dy")?);
            Ok(case
                .reply("dx", gradients.dx)
                .and("dgamma", gradients.dgamma))
        })
        .task("embedding_backward", |case| {
            let embedding_backward: fn(
                ArrayView2<'_, usize>,
                ArrayView2<'_, f32>,
                ArrayView3<'_, f32>,
            ) -> Array2<f32> = embedding_backward;
            let tokens = case.ids("tokens")?;
            let (embedding, dy) = (case.view("embedding")?, case.view("dy")?);
            let dembedding = embedding_backward(tokens.view(), embedding, dy);
            Ok(Reply::default().and("dembedding", dembedding))
        })
        .main()
}

/// The rows of dx, one for each position, whatever the leading axes are.
fn positions(dx: ArrayD<f32>, x: ArrayViewD<'_, f32>) -> Array2<f32> {
    let (expected, found) = (x.shape(), dx.shape());
    assert!(
        found == expected,
        "your dx has the shape {found:?}; it has to have that of x, {expected:?}"
    );
    let features = x.shape().last().copied().unwrap_or(1);
    let rows = dx.into_shape_clone((x.len() / features, features));
    rows.expect("as many entries")
}
