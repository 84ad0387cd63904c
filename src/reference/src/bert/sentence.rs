//! One vector of length 1 for each text, the direction of the mean over its tokens.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The axes of the states.
const TOKENS: i64 = 1;
const FEATURES: i64 = 1;

/// The cases with at least one token in each text.
const WITH_TEXT: &[&str] = &["plain", "padding", "square", "padding-first", "one-token"];

/// The cases in which each text has a token between its first and its last one.
const WITH_ENDS: &[&str] = &["plain", "padding", "padding-first"];

/// The cases with padding next to text, which weights of 0 and 1 can be mistaken in.
const WITH_PADDING: &[&str] = &["padding", "square", "padding-first", "nothing-but-padding"];

pub(super) fn task() -> Task {
    let task = Task::new("sentence", right).output("vector", ["text", "feature"]);
    properties(mistakes(cases(task)))
}

fn right(x: &Inputs) -> Tensor {
    normalised(&mean(x))
}

/// The mean (batch, width) over what is not padding; 0 for a text that is nothing else.
fn mean(x: &Inputs) -> Tensor {
    summed(x) / count(x).clamp_min(1)
}

/// The mean of states (batch, tokens, width) over what the mask (batch, tokens) does not call padding.
pub(crate) fn mean_of_text(states: &Tensor, mask: &Tensor) -> Tensor {
    let inputs = Inputs::default().with("states", states.shallow_clone());
    mean(&inputs.with("mask", mask.shallow_clone()))
}

/// The sum of what is not padding.
fn summed(x: &Inputs) -> Tensor {
    (&x["states"] * x["mask"].unsqueeze(2)).sum_dim_intlist(TOKENS, false, Kind::Float)
}

/// The number (batch, 1) of tokens that are not padding.
fn count(x: &Inputs) -> Tensor {
    x["mask"].sum_dim_intlist(TOKENS, true, Kind::Int64)
}

/// Rows of length 1; rows of 0 stay as they are. `torch.nn.functional.normalize` has the same formula.
fn normalised(rows: &Tensor) -> Tensor {
    rows / length(rows).clamp_min(1e-12)
}

/// The Euclidean length (batch, 1) of each row.
fn length(rows: &Tensor) -> Tensor {
    rows.norm_scalaropt_dim(2, FEATURES, true)
}

/// The sum (batch, 1) of the absolute values of each row.
fn sum_of_absolutes(rows: &Tensor) -> Tensor {
    rows.abs().sum_dim_intlist(FEATURES, true, Kind::Float)
}

/// The inputs with a different mask.
fn masked(x: &Inputs, mask: Tensor) -> Inputs {
    x.clone().with("mask", mask)
}

fn mistakes(task: Task) -> Task {
    task.mistake("padding-counted", |x| {
        right(&masked(x, x["mask"].ones_like()))
    })
    .only_in(WITH_PADDING)
    .mistake("mask-inverted", |x| {
        right(&masked(x, x["mask"].logical_not()))
    })
    .only_in(WITH_PADDING)
    .mistake("padding-assumed-last", |x| {
        let tokens = x["mask"].size()[1];
        let position = Tensor::arange(tokens, (Kind::Int64, x["mask"].device()));
        right(&masked(x, position.less_tensor(&count(x))))
    })
    .only_in(["padding-first"])
    .mistake("not-divided-by-length", mean)
    .form("not-divided-by-length", "sum-not-divided-by-length", summed)
    .mistake("first-token-instead", |x| {
        normalised(&x["states"].select(TOKENS, 0))
    })
    .mistake("last-token-instead", |x| {
        normalised(&x["states"].select(TOKENS, -1))
    })
    .mistake("maximum-instead", |x| {
        let padding = x["mask"].logical_not().unsqueeze(2);
        let states = x["states"].masked_fill(&padding, f64::NEG_INFINITY);
        normalised(&states.amax(TOKENS, false))
    })
    .only_in(WITH_TEXT)
    .mistake("normalised-before-the-mean", |x| {
        mean(&each_token_normalised(x))
    })
    .form(
        "normalised-before-the-mean",
        "normalised-before-and-after",
        |x| right(&each_token_normalised(x)),
    )
    .form("first-token-instead", "first-token-if-it-counts", |x| {
        let first = &x["states"] * x["mask"].unsqueeze(2);
        normalised(&first.select(TOKENS, 0))
    })
    .mistake("divided-by-squared-length", |x| {
        mean(x) / length(&mean(x)).square().clamp_min(1e-12)
    })
    .form(
        "divided-by-squared-length",
        "sum-divided-by-squared-length",
        |x| summed(x) / length(&summed(x)).square().clamp_min(1e-12),
    )
    .mistake("divided-by-absolute-sum", |x| {
        mean(x) / sum_of_absolutes(&mean(x)).clamp_min(1e-12)
    })
    .mistake("normalised-over-the-batch", |x| {
        mean(x) / mean(x).norm().clamp_min(1e-12)
    })
    .only_in(["plain", "padding", "square", "padding-first"])
    .mistake("special-tokens-left-out", |x| {
        right(&masked(x, without_ends(&x["mask"])))
    })
    .only_in(WITH_ENDS)
    .form(
        "special-tokens-left-out",
        "first-place-and-last-token-left-out",
        |x| {
            let not_last = x["mask"].logical_and(&followed(&x["mask"]));
            right(&masked(x, without_first_place(&not_last)))
        },
    )
    .only_in(WITH_ENDS)
    .form(
        "special-tokens-left-out",
        "both-ends-of-the-row-left-out",
        |x| {
            let inner = without_first_place(&followed(&x["mask"].ones_like()));
            right(&masked(x, x["mask"].logical_and(&inner)))
        },
    )
    .only_in(WITH_ENDS)
    .mistake("zero-by-zero", |x| summed(x) / length(&summed(x)))
}

/// The inputs with each token's vector divided by its length.
fn each_token_normalised(x: &Inputs) -> Inputs {
    let lengths = x["states"].norm_scalaropt_dim(2, 2, true);
    x.clone()
        .with("states", &x["states"] / lengths.clamp_min(1e-12))
}

/// A mask without the first and the last token of each text, \[CLS\] and \[SEP\].
fn without_ends(mask: &Tensor) -> Tensor {
    let before = mask.cumsum(TOKENS, Kind::Int64);
    let all = mask.sum_dim_intlist(TOKENS, true, Kind::Int64);
    mask.logical_and(&before.greater(1))
        .logical_and(&before.less_tensor(&all))
}

/// `true` where the mask has a `true` in the place after it.
fn followed(mask: &Tensor) -> Tensor {
    let tokens = mask.size()[1];
    let next = mask.narrow(TOKENS, 1, tokens - 1);
    Tensor::cat(&[next, mask.narrow(TOKENS, 0, 1).zeros_like()], TOKENS)
}

/// The mask without the first place of each row.
fn without_first_place(mask: &Tensor) -> Tensor {
    let tokens = mask.size()[1];
    let first = mask.narrow(TOKENS, 0, 1).zeros_like();
    Tensor::cat(&[first, mask.narrow(TOKENS, 1, tokens - 1)], TOKENS)
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 texts of 3 tokens, 5 features, no padding",
        |random| texts(random, [2, 3, 5], first_keys(3, &[3, 3])),
    )
    .case(
        "padding",
        "texts of 6, 3 and 4 tokens, padded to 6",
        |random| texts(random, [3, 6, 4], first_keys(6, &[6, 3, 4])),
    )
    .case(
        "square",
        "as many texts as tokens and features: here a mean over the wrong axis goes through",
        |random| texts(random, [4, 4, 4], first_keys(4, &[2, 4, 3, 1])),
    )
    .case(
        "padding-first",
        "padding comes before the text, as some tokenizers put it",
        |random| texts(random, [2, 5, 3], first_keys(5, &[3, 4]).flip([1])),
    )
    .case(
        "nothing-but-padding",
        "the second text is nothing but padding: its vector is 0, not NaN",
        |random| texts(random, [2, 3, 4], first_keys(3, &[2, 0])),
    )
    .case(
        "opposites",
        "two vectors that cancel: their mean has length 0, and stays 0",
        |random| {
            let one = random.normal(&[1, 1, 3]);
            let states = Tensor::cat(&[&one, &-&one], 1);
            Inputs::default()
                .with("states", states)
                .with("mask", first_keys(2, &[2]))
        },
    )
    .case(
        "one-token",
        "one text of one token, whose vector is much shorter than 1",
        |random| {
            let inputs = texts(random, [1, 1, 3], first_keys(1, &[1]));
            let states = &inputs["states"] * 0.1;
            inputs.with("states", states)
        },
    )
}

fn texts(random: &Random, shape: [i64; 3], mask: Tensor) -> Inputs {
    Inputs::default()
        .with("states", random.normal(&shape))
        .with("mask", mask)
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "padding-does-not-matter",
            "the vectors of padded tokens change nothing",
        )
        .in_case("nothing-but-padding")
        .disturb(["states"], 1, 2)
        .expect_same(["vector"]),
    )
    .property(
        Property::new(
            "tokens-in-another-order",
            "moving the tokens and the mask together changes nothing",
        )
        .in_case("padding")
        .rotate(["states", "mask"], 1)
        .expect_same(["vector"]),
    )
    .property(
        Property::new(
            "every-token-twice",
            "a text with every token twice has the same mean",
        )
        .in_case("padding")
        .double(["states", "mask"], 1)
        .expect_same(["vector"]),
    )
    .property(
        Property::new("texts-apart", "changing text 1 changes nothing in text 0")
            .in_case("plain")
            .disturb(["states"], 0, 1)
            .expect_same_before(["vector"], 0, 1),
    )
}
