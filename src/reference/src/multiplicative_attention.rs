//! Multiplicative attention (Luong, Pham and Manning 2015, section 3.1): three ways of scoring, none of them scaled.

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::attention_weights::softmax;
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::scoring::{self, Projected, network_mistakes, pairs, saturating};
use crate::task::Task;
use crate::weighting::{self, Weighting, far_above, logit_levels, weighted_sum};

/// Correct `f32` implementations differ most where 64 products of size 1 nearly cancel: their sum is then off by about
/// 10⁻⁶ in one order of summation or another, a tenth of this.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-4,
};

const ATTEND: Weighting = Weighting {
    scores: "scores",
    values: "values",
    output: "output",
    row: "query",
    column: "key",
};

/// The exercise `multiplicative-attention`.
pub fn exercise() -> Exercise {
    Exercise::new("multiplicative-attention", TOLERANCE)
        .task(dot())
        .task(general())
        .task(concat())
        .task(attend())
}

/// The scores (queries, keys) by libtorch's layers, each of which sees all pairs of a query and a key.
pub mod kernel {
    use tch::Tensor;

    use super::pairs;

    /// qᵀ k, of the width in common.
    pub fn dot(queries: &Tensor, keys: &Tensor) -> Tensor {
        queries.linear(keys, None::<&Tensor>)
    }

    /// qᵀ W_a k, `w_a` being (d_query, d_key).
    pub fn general(queries: &Tensor, keys: &Tensor, w_a: &Tensor) -> Tensor {
        let (queries, keys) = pairs(queries, keys);
        Tensor::bilinear(
            &queries.contiguous(),
            &keys.contiguous(),
            &w_a.unsqueeze(0),
            None::<&Tensor>,
        )
        .squeeze_dim(-1)
    }

    /// v_aᵀ tanh(W_a [q; k]), `w_a` being (hidden, d_query + d_key).
    pub fn concat(queries: &Tensor, keys: &Tensor, w_a: &Tensor, v_a: &Tensor) -> Tensor {
        let (queries, keys) = pairs(queries, keys);
        super::layers(&Tensor::cat(&[queries, keys], -1), w_a, v_a)
    }
}

/// The same by the formulas, without a vector for each pair.
pub mod formula {
    use tch::Tensor;

    /// Q Kᵀ.
    pub fn dot(queries: &Tensor, keys: &Tensor) -> Tensor {
        queries.matmul(&keys.tr())
    }

    /// Q W_a Kᵀ.
    pub fn general(queries: &Tensor, keys: &Tensor, w_a: &Tensor) -> Tensor {
        queries.matmul(w_a).matmul(&keys.tr())
    }

    /// W_a [q; k] is the left part of W_a times q plus the right part times k.
    pub fn concat(queries: &Tensor, keys: &Tensor, w_a: &Tensor, v_a: &Tensor) -> Tensor {
        super::project(queries, keys, w_a).sums().tanh().matmul(v_a)
    }
}

fn dot() -> Task {
    let task = Task::new("dot", |x| kernel::dot(&x["queries"], &x["keys"]))
        .output("scores", &["query", "key"])
        .case("plain", "5 queries and 7 keys of width 6", |random| {
            inputs(random, 5, 7, 6, 6)
        })
        .case("one-query", "a query of width 4 and three keys", |random| {
            inputs(random, 1, 3, 4, 4)
        })
        .case(
            "square",
            "all sizes are 4: here products of the wrong shape go through",
            |random| inputs(random, 4, 4, 4, 4),
        )
        .case(
            "wide",
            "64 features: the scores grow with the width, and nothing is done about it",
            |random| inputs(random, 3, 2, 64, 64),
        )
        .mistake("cosine", |x| {
            let norm = |x: &Tensor| x.linalg_norm(2.0, [-1].as_slice(), true, Kind::Float);
            right_dot(x) / norm(&x["queries"]) / norm(&x["keys"]).tr()
        })
        .mistake("mean-for-sum", |x| right_dot(x) / width(&x["keys"]))
        .mistake("keys-not-transposed", |x| x["queries"].matmul(&x["keys"]))
        .only_in(["square"])
        .mistake("queries-and-keys-swapped", |x| {
            formula::dot(&x["keys"], &x["queries"])
        })
        .only_in(["square"]);
    scoring::properties(product_mistakes(task, right_dot), "scores", "plain")
}

fn general() -> Task {
    let task = Task::new("general", |x| {
        kernel::general(&x["queries"], &x["keys"], &x["w_a"])
    })
    .output("scores", &["query", "key"])
    .case(
        "plain",
        "5 queries of width 3 and 7 keys of width 4",
        |random| with_matrix(random, 5, 7, 3, 4),
    )
    .case(
        "square",
        "all sizes are 4: here products of the wrong shape go through",
        |random| with_matrix(random, 4, 4, 4, 4),
    )
    .case(
        "single",
        "one query and one key, of different widths",
        |random| with_matrix(random, 1, 1, 3, 2),
    )
    .mistake("tanh-added", |x| right_general(x).tanh())
    .mistake("matrix-forgotten", right_dot)
    .only_in(["square"])
    .mistake("matrix-transposed", |x| {
        formula::general(&x["queries"], &x["keys"], &x["w_a"].tr())
    })
    .only_in(["square"])
    .mistake("keys-not-transposed", |x| {
        x["queries"].matmul(&x["w_a"]).matmul(&x["keys"])
    })
    .only_in(["square"])
    .mistake("queries-and-keys-swapped", |x| {
        formula::general(&x["keys"], &x["queries"], &x["w_a"])
    })
    .only_in(["square"]);
    scoring::properties(product_mistakes(task, right_general), "scores", "plain")
}

/// The mistakes of the two ways that multiply.
fn product_mistakes(task: Task, right: fn(&Inputs) -> Tensor) -> Task {
    task.mistake("scaled", move |x| right(x) / width(&x["keys"]).sqrt())
        .mistake("softmax-too-early", move |x| softmax(&right(x)))
}

fn concat() -> Task {
    let task = Task::new("concat", |x| {
        kernel::concat(&x["queries"], &x["keys"], &x["w_a"], &x["v_a"])
    })
    .output("scores", &["query", "key"])
    .case(
        "plain",
        "5 queries of width 3, 6 keys of width 4, a hidden layer of 8",
        |random| with_network(random, 5, 6, 3, 4, 8),
    )
    .case(
        "square",
        "queries and keys of width 2, a hidden layer of 4: here products of the wrong shape go \
         through",
        |random| with_network(random, 4, 4, 2, 2, 4),
    )
    .case(
        "saturated",
        "the hidden layer is far from 0: tanh is 1 or −1 there, but its formula overflows",
        |random| {
            let inputs = with_network(random, 3, 2, 2, 3, 5);
            let (queries, left) = saturating(random, 3, 5, 2);
            let w_a = Tensor::cat(&[left, inputs["w_a"].narrow(1, 2, 3)], 1);
            inputs.with("queries", queries).with("w_a", w_a)
        },
    )
    .case(
        "wide-query",
        "queries of width 5, keys of width 2: the first 5 columns of W_a belong to the query, not \
         the first half",
        |random| with_network(random, 3, 4, 5, 2, 6),
    )
    .case("single", "one query and one key", |random| {
        with_network(random, 1, 1, 2, 3, 5)
    });
    let task = network_mistakes(task, |x| project(&x["queries"], &x["keys"], &x["w_a"]))
        .mistake("halves-swapped", |x| {
            let (queries, keys) = pairs(&x["queries"], &x["keys"]);
            layers(&Tensor::cat(&[keys, queries], -1), &x["w_a"], &x["v_a"])
        })
        .mistake("split-in-half", |x| {
            // Products that end with the shorter of two rows, as those of zipped iterators do.
            let half = x["w_a"].size()[1] / 2;
            let (left, right) = (
                x["w_a"].narrow(1, 0, half),
                x["w_a"].narrow(1, half, width(&x["keys"]) as i64),
            );
            let projected = Projected {
                queries: x["queries"].narrow(1, 0, half).matmul(&left.tr()),
                keys: x["keys"].matmul(&right.tr()),
            };
            projected.sums().tanh().matmul(&x["v_a"])
        })
        .only_in(["wide-query"])
        .mistake("interleaved", |x| {
            let (queries, keys) = pairs(&x["queries"], &x["keys"]);
            layers(
                &Tensor::stack(&[queries, keys], -1).flatten(-2, -1),
                &x["w_a"],
                &x["v_a"],
            )
        })
        .only_in(["square"])
        .mistake("matrix-transposed", |x| {
            formula::concat(&x["queries"], &x["keys"], &x["w_a"].tr(), &x["v_a"])
        })
        .only_in(["square"]);
    scoring::properties(task, "scores", "plain")
}

fn attend() -> Task {
    let task = ATTEND
        .task("attend")
        .case("plain", "5 queries, 7 keys, values of width 3", |random| {
            scored(random, 5, 7, 3)
        })
        .case(
            "one-query",
            "the scores of one query with three keys of width 4, unscaled",
            |random| {
                let scores = right_dot(&inputs(random, 1, 3, 4, 4));
                Inputs::default()
                    .with("scores", scores)
                    .with("values", random.normal(&[3, 4]))
            },
        )
        .case(
            "square",
            "as many queries as keys, so that a missing transposition goes through",
            |random| scored(random, 4, 4, 2),
        )
        .case(
            "rows-far-apart",
            "scores near 150, 0 and −150: exp overflows or gives 0 unless each row's own maximum \
             is subtracted",
            |random| scored(random, 3, 6, 4).add_to("scores", logit_levels()),
        )
        .case(
            "one-far-above",
            "one score of each query is 150 above the others: no other number is safe to subtract, \
             not even their mean",
            |random| scored(random, 3, 5, 4).add_to("scores", far_above(5, &[2, 3, 1])),
        )
        .case(
            "one-far-below",
            "one score of each query is 150 below the others, which share the weight",
            |random| scored(random, 2, 4, 3).add_to("scores", -far_above(4, &[0, 2])),
        )
        .case(
            "single",
            "one query and one key: the weight is 1",
            |random| scored(random, 1, 1, 2),
        );
    ATTEND
        .softmax_mistakes(task, "softmax-over-queries")
        .mistake("scaled", |x| {
            let scores = &x["scores"] / width(&x["values"]).sqrt();
            weighting::formula(&scores, &x["values"], None)
        })
        .mistake(
            "not-normalised",
            ATTEND.with_weights(|scores, _| (scores - scores.amax(-1, true)).exp()),
        )
        .mistake(
            "largest-only",
            ATTEND.with_weights(|scores, _| {
                scores
                    .eq_tensor(&scores.amax(-1, true))
                    .to_kind(Kind::Float)
            }),
        )
        .mistake(
            "weights-transposed",
            ATTEND.with_output(|weights, values| weighted_sum(&weights.tr(), values)),
        )
        .only_in(["square"])
        .property(ATTEND.sums_to_one("plain"))
        .property(ATTEND.a_constant_does_not_matter("plain"))
        .property(ATTEND.order_does_not_matter("plain", 0))
        .property(ATTEND.rows_are_independent("plain", 3))
}

/// The two layers of `concat`.
fn layers(pairs: &Tensor, w_a: &Tensor, v_a: &Tensor) -> Tensor {
    let none = None::<&Tensor>;
    pairs
        .linear(w_a, none)
        .tanh()
        .linear(&v_a.unsqueeze(0), none)
        .squeeze_dim(-1)
}

/// The queries projected by the left part of W_a, and the keys by its right part.
fn project(queries: &Tensor, keys: &Tensor, w_a: &Tensor) -> Projected {
    let parts = w_a.split_with_sizes([queries.size()[1], keys.size()[1]], 1);
    Projected {
        queries: queries.matmul(&parts[0].tr()),
        keys: keys.matmul(&parts[1].tr()),
    }
}

fn right_dot(x: &Inputs) -> Tensor {
    formula::dot(&x["queries"], &x["keys"])
}

fn right_general(x: &Inputs) -> Tensor {
    formula::general(&x["queries"], &x["keys"], &x["w_a"])
}

fn width(x: &Tensor) -> f64 {
    x.size()[1] as f64
}

fn inputs(random: &Random, queries: i64, keys: i64, d_query: i64, d_key: i64) -> Inputs {
    Inputs::default()
        .with("queries", random.normal(&[queries, d_query]))
        .with("keys", random.normal(&[keys, d_key]))
}

fn with_matrix(random: &Random, queries: i64, keys: i64, d_query: i64, d_key: i64) -> Inputs {
    inputs(random, queries, keys, d_query, d_key).with("w_a", random.normal(&[d_query, d_key]))
}

/// A matrix that leaves the hidden layer with a variance of 2: tanh bends it and does not saturate.
fn with_network(
    random: &Random,
    queries: i64,
    keys: i64,
    d_query: i64,
    d_key: i64,
    hidden: i64,
) -> Inputs {
    let pair = d_query + d_key;
    inputs(random, queries, keys, d_query, d_key)
        .with(
            "w_a",
            random.normal(&[hidden, pair]) * (2.0 / pair as f64).sqrt(),
        )
        .with("v_a", random.normal(&[hidden]))
}

fn scored(random: &Random, queries: i64, keys: i64, d_v: i64) -> Inputs {
    Inputs::default()
        .with("scores", random.normal(&[queries, keys]))
        .with("values", random.normal(&[keys, d_v]))
}
