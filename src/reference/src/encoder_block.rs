//! The encoder block in its three forms, from libtorch's own kernels: `nn.TransformerEncoderLayer` with the norms after
//! and before, and the block of Keras's examples.

mod cases;
mod mistakes;
mod steps;

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::Tensor;

use crate::case::Inputs;
use crate::exercise::{Exercise, Task};
use crate::sublayers::{EPSILON, Weights};

pub use steps::formula;

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
        false,
        norm_first,
        EPSILON,
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

/// The steps, the last of them from the kernel.
fn with_kernel(norm_first: bool) -> impl Fn(&Inputs) -> Vec<Tensor> {
    move |x| {
        let w = Weights::from(x);
        let mut steps = if norm_first {
            formula::pre_norm(&w)
        } else {
            formula::post_norm(&w)
        };
        steps[3] = kernel(&w, norm_first);
        steps
    }
}

fn task(name: &'static str, right: impl Fn(&Inputs) -> Vec<Tensor> + 'static) -> Task {
    STEPS
        .into_iter()
        .fold(Task::new(name, right), |task, step| {
            task.output(step, &["batch element", "position", "feature"])
        })
}

fn post_norm_block() -> Task {
    let task = cases::of_the_paper(task("post_norm_block", with_kernel(false)));
    properties(mistakes::post_norm(task))
}

fn pre_norm_block() -> Task {
    let task = cases::of_the_paper(task("pre_norm_block", with_kernel(true)));
    properties(mistakes::pre_norm(task)).property(property(
        "an-offset-goes-past-the-norms",
        "a number added to all of x is gone after the layer norms: attention and feed-forward stay as they are",
        "plain",
        vec![Edit::Add { input: "x".into(), value: 2.0 }],
        ["attention", "feed_forward"].map(same).into(),
    ))
}

fn keras_block() -> Task {
    let task = task("keras_block", |x| formula::keras(&Weights::from(x)));
    mistakes::keras(cases::of_keras(task))
        .property(positions_in_another_order())
        .property(property(
            "what-is-dropped-does-not-matter",
            "a block whose attention is dropped altogether does not read b_o",
            "attention-dropped",
            vec![Edit::Add {
                input: "b_o".into(),
                value: 1.0,
            }],
            STEPS.map(same).into(),
        ))
}

/// What must hold in both forms of the block.
fn properties(task: Task) -> Task {
    let before = |axis, before| {
        STEPS
            .map(|output| Relation::SameBefore {
                output: output.into(),
                axis,
                before,
            })
            .into()
    };
    let disturb = |axis, from| {
        vec![Edit::Disturb {
            input: "x".into(),
            axis,
            from,
        }]
    };
    task.property(positions_in_another_order())
        .property(property(
            "batch-elements-apart",
            "changing batch element 1 changes nothing in batch element 0",
            "plain",
            disturb(0, 1),
            before(0, 1),
        ))
        .property(property(
            "the-future-does-not-matter",
            "under a causal mask, changing position 2 changes nothing before it",
            "causal",
            disturb(1, 2),
            before(1, 2),
        ))
        .property(property(
            "padding-does-not-matter",
            "what stands in padded positions changes nothing at the others",
            "padding",
            disturb(1, 3),
            before(1, 3),
        ))
}

fn positions_in_another_order() -> Property {
    property(
        "positions-in-another-order",
        "without a mask, moving the positions moves every step, and changes nothing else",
        "plain",
        vec![Edit::Rotate {
            input: "x".into(),
            axis: 1,
        }],
        STEPS
            .map(|output| Relation::Rotated {
                output: output.into(),
                axis: 1,
            })
            .into(),
    )
}

fn same(output: &str) -> Relation {
    Relation::Same {
        output: output.into(),
    }
}

fn property(
    name: &str,
    sentence: &str,
    case: &str,
    edits: Vec<Edit>,
    relations: Vec<Relation>,
) -> Property {
    Property {
        name: name.into(),
        sentence: sentence.into(),
        case: case.into(),
        edits,
        relations,
    }
}
