//! GPT-2 (Radford et al. 2019), from libtorch's kernels for its parts.

pub(crate) mod block;
mod block_mistakes;
pub(crate) mod cases;
mod mistakes;
pub mod model;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::task::Task;

pub use block::{Block, formula};

/// Correct `f32` implementations differ by a few 10⁻⁷ of numbers near 1; the layer norm divides that by the standard
/// deviation of a row, which may be as small as a tenth.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The axes of vectors.
const VECTORS: [&str; 3] = ["batch element", "position", "feature"];

/// The axes of the weights of self-attention.
const WEIGHTS: [&str; 4] = ["batch element", "head", "query", "key"];

/// The steps of a block that are vectors, in the order in which they are computed.
const STEPS: [&str; 4] = ["attention", "after_attention", "feed_forward", "output"];

/// The exercise `gpt`.
pub fn exercise() -> Exercise {
    Exercise::new("gpt", TOLERANCE)
        .task(embed())
        .task(block())
        .task(logits())
        .task(next_tokens())
}

fn embed() -> Task {
    let task = Task::new("embed", model::embed).output("vectors", VECTORS);
    mistakes::of_embed(cases::of_embed(task))
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences of a batch moves their vectors, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["tokens"], 0)
            .expect_rotated(["vectors"], 0),
        )
        .property(
            Property::new(
                "positions-apart",
                "different tokens from position 2 on change nothing before it",
            )
            .in_case("plain")
            .disturb(["tokens"], 1, 2)
            .expect_same_before(["vectors"], 1, 2),
        )
        .property(
            Property::new(
                "later-positions-are-not-read",
                "the rows of P after the last position change nothing",
            )
            .in_case("past")
            .disturb(["position_embedding"], 0, 8)
            .expect_same(["vectors"]),
        )
}

fn block() -> Task {
    let task = Task::new("block", |x| formula(&Weights::from(x)))
        .output("attention_weights", WEIGHTS)
        .output("attention", VECTORS)
        .output("after_attention", VECTORS)
        .output("feed_forward", VECTORS)
        .output("output", VECTORS);
    block_mistakes::add(cases::of_block(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "changing position 2 changes nothing before it",
            )
            .in_case("plain")
            .disturb(["x"], 1, 2)
            .expect_same_before(STEPS, 1, 2)
            .expect_same_before(["attention_weights"], 2, 2),
        )
        .property(
            Property::new(
                "batch-elements-apart",
                "changing batch element 1 changes nothing in batch element 0",
            )
            .in_case("plain")
            .disturb(["x"], 0, 1)
            .expect_same_before(STEPS, 0, 1)
            .expect_same_before(["attention_weights"], 0, 1),
        )
        .property(
            Property::new(
                "an-offset-goes-past-the-norms",
                "a number added to all of x is gone after the layer norms: attention and \
                 feed-forward stay as they are",
            )
            .in_case("plain")
            .add(["x"], 2.0)
            .expect_same(["attention_weights", "attention", "feed_forward"]),
        )
        .property(
            Property::new(
                "rows-sum-to-one",
                "in every head, the weights of a position add up to 1",
            )
            .in_case("plain")
            .expect_sum_of_one(["attention_weights"], 3),
        )
}

fn logits() -> Task {
    let task =
        Task::new("logits", model::logits).output("logits", ["batch element", "position", "token"]);
    mistakes::of_logits(cases::of_logits(task))
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the positions moves their logits, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["x"], 1)
            .expect_rotated(["logits"], 1),
        )
        .property(
            Property::new(
                "tokens-in-another-order",
                "moving the rows of E moves the logits of the tokens, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["token_embedding"], 0)
            .expect_rotated(["logits"], 2),
        )
        .property(
            Property::new(
                "an-offset-is-gone-after-the-norm",
                "a number added to all of x changes nothing: the last norm subtracts the mean",
            )
            .in_case("plain")
            .add(["x"], 2.0)
            .expect_same(["logits"]),
        )
}

fn next_tokens() -> Task {
    let task = Task::new("next_tokens", model::next_tokens).ids("next", ["sequence"]);
    mistakes::of_next_tokens(cases::of_next_tokens(task))
        .property(
            Property::new(
                "padding-does-not-matter",
                "different tokens in the padding change nothing",
            )
            .in_case("padding")
            .disturb(["tokens"], 1, 3)
            .expect_same(["next"]),
        )
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences and their lengths moves the next tokens, and changes \
                 nothing else",
            )
            .in_case("plain")
            .rotate(["tokens", "lengths"], 0)
            .expect_rotated(["next"], 0),
        )
}
