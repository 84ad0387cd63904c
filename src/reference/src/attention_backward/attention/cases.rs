//! The cases of the task `attention_backward`.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::masks::kernel::causal;
use crate::random::Random;
use crate::task::Task;

/// The cases with as many queries as keys, where a transposed matrix of weights has the right shape.
pub(super) const AS_MANY_KEYS_AS_QUERIES: [&str; 3] = ["square", "causal", "single"];

/// The case in which mistakes are recorded that show everywhere.
pub(super) const TELLING: &[&str] = &["plain"];

/// The case in which all sizes are equal.
pub(super) const SQUARE: [&str; 1] = ["square"];

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "plain",
        "4 queries, 5 keys, d_k = 3, d_v = 2: only one product of each pair fits",
        |random| inputs(random, 4, 5, 3, 2),
    )
    .case(
        "square",
        "queries, keys, d_k and d_v are all 4: here wrong products go through",
        |random| inputs(random, 4, 4, 4, 4),
    )
    .case(
        "causal",
        "each query may attend to its own position and to earlier ones",
        |random| inputs(random, 5, 5, 4, 3).with("mask", causal(5, 5)),
    )
    .case(
        "padding",
        "the last two keys are padding: they get no gradient",
        |random| inputs(random, 3, 6, 4, 2).with("mask", first_keys(6, &[4; 3])),
    )
    .case(
        "fully-masked-row",
        "queries 1 and 3 may attend to nothing: they get and give a gradient of 0, not NaN",
        |random| inputs(random, 4, 5, 3, 2).with("mask", first_keys(5, &[3, 0, 5, 0])),
    )
    .case(
        "nothing-allowed",
        "no query may attend to anything: all gradients are 0",
        |random| inputs(random, 2, 3, 4, 1).with("mask", first_keys(3, &[0, 0])),
    )
    .case(
        "large-scores",
        "scores near 160, of whose exponentials `f32` has none: the weights are ordinary all the same",
        large_scores,
    )
    .case(
        "single",
        "one query and one key: the weight is 1 whatever they are, so dQ and dK are 0",
        |random| inputs(random, 1, 1, 3, 2),
    )
}

fn inputs(random: &Random, queries: i64, keys: i64, d_k: i64, d_v: i64) -> Inputs {
    Inputs::default()
        .with("q", random.normal(&[queries, d_k]))
        .with("k", random.normal(&[keys, d_k]))
        .with("v", random.normal(&[keys, d_v]))
        .with("dy", random.normal(&[queries, d_v]))
}

/// Queries and keys of 4 features that are all near 9, so that scores are near 4 · 9² / √4. The entries are 64ths, so
/// that sums of their products are exact in `f32`. Keys are nearly equal, so that no weight is nearly 1.
fn large_scores(random: &Random) -> Inputs {
    const SIZE: f64 = 9.0;
    let in_64ths = |x: Tensor| (x * 64.0).round() / 64.0 + SIZE;
    let x = inputs(random, 3, 5, 4, 2);
    let (q, k) = (in_64ths(x["q"].copy()), in_64ths(&x["k"] * 0.25));
    x.with("q", q).with("k", k)
}
