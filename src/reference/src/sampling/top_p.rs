//! The task `top_p`.

use tch::{Kind, Tensor};

use super::{
    first, keep, logits, of_removed, probabilities, random_logits, ranking,
    ranking_of_later_equals, tokens_in_another_order,
};
use crate::inputs::Inputs;
use crate::task::Task;

pub(super) fn task() -> Task {
    let task = Task::new("top_p", right).output("logits", ["token"]);
    mistakes(cases(task)).property(tokens_in_another_order())
}

fn right(x: &Inputs) -> Tensor {
    let logits = &x["logits"];
    keep_of_ranking(logits, &ranking(logits), x.number("p"))
}

/// Keeps the tokens of a ranking until their probabilities reach `p`.
pub(super) fn keep_of_ranking(logits: &Tensor, ranking: &Tensor, p: f64) -> Tensor {
    keep(logits, &nucleus(&probabilities(logits), ranking, p))
}

/// The tokens that a ranking begins with, until they have reached `p`: before each of them, there is less.
fn nucleus(weights: &Tensor, ranking: &Tensor, p: f64) -> Tensor {
    let weights = weights.index_select(0, ranking);
    let before = weights.cumsum(0, Kind::Double) - &weights;
    ranking.masked_select(&before.lt(p))
}

fn cases(task: Task) -> Task {
    let at = |inputs: Inputs, p: f32| inputs.with("p", p);
    task.case(
        "by-hand",
        "probabilities 0.05, 0.5, 0.15 and 0.3; 0.5 is not enough for a p of 0.6",
        move |_| at(of_probabilities([0.05, 0.5, 0.15, 0.3]), 0.6),
    )
    .case(
        "first-is-enough",
        "one token has more than p by itself",
        move |_| at(of_probabilities([0.1, 0.15, 0.55, 0.2]), 0.4),
    )
    .case(
        "plain",
        "the p of 4 out of 9 tokens: halfway into the fourth",
        |random| reaching(random_logits(random, 9, &[]), 4),
    )
    .case(
        "wide",
        "the p of 7 out of 12 tokens, with logits that differ less",
        |random| {
            let logits = random.normal(&[12]) * 0.7;
            reaching(Inputs::default().with("logits", logits), 7)
        },
    )
    .case(
        "equals",
        "three tokens are equally probable, and two of them are needed",
        move |_| at(logits([1.0, 0.0, 2.0, 1.0, 1.0]), 0.7),
    )
    .case(
        "all-equal",
        "8 tokens of the same probability; 5 of them reach 0.55",
        move |_| at(logits([-1.5; 8]), 0.55),
    )
    .case("all", "a p of 1: all tokens stay", move |random| {
        let logits = random.uniform(&[6], -1.0, 1.5);
        at(Inputs::default().with("logits", logits), 1.0)
    })
    .case(
        "tiny",
        "a p below every probability: the most probable token stays",
        move |random| {
            let logits = random.uniform(&[5], -1.0, 1.5);
            at(Inputs::default().with("logits", logits), 0.001)
        },
    )
    .case(
        "removed",
        "3 of 8 tokens have been removed; the p of 3 of the others",
        |random| reaching(random_logits(random, 8, &[0, 3, 4]), 3),
    )
    .case("one-token", "a vocabulary of one token", move |_| {
        at(logits([-1.5]), 0.9)
    })
}

/// Logits of tokens with these probabilities. To each, 1.75 is added: that changes no probability.
fn of_probabilities<const N: usize>(probabilities: [f32; N]) -> Inputs {
    logits(probabilities.map(|probability| probability.ln() + 1.75))
}

/// Inputs with a p that is reached by the given number of tokens: halfway between what these have and one fewer.
pub(super) fn reaching(inputs: Inputs, tokens: i64) -> Inputs {
    let logits = &inputs["logits"];
    let p = sum_reaching(logits, tokens);
    inputs.with("p", p)
}

/// The p that lies halfway into the last of so many most probable tokens.
pub(super) fn sum_reaching(logits: &Tensor, tokens: i64) -> f32 {
    let (sorted, _) = probabilities(logits).sort(0, true);
    let reached = sorted.cumsum(0, Kind::Double) - &sorted * 0.5;
    reached.double_value(&[tokens - 1]) as f32
}

fn mistakes(task: Task) -> Task {
    let by_ranking = |ranking: fn(&Tensor) -> Tensor| {
        move |x: &Inputs| keep_of_ranking(&x["logits"], &ranking(&x["logits"]), x.number("p"))
    };
    let by_probability = |stays: fn(&Tensor, f64) -> Tensor| {
        move |x: &Inputs| {
            let stays = stays(&probabilities(&x["logits"]), x.number("p"));
            x["logits"].masked_fill(&stays.logical_not(), super::REMOVED)
        }
    };
    let task = task
        .mistake("crossing-token-dropped", |x| {
            keep(&x["logits"], &without_crossing(x, 0))
        })
        .form(
            "crossing-token-dropped",
            "crossing-token-dropped-but-the-first",
            |x| keep(&x["logits"], &without_crossing(x, 1)),
        )
        .mistake("vocabulary-order", by_ranking(positions))
        .mistake(
            "smallest-first",
            by_ranking(|l| (-l).sort_stable(true, 0, true).1),
        )
        .mistake("last-of-equals", by_ranking(ranking_of_later_equals))
        .mistake(
            "each-against-p",
            by_probability(|probabilities, p| probabilities.ge(p)),
        )
        .mistake(
            "min-p",
            by_probability(|probabilities, p| {
                probabilities.greater_equal_tensor(&(probabilities.max() * p))
            }),
        )
        .mistake("all-of-the-equals", |x| {
            let least = right(x)
                .where_self(&right(x).isfinite(), &x["logits"].max())
                .min();
            x["logits"].masked_fill(&x["logits"].less_tensor(&least), super::REMOVED)
        })
        .mistake("one-token-too-many", |x| {
            let kept = right(x).isfinite().sum(Kind::Int64).int64_value(&[]);
            keep(&x["logits"], &first(&ranking(&x["logits"]), kept + 1))
        })
        .mistake("one-minus-p", |x| {
            keep_of_ranking(&x["logits"], &ranking(&x["logits"]), 1.0 - x.number("p"))
        });
    mistakes_of_sums_and_results(task)
}

fn mistakes_of_sums_and_results(task: Task) -> Task {
    let task = task
        .mistake("softmax-forgotten", |x| {
            let logits = &x["logits"];
            keep(logits, &nucleus(logits, &ranking(logits), x.number("p")))
        })
        .form("softmax-forgotten", "exponentials-added-up", |x| {
            let logits = &x["logits"];
            keep(
                logits,
                &nucleus(&logits.exp(), &ranking(logits), x.number("p")),
            )
        })
        .mistake("complement-kept", |x| {
            x["logits"].masked_fill(&right(x).isfinite(), super::REMOVED)
        })
        .mistake("ranks-as-tokens", |x| {
            let kept = right(x).isfinite().sum(Kind::Int64).int64_value(&[]);
            keep(&x["logits"], &first(&positions(&x["logits"]), kept))
        })
        .mistake("ranking-returned", |x| {
            right(x).index_select(0, &ranking(&x["logits"]))
        })
        .mistake("probabilities-returned", |x| {
            right(x).softmax(0, Kind::Float)
        })
        .form("probabilities-returned", "not-renormalized", |x| {
            let stays = right(x).isfinite().to_kind(Kind::Float);
            x["logits"].softmax(0, Kind::Float) * stays
        });
    of_removed(task, right)
}

/// The tokens whose probabilities, with all before them in the ranking, add up to no more than p; at least so many.
fn without_crossing(x: &Inputs, least: i64) -> Tensor {
    let (logits, ranking) = (&x["logits"], ranking(&x["logits"]));
    let sums = probabilities(logits)
        .index_select(0, &ranking)
        .cumsum(0, Kind::Double);
    // In f64, all probabilities may add up to a little more than 1.
    let below = sums.le(x.number("p") + 1e-9).sum(Kind::Int64);
    first(&ranking, below.int64_value(&[]).max(least))
}

/// The tokens in the order of the vocabulary.
fn positions(logits: &Tensor) -> Tensor {
    Tensor::arange(logits.size()[0], (Kind::Int64, logits.device()))
}
