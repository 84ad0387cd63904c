//! The task `draw`.

use attentive_grader::{Tolerance, uniform};
use tch::{Kind, Tensor};

use super::{logits, probabilities, random_logits, ranking, uniform_within};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The number of random draws in one case.
const DRAWS: i64 = 20_000;

/// The distance that the share of a token in [`DRAWS`] random draws may have from its probability. By Hoeffding's
/// inequality, the probability of a larger one is at most 2 exp(−2 · 20,000 · 0.02²) = 2.3 · 10⁻⁷. So of a million
/// right programs that draw in any way at all from 8 tokens, fewer than 2 are rejected.
const SHARES: Tolerance = Tolerance {
    absolute: 0.02,
    relative: 0.0,
};

/// The largest number below 1.
const ALMOST_ONE: f32 = 1.0 - f32::EPSILON / 2.0;

pub(super) fn task() -> Task {
    let task = Task::new("draw", |x| {
        let probabilities = probabilities(&x["logits"]);
        let tokens = draw(&probabilities, &x["u"]);
        let shares = match x.get("draws") {
            // The right ones, and not those that happen to be drawn.
            Some(_) => probabilities,
            None => shares(&tokens, x),
        };
        [
            ("tokens", tokens),
            ("shares", shares),
            ("removed", Tensor::from(0_i64)),
        ]
    })
    .ids("tokens", ["number"])
    .output("shares", ["token"])
    .within(SHARES)
    .count("removed", "draws of tokens that were removed");
    mistakes(cases(task))
        .property(
            Property::new(
                "a-number-added-to-all-logits",
                "adding 3 to all logits changes no probability, and so it changes no token",
            )
            .in_case("plain")
            .add(["logits"], 3.0)
            .expect_same(["tokens", "shares"]),
        )
        .property(
            Property::new(
                "other-random-numbers",
                "with 20,000 different random numbers, each token is drawn about as often",
            )
            .in_case("many")
            .set("seed", 2)
            .expect_same(["shares"]),
        )
}

/// The tokens that the numbers `u` draw: the first whose cumulative probability exceeds the number, and of all that are
/// left when rounding leaves none, the last that has a probability.
pub(super) fn draw(probabilities: &Tensor, u: &Tensor) -> Tensor {
    let possible = probabilities.nonzero().select(1, 0);
    let last = possible.max().int64_value(&[]);
    first_above(probabilities, u).clamp_max(last)
}

/// The number of cumulative sums that do not exceed each number.
fn first_above(weights: &Tensor, u: &Tensor) -> Tensor {
    let sums = weights.cumsum(0, Kind::Double);
    u.to_kind(Kind::Double)
        .searchsorted::<Tensor>(&sums, false, true, "right", None)
}

/// The part of the draws that each token has.
fn shares(tokens: &Tensor, x: &Inputs) -> Tensor {
    let counts = tokens.bincount::<Tensor>(None, x["logits"].size()[0]);
    counts / tokens.size()[0] as f64
}

fn cases(task: Task) -> Task {
    const MINUS_INFINITY: f32 = f32::NEG_INFINITY;
    task.case(
        "by-hand",
        "probabilities 0.4, 0.3, 0.2 and 0.1, and a number within each part",
        |_| {
            let inputs = logits([0.4, 0.3, 0.2, 0.1].map(|p: f32| p.ln() + 2.25));
            let u = [0.05_f32, 0.35, 0.45, 0.65, 0.75, 0.85, 0.95];
            inputs.with("u", Tensor::from_slice(&u))
        },
    )
    .case("plain", "6 tokens, and numbers all along the line", |random| {
        with_numbers(random_logits(random, 6, &[]), random, 12)
    })
    .case(
        "removed",
        "9 tokens, of which 4 have been removed",
        |random| with_numbers(random_logits(random, 9, &[0, 3, 4, 8]), random, 15),
    )
    .case(
        "zero",
        "the number is 0, and the first two tokens have been removed",
        |_| {
            let inputs = logits([MINUS_INFINITY, MINUS_INFINITY, 0.5, 1.75, -0.25]);
            inputs.with("u", Tensor::from_slice(&[0.0_f32]))
        },
    )
    .case(
        "almost-one",
        "the largest number below 1, and the last two tokens have been removed; in `f32`, the probabilities \
         add up to less",
        |random| {
            let logits = adding_up_to_less(random);
            let logits = Tensor::cat(&[logits, Tensor::from_slice(&[MINUS_INFINITY; 2])], 0);
            Inputs::default()
                .with("logits", logits)
                .with("u", Tensor::from_slice(&[ALMOST_ONE]))
        },
    )
    .case("one-token", "a vocabulary of one token", |_| {
        logits([2.0]).with("u", Tensor::from_slice(&[0.7_f32]))
    })
    .case(
        "many",
        "20,000 random draws from 8 tokens, of which 2 have been removed: each has its share, give or take 0.02",
        |random| {
            with_numbers(random_logits(random, 8, &[2, 7]), random, 2)
                .with("draws", DRAWS)
                .with("seed", 1_i64)
        },
    )
}

/// Adds so many numbers that are not close to an edge between two tokens.
fn with_numbers(inputs: Inputs, random: &Random, count: i64) -> Inputs {
    let u = uniform_within(random, &probabilities(&inputs["logits"]), count);
    inputs.with("u", u)
}

/// Random logits whose probabilities add up to less than the largest number below 1, in `f32` and one after the other.
fn adding_up_to_less(random: &Random) -> Tensor {
    loop {
        let logits = random.normal(&[9]);
        let exponentials = (&logits - logits.max()).exp();
        let exponentials = Vec::<f32>::try_from(exponentials).expect("a row of numbers");
        let sum: f32 = exponentials.iter().sum();
        let total: f32 = exponentials.iter().map(|it| it / sum).sum();
        if total < ALMOST_ONE {
            return logits;
        }
    }
}

fn mistakes(task: Task) -> Task {
    let by_weights = |weights: fn(&Tensor) -> Tensor| {
        move |x: &Inputs| drawn(x, |l, u| first_above(&weights(l), u).clamp_max(last(l)))
    };
    let task = task
        .mistake(
            "not-normalised",
            by_weights(|l| (l - l.max()).exp().to_kind(Kind::Double)),
        )
        .form(
            "not-normalised",
            "exponentials-added-up",
            by_weights(|l| l.exp().to_kind(Kind::Double)),
        )
        .mistake("logits-added-up", |x| {
            drawn(x, |l, u| first_where(l, u, |sums, u| sums.gt_tensor(u)))
        })
        .mistake("at-least-instead-of-above", |x| {
            drawn(x, |l, u| {
                first_where(&probabilities(l), u, |sums, u| sums.ge_tensor(u))
            })
        })
        .mistake("removed-token-at-the-end", |x| {
            drawn(x, |l, u| {
                let almost = u.ge(f64::from(ALMOST_ONE));
                let drawn = draw(&probabilities(l), u);
                drawn.masked_fill(&almost, last(l))
            })
        })
        .only_in(["almost-one"]);
    task.mistake("first-token-at-the-end", |x| {
        drawn(x, |l, u| {
            let almost = u.ge(f64::from(ALMOST_ONE));
            draw(&probabilities(l), u).masked_fill(&almost, 0)
        })
    })
    .mistake("one-too-late", |x| {
        drawn(x, |l, u| {
            (draw(&probabilities(l), u) + 1).clamp_max(last(l))
        })
    })
    .mistake("one-too-early", |x| {
        drawn(x, |l, u| (draw(&probabilities(l), u) - 1).clamp_min(0))
    })
    .mistake("ranking-order", |x| {
        drawn(x, |l, u| {
            let ranking = ranking(l);
            let sorted = probabilities(l).index_select(0, &ranking);
            ranking.index_select(0, &draw(&sorted, u))
        })
    })
    .form("ranking-order", "rank-returned", |x| {
        drawn(x, |l, u| {
            let sorted = probabilities(l).index_select(0, &ranking(l));
            draw(&sorted, u)
        })
    })
    .mistake("from-the-end", |x| {
        drawn(x, |l, u| {
            let reversed = draw(&probabilities(l).flip([0]), u);
            -reversed + last(l)
        })
    })
    .mistake("always-the-largest", |x| {
        drawn(x, |l, u| ranking(l).narrow(0, 0, 1).expand(u.size(), false))
    })
    .mistake("all-equally-likely", |x| {
        drawn(x, |l, u| {
            (u * l.size()[0] as f64).floor().to_kind(Kind::Int64)
        })
    })
    .form("all-equally-likely", "all-kept-equally-likely", |x| {
        drawn(x, |l, u| {
            draw(
                &probabilities(&(l.isfinite().to_kind(Kind::Double)).log()),
                u,
            )
        })
    })
}

/// The last token of the vocabulary.
fn last(logits: &Tensor) -> i64 {
    logits.size()[0] - 1
}

/// The first cumulative sum for which a comparison with the number holds; the last token if there is none.
fn first_where(weights: &Tensor, u: &Tensor, holds: impl Fn(&Tensor, &Tensor) -> Tensor) -> Tensor {
    let sums = weights.cumsum(0, Kind::Double).unsqueeze(0);
    let before = holds(&sums, &u.unsqueeze(1))
        .to_kind(Kind::Int64)
        .cumsum(1, Kind::Int64);
    before
        .eq(0)
        .sum_dim_intlist([1].as_slice(), false, Kind::Int64)
        .clamp_max(last(weights))
}

/// The outputs with tokens that are drawn in a certain way.
fn drawn(x: &Inputs, draw: impl Fn(&Tensor, &Tensor) -> Tensor) -> Outputs {
    let logits = &x["logits"];
    let tokens = draw(logits, &x["u"]);
    let all = match x.get("draws") {
        Some(_) => {
            let random = uniform(x.size("seed") as u64).take(x.size("draws") as usize);
            let u = Tensor::from_slice(&random.collect::<Vec<_>>());
            Tensor::cat(&[&tokens, &draw(logits, &u)], 0)
        }
        None => tokens.shallow_clone(),
    };
    let removed = logits.index_select(0, &all).isneginf().sum(Kind::Int64);
    [
        ("tokens", tokens),
        ("shares", shares(&all, x)),
        ("removed", removed),
    ]
    .into()
}
