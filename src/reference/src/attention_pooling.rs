//! Attention pooling: a sequence becomes the mean of its positions, weighted by what a linear layer says of each.

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::attention_weights::{far_below, softmax};
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;
use crate::weighting::{Weighting, far_above, logit_levels};

/// Correct `f32` implementations differ by the rounding of sums of at most 32 products, some 10⁻⁷, and where a maximum of
/// 150 is added to the logarithm of a sum, by some 10⁻⁵ of the weight. A sum with 10⁻⁴ added to it is to be rejected.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 3e-5,
};

/// The axes of the hidden vectors.
const LENGTH: i64 = 1;
const HIDDEN: i64 = 2;

const POOL: Weighting = Weighting {
    scores: "scores",
    values: "hidden",
    output: "context",
    row: "sequence",
    column: "position",
};

/// The exercise `attention-pooling`.
pub fn exercise() -> Exercise {
    Exercise::new("attention-pooling", TOLERANCE)
        .task(scores())
        .task(pool())
}

/// The scores (batch, length) of the vectors (batch, length, hidden) by libtorch's linear layer with one output.
pub fn kernel(hidden: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
    hidden
        .linear(&weight.unsqueeze(0), Some(bias.unsqueeze(0)))
        .squeeze_dim(HIDDEN)
}

/// The formula, w · h + b.
pub fn formula(hidden: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
    (hidden * weight).sum_dim_intlist(HIDDEN, false, Kind::Float) + bias
}

fn scores() -> Task {
    Task::new("scores", right)
        .output("scores", ["sequence", "position"])
        .case(
            "sample",
            "2 sequences of 5 positions, vectors of width 8",
            |random| layer(random, 2, 5, 8),
        )
        .case(
            "wide",
            "32 features: a sum over them is far from a mean",
            |random| layer(random, 3, 4, 32),
        )
        .case(
            "cube",
            "as many sequences as positions and features: here a sum over the wrong axis goes \
             through",
            |random| layer(random, 4, 4, 4),
        )
        .case("single", "one sequence of one position", |random| {
            layer(random, 1, 1, 3)
        })
        .mistake("bias-forgotten", without_bias)
        .mistake("bias-per-feature", |x| {
            without_bias(x) + &x["bias"] * width(x)
        })
        .mistake("weight-forgotten", |x| {
            formula(&x["hidden"], &x["weight"].ones_like(), &x["bias"])
        })
        .mistake("mean-for-sum", |x| without_bias(x) / width(x) + &x["bias"])
        .mistake("scaled", |x| right(x) / width(x).sqrt())
        .mistake("tanh-added", |x| right(x).tanh())
        .mistake("softmax-too-early", |x| softmax(&right(x)))
        .mistake("order-mixed-up", |x| {
            let scores = right(x);
            scores.view([scores.size()[1], scores.size()[0]]).tr()
        })
        .mistake("positions-summed", |x| {
            formula(
                &x["hidden"].transpose(LENGTH, HIDDEN),
                &x["weight"],
                &x["bias"],
            )
        })
        .only_in(["cube"])
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions moves their scores",
            )
            .in_case("sample")
            .rotate(["hidden"], 1)
            .expect_rotated(["scores"], 1),
        )
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences moves their scores",
            )
            .in_case("wide")
            .rotate(["hidden"], 0)
            .expect_rotated(["scores"], 0),
        )
        .property(
            Property::new(
                "positions-are-independent",
                "changing positions 3 and 4 changes nothing in the scores before them",
            )
            .in_case("sample")
            .disturb(["hidden"], 1, 3)
            .expect_same_before(["scores"], 1, 3),
        )
}

fn pool() -> Task {
    let task = POOL
        .task("pool")
        .case(
            "sample",
            "2 sequences of 5 positions of width 8, scored by a linear layer",
            |random| {
                let layer = layer(random, 2, 5, 8);
                let scores = right(&layer);
                Inputs::default()
                    .with("hidden", layer["hidden"].shallow_clone())
                    .with("scores", scores)
            },
        )
        .case(
            "cube",
            "as many sequences as positions and features: here a missing axis goes through",
            |random| scored(random, 4, 4, 4),
        )
        .case(
            "padding",
            "sequences of 4, 2 and 3 tokens, padded to 6 positions",
            |random| scored(random, 3, 6, 4).with("mask", first_keys(6, &[4, 2, 3])),
        )
        .case(
            "fully-masked-row",
            "sequence 1 is nothing but padding: its weights and its context are 0, not NaN",
            |random| scored(random, 3, 5, 2).with("mask", first_keys(5, &[5, 0, 3])),
        )
        .case(
            "padding-is-largest",
            "the last position is padding and has by far the largest score: it is not to be \
             compared with",
            |random| {
                let last = Tensor::from_slice(&[0.0, 0.0, 0.0, 120.0_f32]);
                scored(random, 2, 4, 3)
                    .with("mask", first_keys(4, &[3, 2]))
                    .add_to("scores", last)
            },
        )
        .case(
            "rows-far-apart",
            "scores near 150, 0 and −150, the last two positions padding: exp overflows or gives \
             0, and −100 would not block",
            |random| {
                scored(random, 3, 5, 4)
                    .with("mask", first_keys(5, &[3, 3, 3]))
                    .add_to("scores", logit_levels())
            },
        )
        .case(
            "far-below",
            "sequences of one token, with a score near −1,000,000: −10,000 would not block the \
             padding",
            |random| {
                let inputs = scored(random, 2, 4, 3);
                let (scores, mask) = far_below(&inputs["scores"], &[0, 0]);
                inputs.with("scores", scores).with("mask", mask)
            },
        )
        .case(
            "one-far-above",
            "one score of each sequence is 150 above the others: no other number is safe to \
             subtract, not even their mean",
            |random| scored(random, 3, 5, 4).add_to("scores", far_above(5, &[2, 3, 1])),
        )
        .case(
            "one-far-below",
            "one score of each sequence is 150 below the others, which share the weight",
            |random| scored(random, 2, 4, 3).add_to("scores", -far_above(4, &[0, 2])),
        )
        .case(
            "single",
            "sequences of one position, which takes all the weight",
            |random| scored(random, 2, 1, 3),
        );
    POOL.mask_mistakes(POOL.softmax_mistakes(task, "softmax-over-batch"))
        .mistake(
            "plain-mean",
            POOL.with_output(|_, hidden| hidden.mean_dim(LENGTH, false, Kind::Float)),
        )
        .mistake(
            "weights-on-the-wrong-axis",
            POOL.with_output(|weights, hidden| {
                (hidden * weights).sum_dim_intlist(LENGTH, false, Kind::Float)
            }),
        )
        .only_in(["cube"])
        .property(POOL.sums_to_one("padding"))
        .property(POOL.a_constant_does_not_matter("fully-masked-row"))
        .property(POOL.blocked_does_not_matter("padding", 1, 4))
        .property(POOL.order_does_not_matter("padding", 1))
        .property(
            Property::new(
                "sequences-are-independent",
                "changing sequence 1 changes nothing in the sequence before it",
            )
            .in_case("sample")
            .disturb(["hidden", "scores"], 0, 1)
            .expect_same_before(["weights", "context"], 0, 1),
        )
}

/// Hidden vectors and a linear layer whose scores are of size 1.
fn layer(random: &Random, batch: i64, length: i64, hidden: i64) -> Inputs {
    Inputs::default()
        .with("hidden", random.normal(&[batch, length, hidden]))
        .with("weight", random.normal(&[hidden]) / (hidden as f64).sqrt())
        .with("bias", random.normal(&[]))
}

fn scored(random: &Random, batch: i64, length: i64, hidden: i64) -> Inputs {
    Inputs::default()
        .with("hidden", random.normal(&[batch, length, hidden]))
        .with("scores", random.normal(&[batch, length]))
}

fn right(x: &Inputs) -> Tensor {
    kernel(&x["hidden"], &x["weight"], &x["bias"])
}

fn without_bias(x: &Inputs) -> Tensor {
    formula(&x["hidden"], &x["weight"], &x["bias"].zeros_like())
}

fn width(x: &Inputs) -> f64 {
    x["weight"].size()[0] as f64
}
