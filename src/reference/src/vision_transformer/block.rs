//! The task `block`: pre-norm, no mask, the exact GELU, and the ε of the inputs.

mod mistakes;

use tch::Tensor;

use super::{ANOTHER_EPSILON, EPSILON};
use crate::attention_weights::Attention;
use crate::gpt::block::{Block, Steps};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::random::Random;
use crate::random_weights::{self, Size, encoder_names};
use crate::sublayers::{self, norm_with};
use crate::task::Task;

/// The axes of vectors.
const VECTORS: [&str; 3] = ["image", "token", "feature"];

/// The axes of the weights of self-attention.
const WEIGHTS: [&str; 4] = ["image", "head", "query", "key"];

/// The steps of a block that are vectors, in the order in which they are computed.
const STEPS: [&str; 4] = ["attention", "after_attention", "feed_forward", "output"];

/// The case that shows most mistakes.
const PLAIN: &[&str] = &["plain"];

/// The cases in which the form of GELU shows.
const WITH_GELU: &[&str] = &["plain", "gelu"];

/// The cases in which ε shows.
const WITH_EPSILONS: &[&str] = &["epsilon", "quiet"];

/// A number near which the exact GELU and its approximation by tanh differ by nearly a hundredth of themselves.
const GELU_DIFFERS: f64 = -2.2;

/// The steps as they should be.
const RIGHT: Steps = Steps {
    attention: |w, x| attend(w, &norm(w, 1, x)),
    after_attention: |_, x, attention| x + attention,
    feed_forward: |w, _, a| feed_forward(w, &norm(w, 2, a)),
    output: |_, _, a, feed_forward| a + feed_forward,
};

/// Computes the block step by step. The weights also have `x`, `heads` and `epsilon`.
pub fn formula(w: &Weights) -> Block {
    RIGHT.run(w)
}

/// Layer norm of this number with the ε of the inputs.
fn norm(w: &Weights, number: usize, x: &Tensor) -> Tensor {
    norm_with(w, number, x, w.number("epsilon"))
}

/// Self-attention without a mask.
fn attend(w: &Weights, x: &Tensor) -> Attention {
    sublayers::attention(w, w.size("heads"), x, x, None)
}

/// The feed-forward network with the exact GELU.
fn feed_forward(w: &Weights, x: &Tensor) -> Tensor {
    sublayers::feed_forward_with(w, x, |hidden| hidden.gelu("none"))
}

pub(super) fn task() -> Task {
    let task = Task::new("block", |x: &Inputs| formula(&x.into()))
        .output("attention_weights", WEIGHTS)
        .output("attention", VECTORS)
        .output("after_attention", VECTORS)
        .output("feed_forward", VECTORS)
        .output("output", VECTORS);
    properties(mistakes::add(cases(task)))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 images of 3 tokens, 2 heads of 2 features, d_ff of 5",
        |random| a_block(random, 2, [2, 3, 4], 5, EPSILON),
    )
    .case(
        "epsilon",
        "3 heads of one feature, and an ε of 0.1",
        |random| a_block(random, 3, [1, 2, 3], 4, ANOTHER_EPSILON),
    )
    .case(
        "gelu",
        "numbers near −2 before GELU, where its approximation by tanh is a hundredth off",
        near_minus_2,
    )
    .case(
        "quiet",
        "numbers of about 0.001: compared with their variance, an ε of 10⁻⁵ is large",
        quiet,
    )
    .case(
        "one-token",
        "the class token alone, with one head",
        |random| a_block(random, 1, [1, 1, 3], 4, EPSILON),
    )
}

/// An input of this shape, and the weights of a block for it.
fn a_block(random: &Random, heads: i64, shape: [i64; 3], d_ff: i64, epsilon: f32) -> Inputs {
    let size = Size {
        layers: None,
        d_model: shape[2],
        inner: shape[2],
        d_ff,
    };
    let inputs = Inputs::default()
        .with("x", random.normal(&shape))
        .with("heads", heads)
        .with("epsilon", epsilon);
    random_weights::add(inputs, random, size, encoder_names!(""))
}

fn near_minus_2(random: &Random) -> Inputs {
    let inputs = a_block(random, 2, [1, 3, 4], 5, EPSILON);
    let (w_1, b_1) = (&inputs["w_1"] * 0.1, &inputs["b_1"] * 0.2 + GELU_DIFFERS);
    // What GELU leaves there is small, so the next matrix makes up for it.
    let w_2 = &inputs["w_2"] * 20.0;
    inputs.with("w_1", w_1).with("b_1", b_1).with("w_2", w_2)
}

/// Numbers of about 0.001, to which attention adds no larger ones.
fn quiet(random: &Random) -> Inputs {
    let inputs = a_block(random, 2, [1, 2, 4], 3, EPSILON);
    let small = |name: &str| &inputs[name] * 1e-3;
    let (x, w_o, b_o) = (small("x"), small("w_o"), small("b_o"));
    inputs.with("x", x).with("w_o", w_o).with("b_o", b_o)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "tokens-in-another-order",
            "moving the tokens moves their vectors, and changes nothing else: a block knows no order",
        )
        .in_case("plain")
        .rotate(["x"], 1)
        .expect_rotated(STEPS, 1),
    )
    .property(
        Property::new(
            "images-apart",
            "changing image 1 changes nothing in image 0",
        )
        .in_case("plain")
        .disturb(["x"], 0, 1)
        .expect_same_before(STEPS, 0, 1)
        .expect_same_before(["attention_weights"], 0, 1),
    )
    .property(
        Property::new(
            "an-offset-goes-past-the-norms",
            "a number added to all of x is gone after the layer norms: attention and feed-forward \
             stay as they are",
        )
        .in_case("plain")
        .add(["x"], 2.0)
        .expect_same(["attention_weights", "attention", "feed_forward"]),
    )
    .property(
        Property::new(
            "rows-sum-to-one",
            "in every head, the weights of a token add up to 1",
        )
        .in_case("plain")
        .expect_sum_of_one(["attention_weights"], 3),
    )
}
