//! Additive attention (Bahdanau, Cho and Bengio 2015, section 3.1 and appendix A.1.2).

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::attention_weights::far_below;
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::random::Random;
use crate::scoring::{self, Projected, network, network_mistakes, saturating};
use crate::sublayers::linear;
use crate::task::Task;
use crate::weighting::{Weighting, far_above, logit_levels, weighted_sum};

/// Correct `f32` implementations differ by the rounding of sums of at most a dozen products of size 1, and by the last
/// bits of tanh, some 10⁻⁷; and where a maximum of 150 is added to the logarithm of a sum, by some 10⁻⁵ of the weight. A
/// sum with 10⁻⁴ added to it is to be rejected.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 3e-5,
};

const CONTEXT: Weighting = Weighting {
    scores: "alignment",
    values: "values",
    output: "context",
    row: "query",
    column: "key",
};

/// The exercise `additive-attention`.
pub fn exercise() -> Exercise {
    Exercise::new("additive-attention", TOLERANCE)
        .task(alignment())
        .task(context())
}

/// The alignment (queries, keys) by libtorch's linear layers, all pairs at once.
///
/// `w_a` is (hidden, d_query), `u_a` is (hidden, d_key) and `v_a` is (hidden).
pub fn kernel(queries: &Tensor, keys: &Tensor, w_a: &Tensor, u_a: &Tensor, v_a: &Tensor) -> Tensor {
    let hidden = linear(queries, w_a).unsqueeze(1) + linear(keys, u_a).unsqueeze(0);
    linear(&hidden.tanh(), &v_a.unsqueeze(0)).squeeze_dim(-1)
}

/// The formula, v_aᵀ tanh(W_a q + U_a k).
pub fn formula(
    queries: &Tensor,
    keys: &Tensor,
    w_a: &Tensor,
    u_a: &Tensor,
    v_a: &Tensor,
) -> Tensor {
    let projected = Projected {
        queries: queries.matmul(&w_a.tr()),
        keys: keys.matmul(&u_a.tr()),
    };
    projected.sums().tanh().matmul(v_a)
}

fn alignment() -> Task {
    let task = Task::new("alignment", |x| {
        kernel(&x["queries"], &x["keys"], &x["w_a"], &x["u_a"], &x["v_a"])
    })
    .output("alignment", ["query", "key"])
    .case(
        "plain",
        "5 queries of width 3, 6 keys of width 4, a hidden layer of 7",
        |random| inputs(random, 5, 6, 3, 4, 7),
    )
    .case(
        "square",
        "all sizes are 4: here products of the wrong shape go through",
        |random| inputs(random, 4, 4, 4, 4, 4),
    )
    .case(
        "saturated",
        "the hidden layer is far from 0: tanh is 1 or −1 there, but its formula overflows",
        |random| {
            let inputs = inputs(random, 3, 2, 2, 3, 5);
            let (queries, w_a) = saturating(random, 3, 5, 2);
            inputs.with("queries", queries).with("w_a", w_a)
        },
    )
    .case("single", "one query and one key", |random| {
        inputs(random, 1, 1, 2, 3, 5)
    });
    let task = network_mistakes(task, project)
        .mistake("multiplied", |x| {
            project(x).products().tanh().matmul(&x["v_a"])
        })
        .mistake("scaled-by-d-query", |x| {
            let d_query = x["queries"].size()[1] as f64;
            network(x, project, Tensor::tanh) / d_query.sqrt()
        })
        .mistake("matrices-swapped", |x| {
            formula(&x["queries"], &x["keys"], &x["u_a"], &x["w_a"], &x["v_a"])
        })
        .only_in(["square"])
        .mistake("matrices-not-transposed", |x| {
            formula(
                &x["queries"],
                &x["keys"],
                &x["w_a"].tr(),
                &x["u_a"].tr(),
                &x["v_a"],
            )
        })
        .only_in(["square"]);
    scoring::properties(task, "alignment", "plain")
}

fn context() -> Task {
    let task = CONTEXT
        .task("context")
        .case(
            "plain",
            "no mask; 4 queries, 6 keys, values of width 3",
            |random| aligned(random, 4, 6, 3),
        )
        .case(
            "square",
            "as many queries as keys, so that a missing transposition goes through",
            |random| aligned(random, 4, 4, 3),
        )
        .case(
            "padding",
            "the last two keys are padding, which no query may attend to",
            |random| aligned(random, 4, 7, 5).with("mask", first_keys(7, &[5; 4])),
        )
        .case(
            "fully-masked-row",
            "query 2 may attend to nothing: its weights and its context are 0, not NaN",
            |random| aligned(random, 4, 5, 2).with("mask", first_keys(5, &[4, 3, 0, 5])),
        )
        .case(
            "rows-far-apart",
            "alignments near 150, 0 and −150, two keys blocked: exp overflows or gives 0, and −100 \
             would not block",
            |random| {
                aligned(random, 3, 5, 4)
                    .with("mask", first_keys(5, &[3; 3]))
                    .add_to("alignment", logit_levels())
            },
        )
        .case(
            "far-below",
            "the only key that each query may attend to has an alignment near −1,000,000: −10,000 \
             would not block the others",
            |random| {
                let inputs = aligned(random, 3, 4, 2);
                let (alignment, mask) = far_below(&inputs["alignment"], &[2, 0, 3]);
                inputs.with("alignment", alignment).with("mask", mask)
            },
        )
        .case(
            "blocked-is-largest",
            "a blocked key has by far the largest alignment: the others must not be compared \
             with it",
            |random| {
                let inputs = aligned(random, 3, 5, 2).with("mask", first_keys(5, &[4, 4, 3]));
                inputs.add_to("alignment", far_above(5, &[4, 4, 4]))
            },
        )
        .case(
            "one-far-above",
            "one alignment of each query is 150 above the others: no other number is safe to \
             subtract, not even their mean",
            |random| aligned(random, 3, 5, 4).add_to("alignment", far_above(5, &[2, 3, 1])),
        )
        .case(
            "one-far-below",
            "one alignment of each query is 150 below the others, which share the weight",
            |random| aligned(random, 2, 4, 3).add_to("alignment", -far_above(4, &[0, 2])),
        )
        .case(
            "single",
            "one query and one key: the weight is 1",
            |random| aligned(random, 1, 1, 2),
        );
    CONTEXT
        .mask_mistakes(CONTEXT.softmax_mistakes(task, "softmax-over-queries"))
        .mistake(
            "weights-transposed",
            CONTEXT.with_output(|weights, values| weighted_sum(&weights.tr(), values)),
        )
        .only_in(["square"])
        .property(CONTEXT.sums_to_one("padding"))
        .property(CONTEXT.a_constant_does_not_matter("fully-masked-row"))
        .property(CONTEXT.blocked_does_not_matter("padding", 0, 5))
        .property(CONTEXT.order_does_not_matter("padding", 0))
        .property(CONTEXT.rows_are_independent("plain", 2))
}

/// W_a q and U_a k.
fn project(x: &Inputs) -> Projected {
    Projected {
        queries: x["queries"].matmul(&x["w_a"].tr()),
        keys: x["keys"].matmul(&x["u_a"].tr()),
    }
}

/// Matrices that leave the hidden layer with a variance of 2: tanh bends it and does not saturate.
fn inputs(
    random: &Random,
    queries: i64,
    keys: i64,
    d_query: i64,
    d_key: i64,
    hidden: i64,
) -> Inputs {
    let matrix = |width: i64| random.normal(&[hidden, width]) / (width as f64).sqrt();
    Inputs::default()
        .with("queries", random.normal(&[queries, d_query]))
        .with("keys", random.normal(&[keys, d_key]))
        .with("w_a", matrix(d_query))
        .with("u_a", matrix(d_key))
        .with("v_a", random.normal(&[hidden]))
}

fn aligned(random: &Random, queries: i64, keys: i64, d_v: i64) -> Inputs {
    Inputs::default()
        .with("alignment", random.normal(&[queries, keys]))
        .with("values", random.normal(&[keys, d_v]))
}
