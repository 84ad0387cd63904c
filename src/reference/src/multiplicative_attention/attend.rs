//! The task `attend`.

use tch::{Kind, Tensor};

use super::{inputs, right_dot, width};
use crate::attention_weights::FAR_BELOW;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;
use crate::weighting::{self, Weighting, far_above, logit_levels, weighted_sum};

const ATTEND: Weighting = Weighting {
    scores: "scores",
    values: "values",
    output: "output",
    row: "query",
    column: "key",
};

pub(super) fn attend() -> Task {
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
            "two queries and one key: the weight is 1, however far below 0 the score is",
            |random| {
                let levels = Tensor::from_slice(&[0.0, -FAR_BELOW as f32]).unsqueeze(1);
                scored(random, 2, 1, 2).add_to("scores", levels)
            },
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

fn scored(random: &Random, queries: i64, keys: i64, d_v: i64) -> Inputs {
    Inputs::default()
        .with("scores", random.normal(&[queries, keys]))
        .with("values", random.normal(&[keys, d_v]))
}
