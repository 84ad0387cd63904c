//! From logits to tokens: the processors of `transformers` in their order, a draw, and beam search. Probabilities and
//! their sums are computed in `f64`, so that only the rounding of correct `f32` programs is left to differ.

pub(crate) mod beam_search;
mod draw;
mod next_token;
mod repetition_penalty;
mod temperature;
mod top_k;
mod top_p;

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// Most logits are returned as they are. Those that are divided, and sums of a few logarithms, carry some roundings of
/// numbers up to 10.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-5,
};

/// The logit of a token that is removed.
const REMOVED: f64 = f64::NEG_INFINITY;

/// The least distance of a random number from each number at which the draw changes from one token to the next. Correct
/// programs add up probabilities in `f32` or `f64`, in different ways: their sums differ by less than 10⁻⁶.
const MARGIN: f64 = 1e-3;

/// The exercise `sampling`.
pub fn exercise() -> Exercise {
    Exercise::new("sampling", TOLERANCE)
        .task(temperature::task())
        .task(top_k::task())
        .task(top_p::task())
        .task(repetition_penalty::task())
        .task(draw::task())
        .task(next_token::task())
        .task(beam_search::task())
}

/// The tokens from the largest logit to the smallest, of equals the earlier first.
fn ranking(logits: &Tensor) -> Tensor {
    logits.sort_stable(true, 0, true).1
}

/// The tokens from the largest logit to the smallest, of equals the later first.
fn ranking_of_later_equals(logits: &Tensor) -> Tensor {
    logits.sort_stable(true, 0, false).1.flip([0])
}

/// The probabilities of the tokens.
fn probabilities(logits: &Tensor) -> Tensor {
    logits.softmax(0, Kind::Double)
}

/// The logits with all but those of the tokens `kept` set to −∞.
fn keep(logits: &Tensor, kept: &Tensor) -> Tensor {
    let removed = logits.full_like(REMOVED);
    removed.index_copy(0, kept, &logits.index_select(0, kept))
}

/// The first `k` entries, or all if there are fewer.
fn first(entries: &Tensor, k: i64) -> Tensor {
    entries.narrow(0, 0, k.min(entries.size()[0]))
}

/// The largest logit as it is and all others at −∞, of equals the first: the choice at temperature 0.
fn greedy(logits: &Tensor) -> Tensor {
    keep(logits, &first(&ranking(logits), 1))
}

/// The logits with another number in place of −∞.
fn with_removed_as(logits: &Tensor, number: f64) -> Tensor {
    logits.masked_fill(&logits.eq(REMOVED), number)
}

/// Adds the mistakes of giving what is removed another number than −∞. The right answer is that of `right`.
fn of_removed(task: Task, right: fn(&Inputs) -> Tensor) -> Task {
    // Logits that were −∞ before are left so.
    let newly = move |number: f64| {
        move |x: &Inputs| {
            let logits = &x["logits"];
            with_removed_as(&right(x), number).where_self(&logits.isfinite(), logits)
        }
    };
    task.mistake("zero-instead-of-infinity", move |x| {
        with_removed_as(&right(x), 0.0)
    })
    .mistake("finite-instead-of-infinity", newly(-1e9))
    .form(
        "finite-instead-of-infinity",
        "smallest-number-instead-of-infinity",
        newly(f64::from(f32::MIN)),
    )
}

/// The property of steps that look at no token's number.
fn tokens_in_another_order() -> Property {
    Property::new(
        "tokens-in-another-order",
        "moving the logits moves the result, and changes nothing else",
    )
    .in_case("plain")
    .rotate(["logits"], 0)
    .expect_rotated(["logits"], 0)
}

/// Logits of these numbers.
fn logits<const N: usize>(numbers: [f32; N]) -> Inputs {
    Inputs::default().with("logits", Tensor::from_slice(&numbers))
}

/// Random logits, of which these tokens are removed.
fn random_logits(random: &Random, vocabulary: i64, removed: &[i64]) -> Inputs {
    let logits = random.normal(&[vocabulary]) * 1.5;
    let logits = logits.index_fill(0, &Tensor::from_slice(removed), REMOVED);
    Inputs::default().with("logits", logits)
}

/// A random number in each of so many equal parts of the line from 0 to 1, without those that are close to an edge
/// between two tokens of these probabilities.
fn uniform_within(random: &Random, probabilities: &Tensor, parts: i64) -> Tensor {
    let starts = Tensor::arange(parts, (Kind::Float, probabilities.device()));
    let u = (starts + random.uniform(&[parts], 0.0, 1.0)) / parts as f64;
    let edges = probabilities.cumsum(0, Kind::Double).unsqueeze(0);
    let distances = (u.unsqueeze(1) - edges).abs();
    u.masked_select(&distances.amin([1], false).gt(MARGIN))
}
