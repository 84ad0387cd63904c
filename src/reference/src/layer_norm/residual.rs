//! The two ways of putting layer norm beside a residual: after the sum, or before the sublayer.

use attentive_grader::{Edit, Property};
use tch::Tensor;

use super::{EPSILON, features_in_another_order, norm, same, with_beta, with_gamma};
use crate::case::{Inputs, Random};
use crate::exercise::Task;

pub(super) fn add_and_norm() -> Task {
    let sum = |x: &Inputs| &x["x"] + &x["sublayer"];
    Task::new("add_and_norm", move |x| vec![norm(x, &sum(x))])
        .output("output", &["position", "feature"])
        .case("plain", "5 positions of 7 features", two(5, 7))
        .case("square", "as many positions as features", two(4, 4))
        .case("single", "one position", two(1, 3))
        .mistake("residual-forgotten", |x| vec![norm(x, &x["sublayer"])])
        .mistake("sublayer-forgotten", |x| vec![norm(x, &x["x"])])
        .mistake("norm-before-adding", |x| vec![&x["x"] + norm(x, &x["sublayer"])])
        .mistake("residual-normalised", |x| vec![norm(x, &x["x"]) + &x["sublayer"]])
        .mistake("both-normalised", |x| vec![norm(x, &x["x"]) + norm(x, &x["sublayer"])])
        .mistake("residual-twice", move |x| vec![&x["x"] + norm(x, &sum(x))])
        .mistake("not-normalised", move |x| vec![sum(x)])
        .property(Property {
            name: "what-cancels-does-not-matter".into(),
            sentence: "adding 3 to x and −3 to the sublayer's output changes nothing".into(),
            case: "plain".into(),
            edits: vec![
                Edit::Add { input: "x".into(), value: 3.0 },
                Edit::Add { input: "sublayer".into(), value: -3.0 },
            ],
            relations: vec![same("output")],
        })
        .property(features_in_another_order(&["sublayer", "gamma", "beta"]))
}

pub(super) fn pre_norm() -> Task {
    let inner = |x: &Inputs| sublayer(x, &norm(x, &x["x"]));
    Task::new("pre_norm", move |x| vec![&x["x"] + inner(x)])
        .output("output", &["position", "feature"])
        .case("plain", "5 positions of 7 features; the sublayer mixes the positions", mixing(5, 7))
        .case("square", "as many positions as features", mixing(4, 4))
        .case("single", "one position: the sublayer multiplies it by a number", mixing(1, 3))
        .mistake("post-norm", |x| vec![norm(x, &(&x["x"] + sublayer(x, &x["x"])))])
        .mistake("norm-after-sublayer", |x| vec![&x["x"] + norm(x, &sublayer(x, &x["x"]))])
        .mistake("residual-forgotten", move |x| vec![inner(x)])
        .mistake("residual-normalised", move |x| vec![norm(x, &x["x"]) + inner(x)])
        .mistake("not-normalised", |x| vec![&x["x"] + sublayer(x, &x["x"])])
        .mistake("sublayer-forgotten", |x| vec![&x["x"] + norm(x, &x["x"])])
        .mistake("normalised-again", move |x| vec![norm(x, &(&x["x"] + inner(x)))])
        .mistake("one-position-at-a-time", |x| {
            // A sublayer that gets a single row sees a sequence of length 1: it has only its own position to mix.
            let own = x["mixing"].diagonal(0, 0, 1).unsqueeze(1);
            vec![&x["x"] + own * norm(x, &x["x"])]
        })
        .property(features_in_another_order(&["gamma", "beta"]))
}

/// x and the output of a sublayer.
fn two(positions: i64, features: i64) -> impl Fn(&Random) -> Inputs {
    move |random| {
        let inputs = with_gamma(random.normal(&[positions, features]), EPSILON, random);
        with_beta(inputs, random).with("sublayer", random.normal(&[positions, features]) * 0.7 + 0.3)
    }
}

/// x and the matrix (positions, positions) with which the sublayer mixes the positions.
fn mixing(positions: i64, features: i64) -> impl Fn(&Random) -> Inputs {
    move |random| {
        let inputs = with_gamma(random.normal(&[positions, features]) * 2.0 + 1.0, EPSILON, random);
        with_beta(inputs, random).with("mixing", random.normal(&[positions, positions]))
    }
}

/// The sublayer of `pre_norm`: each new position is a mixture of all, as in attention.
fn sublayer(x: &Inputs, positions: &Tensor) -> Tensor {
    x["mixing"].matmul(positions)
}
