//! Scores of every query with every key: what the ways of computing them have in common.

use tch::{Kind, Tensor};

use crate::attention_weights::softmax;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The projected queries (queries, hidden) and keys (keys, hidden), the two terms in the hidden layer of a network that
/// scores.
pub(crate) struct Projected {
    pub(crate) queries: Tensor,
    pub(crate) keys: Tensor,
}

impl Projected {
    /// W q + U k for every query and every key: (queries, keys, hidden).
    pub(crate) fn sums(&self) -> Tensor {
        self.queries.unsqueeze(1) + self.keys.unsqueeze(0)
    }

    /// W q ⊙ U k for every query and every key: (queries, keys, hidden).
    pub(crate) fn products(&self) -> Tensor {
        self.queries.unsqueeze(1) * self.keys.unsqueeze(0)
    }
}

/// Projects the queries and the keys of a case.
pub(crate) type Project = fn(&Inputs) -> Projected;

/// v_aᵀ f(W q + U k) by the formula, for a given f.
pub(crate) fn network(x: &Inputs, project: Project, f: fn(&Tensor) -> Tensor) -> Tensor {
    f(&project(x).sums()).matmul(&x["v_a"])
}

/// Adds the mistakes of a network with one hidden layer, whose last matrix is the input `v_a`.
pub(crate) fn network_mistakes(task: Task, project: Project) -> Task {
    let with = |f: fn(&Tensor) -> Tensor| move |x: &Inputs| network(x, project, f);
    let right = with(Tensor::tanh);
    let hidden = |x: &Inputs| x["v_a"].size()[0] as f64;
    task.mistake("tanh-forgotten", with(Tensor::shallow_clone))
        .mistake("tanh-outside", move |x| {
            network(x, project, Tensor::shallow_clone).tanh()
        })
        .mistake("tanh-each", move |x| {
            let Projected { queries, keys } = project(x);
            let (queries, keys) = (queries.tanh(), keys.tanh());
            Projected { queries, keys }.sums().matmul(&x["v_a"])
        })
        .mistake(
            "tanh-overflows",
            with(|x| ((x * 2.0).exp() - 1.0) / ((x * 2.0).exp() + 1.0)),
        )
        .mistake("relu-for-tanh", with(Tensor::relu))
        .mistake("v-forgotten", move |x| {
            let hidden = project(x).sums().tanh();
            hidden.sum_dim_intlist(-1, false, Kind::Float)
        })
        .mistake("mean-for-sum", move |x| right(x) / hidden(x))
        .mistake("scaled", move |x| right(x) / hidden(x).sqrt())
        .mistake("first-query-for-all", move |x| {
            let scores = right(x);
            scores.narrow(0, 0, 1).expand_as(&scores)
        })
        .mistake("softmax-too-early", move |x| softmax(&right(x)))
}

/// Adds the properties of all scores of `queries` with `keys`, in a case with at least 4 queries and 5 keys.
pub(crate) fn properties(task: Task, output: &str, case: &str) -> Task {
    let property = |name: &str, sentence: &str| Property::new(name, sentence).in_case(case);
    task.property(
        property(
            "queries-in-another-order",
            "moving the queries moves the rows of the scores",
        )
        .rotate(["queries"], 0)
        .expect_rotated([output], 0),
    )
    .property(
        property(
            "keys-in-another-order",
            "moving the keys moves the columns of the scores",
        )
        .rotate(["keys"], 0)
        .expect_rotated([output], 1),
    )
    .property(
        property(
            "queries-are-independent",
            "changing query 3 and those after it changes nothing in the rows before it",
        )
        .disturb(["queries"], 0, 3)
        .expect_same_before([output], 0, 3),
    )
    .property(
        property(
            "keys-are-independent",
            "changing key 4 and those after it changes nothing in the columns before it",
        )
        .disturb(["keys"], 0, 4)
        .expect_same_before([output], 1, 4),
    )
}

/// Queries of at least 1 in every entry, and a matrix (hidden, width) that makes of each one numbers beyond ±40: there
/// tanh is ±1 to the last bit, and its formula overflows.
pub(crate) fn saturating(
    random: &Random,
    queries: i64,
    hidden: i64,
    width: i64,
) -> (Tensor, Tensor) {
    let signs: Vec<f32> = (0..hidden)
        .map(|row| if row % 2 == 0 { 40.0 } else { -40.0 })
        .collect();
    let positive = |rows: i64| random.normal(&[rows, width]).abs() + 1.0;
    (
        positive(queries),
        positive(hidden) * Tensor::from_slice(&signs).unsqueeze(1),
    )
}

/// Every query next to every key: (queries, keys, d_query) and (queries, keys, d_key).
pub(crate) fn pairs(queries: &Tensor, keys: &Tensor) -> (Tensor, Tensor) {
    let (rows, columns) = (queries.size()[0], keys.size()[0]);
    (
        queries.unsqueeze(1).expand([rows, columns, -1], false),
        keys.unsqueeze(0).expand([rows, columns, -1], false),
    )
}
