//! Scores of every query with every key: what the ways of computing them have in common.

use attentive_grader::{Edit, Property, Relation};
use tch::{Kind, Tensor};

use crate::case::{Inputs, Random};
use crate::exercise::Task;
use crate::softmax::formula::softmax;

/// The axis of what is summed, and that of the keys in a matrix of scores.
const LAST: i64 = -1;

/// The two terms in the hidden layer of a network that scores: (queries, hidden) and (keys, hidden).
pub(crate) type Terms = fn(&Inputs) -> (Tensor, Tensor);

/// v_aᵀ f(W q + U k) by the formula, for a given f.
pub(crate) fn network(x: &Inputs, terms: Terms, f: fn(&Tensor) -> Tensor) -> Tensor {
    f(&sum(terms(x))).matmul(&x["v_a"])
}

/// The mistakes of a network with one hidden layer, whose last matrix is the input `v_a`.
pub(crate) fn network_mistakes(task: Task, terms: Terms) -> Task {
    let with = |f: fn(&Tensor) -> Tensor| move |x: &Inputs| vec![network(x, terms, f)];
    let right = move |x: &Inputs| network(x, terms, Tensor::tanh);
    let hidden = |x: &Inputs| x["v_a"].size()[0] as f64;
    task.mistake("tanh-forgotten", with(Tensor::shallow_clone))
        .mistake("tanh-outside", move |x| {
            vec![network(x, terms, Tensor::shallow_clone).tanh()]
        })
        .mistake("tanh-each", move |x| {
            let (asked, offered) = terms(x);
            vec![sum((asked.tanh(), offered.tanh())).matmul(&x["v_a"])]
        })
        .mistake(
            "tanh-overflows",
            with(|hidden| ((hidden * 2.0).exp() - 1.0) / ((hidden * 2.0).exp() + 1.0)),
        )
        .mistake("relu-for-tanh", with(Tensor::relu))
        .mistake("v-forgotten", move |x| {
            vec![
                sum(terms(x))
                    .tanh()
                    .sum_dim_intlist(LAST, false, Kind::Float),
            ]
        })
        .mistake("mean-for-sum", move |x| vec![right(x) / hidden(x)])
        .mistake("scaled", move |x| vec![right(x) / hidden(x).sqrt()])
        .mistake("first-query-for-all", move |x| {
            let scores = right(x);
            vec![scores.narrow(0, 0, 1).expand_as(&scores)]
        })
        .mistake("softmax-too-early", move |x| vec![softmax(&right(x))])
}

/// The properties of all scores of `queries` with `keys`, in a case with at least 4 queries and 5 keys.
pub(crate) fn properties(task: Task, output: &str, case: &str) -> Task {
    let property = |name: &str, sentence: &str, edit: Edit, relation: Relation| Property {
        name: name.into(),
        sentence: sentence.into(),
        case: case.into(),
        edits: vec![edit],
        relations: vec![relation],
    };
    let output = || output.to_owned();
    task.property(property(
        "queries-in-another-order",
        "moving the queries moves the rows of the scores",
        Edit::Rotate {
            input: "queries".into(),
            axis: 0,
        },
        Relation::Rotated {
            output: output(),
            axis: 0,
        },
    ))
    .property(property(
        "keys-in-another-order",
        "moving the keys moves the columns of the scores",
        Edit::Rotate {
            input: "keys".into(),
            axis: 0,
        },
        Relation::Rotated {
            output: output(),
            axis: 1,
        },
    ))
    .property(property(
        "queries-are-independent",
        "changing query 3 and those behind it changes nothing in the rows before it",
        Edit::Disturb {
            input: "queries".into(),
            axis: 0,
            from: 3,
        },
        Relation::SameBefore {
            output: output(),
            axis: 0,
            before: 3,
        },
    ))
    .property(property(
        "keys-are-independent",
        "changing key 4 and those behind it changes nothing in the columns before it",
        Edit::Disturb {
            input: "keys".into(),
            axis: 0,
            from: 4,
        },
        Relation::SameBefore {
            output: output(),
            axis: 1,
            before: 4,
        },
    ))
}

/// Queries of at least 1 in every entry, and a matrix that makes of each one numbers beyond ±40: there tanh is ±1 to the
/// last bit, and its formula overflows.
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

/// Every query beside every key: (queries, keys, d_query) and (queries, keys, d_key).
pub(crate) fn pairs(queries: &Tensor, keys: &Tensor) -> (Tensor, Tensor) {
    let (rows, columns) = (queries.size()[0], keys.size()[0]);
    (
        queries.unsqueeze(1).expand([rows, columns, -1], false),
        keys.unsqueeze(0).expand([rows, columns, -1], false),
    )
}

/// Every row of the one plus every row of the other: (queries, keys, hidden).
pub(crate) fn sum((asked, offered): (Tensor, Tensor)) -> Tensor {
    asked.unsqueeze(1) + offered.unsqueeze(0)
}
