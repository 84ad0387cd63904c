//! A key–value cache, judged by the whole text read at once without one.

mod cases;
mod generate;
mod mistakes;
mod read;

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::attention_weights::Attention;
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::scaled_dot_product;
use crate::task::Task;

pub(crate) use read::{Cache, Caches};
pub use read::{whole_text, with_cache};

/// As in exercise 18: a few roundings, divided by the standard deviation of a row.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// The axes of the keys, or values, of one block.
const POSITIONS: [&str; 3] = ["head", "position", "feature"];

/// The axes of those of all blocks.
const CACHES: [&str; 4] = ["block", "head", "position", "feature"];

/// The exercise `kv-cache`.
pub fn exercise() -> Exercise {
    Exercise::new("kv-cache", TOLERANCE)
        .task(append_task())
        .task(attend_task())
        .task(read_task())
        .task(generate_task())
}

fn append_task() -> Task {
    let task = Task::new("append", |x| append(&x["past"], &x["new"])).output("longer", POSITIONS);
    mistakes::of_append(cases::of_append(task))
        .property(
            Property::new(
                "heads-in-another-order",
                "moving the heads moves their positions, and changes nothing else",
            )
            .in_case("several")
            .rotate(["past", "new"], 0)
            .expect_rotated(["longer"], 0),
        )
        .property(
            Property::new(
                "the-past-stays",
                "different new positions change nothing in the past",
            )
            .in_case("several")
            .disturb(["new"], 1, 0)
            .expect_same_before(["longer"], 1, 2),
        )
}

fn attend_task() -> Task {
    let task = Task::new("attend", |x| Outputs::from(attend(x, None)))
        .output("weights", ["head", "query", "key"])
        .output("contexts", POSITIONS);
    mistakes::of_attend(cases::of_attend(task))
        .property(
            Property::new(
                "the-future-does-not-matter",
                "the last new position changes nothing for those before it",
            )
            .in_case("several")
            .disturb(["keys", "values"], 1, 6)
            .expect_same_before(["weights", "contexts"], 1, 2),
        )
        .property(
            Property::new(
                "heads-in-another-order",
                "moving the heads moves their weights and contexts, and changes nothing else",
            )
            .in_case("several")
            .rotate(["queries", "keys", "values"], 0)
            .expect_rotated(["weights", "contexts"], 0),
        )
        .property(
            Property::new(
                "rows-sum-to-one",
                "in every head, the weights of a new position add up to 1",
            )
            .in_case("several")
            .expect_sum_of_one(["weights"], 2),
        )
}

fn read_task() -> Task {
    let task = Task::new("read", whole_text)
        .ids("positions", ["block"])
        .output("keys", CACHES)
        .output("values", CACHES)
        .output("logits", ["position", "token"])
        .count("projected", "rows of keys");
    mistakes::of_read(cases::of_read(task))
        .property(
            Property::new(
                "other-pieces",
                "the same text in other pieces gives the same caches and logits, and costs as much",
            )
            .in_case("prompt-and-tokens")
            .rotate(["pieces"], 0)
            .expect_same(["positions", "keys", "values", "logits", "projected"]),
        )
        .property(
            Property::new(
                "later-tokens-do-not-matter",
                "different tokens from position 4 on change nothing before it",
            )
            .in_case("pieces")
            .disturb(["tokens"], 0, 4)
            .expect_same_before(["keys", "values"], 2, 4)
            .expect_same_before(["logits"], 0, 4),
        )
}

fn generate_task() -> Task {
    let task = Task::new("generate", generate::right)
        .ids("written", ["position"])
        .count("newest", "rows of keys")
        .count("projected", "rows of keys");
    mistakes::of_generate(cases::of_generate(task))
        .property(
            Property::new(
                "twice-as-many-tokens",
                "10 tokens instead of 5 begin with the same 5, cost at most twice as much, and the \
                 newest costs as much as before",
            )
            .in_case("plain")
            .set("count", 10)
            .expect_same_before(["written"], 0, 5)
            .expect_same(["newest"])
            .expect_at_most_times(["projected"], 2.0),
        )
        .property(
            Property::new(
                "positions-to-come-are-not-read",
                "the rows of P for positions after the text change nothing",
            )
            .in_case("plain")
            .disturb(["position_embedding"], 0, 9)
            .expect_same(["written"]),
        )
}

/// The past, and then the new positions.
fn append(past: &Tensor, new: &Tensor) -> Tensor {
    Tensor::cat(&[past, new], 1)
}

/// Weights and contexts under a mask. Without one it is causal, and the queries are the last positions.
fn attend(x: &Inputs, mask: Option<&Tensor>) -> Attended {
    attended([&x["queries"], &x["keys"], &x["values"]], mask)
}

/// The weights (heads, new, past + new) and the contexts (heads, new, head_dim) of new positions.
struct Attended(Attention);

impl From<Attended> for Outputs {
    fn from(Attended(Attention { weights, output }): Attended) -> Self {
        [("weights", weights), ("contexts", output)].into()
    }
}

fn attended([queries, keys, values]: [&Tensor; 3], mask: Option<&Tensor>) -> Attended {
    let causal = crate::masks::kernel::causal(queries.size()[1], keys.size()[1]);
    let mask = mask.unwrap_or(&causal);
    Attended(scaled_dot_product::kernel(
        queries,
        keys,
        values,
        Some(mask),
    ))
}
