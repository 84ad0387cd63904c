//! The encoder block in its three forms, from libtorch's own kernels: `nn.TransformerEncoderLayer` with the norms after
//! and before, and the block of Keras's examples.

mod cases;
mod mistakes;
mod steps;

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::sublayers::EPSILON;
use crate::task::Task;

pub use steps::{Block, formula};

/// Correct `f32` implementations differ by a few 10⁻⁷ of numbers near 1 before a layer norm, and the norm divides that
/// by the row's standard deviation, which may be as small as a tenth.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The steps in the order in which they are computed.
const STEPS: [&str; 4] = ["attention", "after_attention", "feed_forward", "output"];

/// The exercise `encoder-block`.
pub fn exercise() -> Exercise {
    Exercise::new("encoder-block", TOLERANCE)
        .task(post_norm_block())
        .task(pre_norm_block())
        .task(keras_block())
}

/// The output of libtorch's own kernel for `nn.TransformerEncoderLayer`.
pub fn kernel(w: &Weights, norm_first: bool) -> Tensor {
    kernel_with(w, norm_first, false, EPSILON)
}

/// The output of this kernel with the exact GELU instead of ReLU, if `gelu` is `true`, and with a different ε.
pub fn kernel_with(w: &Weights, norm_first: bool, gelu: bool, epsilon: f64) -> Tensor {
    let stack = |names: [&str; 3]| Tensor::cat(&names.map(|name| &w[name]), 0);
    let (x, heads) = (&w["x"], w.size("heads"));
    let [batch, length, d_model] = [0, 1, 2].map(|axis| x.size()[axis]);
    // This kernel's masks are true where attention is *not* allowed, and kind 2 has one for each head.
    let mask = w.get("mask").map(|mask| {
        mask.logical_not()
            .unsqueeze(1)
            .expand([batch, heads, length, length], false)
            .contiguous()
    });
    let kind = mask.as_ref().map(|_| 2);
    Tensor::internal_transformer_encoder_layer_fwd(
        x,
        d_model,
        heads,
        &stack(["w_q", "w_k", "w_v"]),
        &stack(["b_q", "b_k", "b_v"]),
        &w["w_o"],
        &w["b_o"],
        gelu,
        norm_first,
        epsilon,
        &w["gamma_1"],
        &w["beta_1"],
        &w["gamma_2"],
        &w["beta_2"],
        &w["w_1"],
        &w["b_1"],
        &w["w_2"],
        &w["b_2"],
        mask,
        kind,
    )
}

/// Computes the steps, the last of them by the kernel.
fn with_kernel(norm_first: bool) -> impl Fn(&Inputs) -> Block {
    move |x| {
        let w = Weights::from(x);
        let steps = match norm_first {
            true => formula::pre_norm(&w),
            false => formula::post_norm(&w),
        };
        Block {
            output: kernel(&w, norm_first),
            ..steps
        }
    }
}

fn task(name: &'static str, right: impl Fn(&Inputs) -> Block + 'static) -> Task {
    STEPS
        .into_iter()
        .fold(Task::new(name, right), |task, step| {
            task.output(step, ["batch element", "position", "feature"])
        })
}

fn post_norm_block() -> Task {
    let task = cases::of_the_paper(task("post_norm_block", with_kernel(false)));
    properties(mistakes::post_norm(task))
}

fn pre_norm_block() -> Task {
    let task = cases::of_the_paper(task("pre_norm_block", with_kernel(true)));
    properties(mistakes::pre_norm(task)).property(
        Property::new(
            "an-offset-goes-past-the-norms",
            "a number added to all of x is gone after the layer norms: attention and feed-forward \
             stay as they are",
        )
        .in_case("plain")
        .add(["x"], 2.0)
        .expect_same(["attention", "feed_forward"]),
    )
}

fn keras_block() -> Task {
    let task = task("keras_block", |x| formula::keras(&Weights::from(x)));
    mistakes::keras::add(cases::of_keras(task))
        .property(positions_in_another_order())
        .property(
            Property::new(
                "what-is-dropped-does-not-matter",
                "a block whose attention is dropped altogether does not read b_o",
            )
            .in_case("attention-dropped")
            .add(["b_o"], 1.0)
            .expect_same(STEPS),
        )
}

/// Adds what must hold in both forms of the paper's block.
fn properties(task: Task) -> Task {
    task.property(positions_in_another_order())
        .property(
            Property::new(
                "batch-elements-apart",
                "changing batch element 1 changes nothing in batch element 0",
            )
            .in_case("plain")
            .disturb(["x"], 0, 1)
            .expect_same_before(STEPS, 0, 1),
        )
        .property(
            Property::new(
                "the-future-does-not-matter",
                "under a causal mask, changing position 2 changes nothing before it",
            )
            .in_case("causal")
            .disturb(["x"], 1, 2)
            .expect_same_before(STEPS, 1, 2),
        )
        .property(
            Property::new(
                "padding-does-not-matter",
                "the numbers in padded positions change nothing at the others",
            )
            .in_case("padding")
            .disturb(["x"], 1, 3)
            .expect_same_before(STEPS, 1, 3),
        )
}

fn positions_in_another_order() -> Property {
    Property::new(
        "positions-in-another-order",
        "without a mask, moving the positions moves every step, and changes nothing else",
    )
    .in_case("plain")
    .rotate(["x"], 1)
    .expect_rotated(STEPS, 1)
}
