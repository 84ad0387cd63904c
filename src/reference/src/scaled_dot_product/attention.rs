//! The task `attention`.

use tch::Tensor;

use super::scores::{length, product, scaled, with_reshaped_keys};
use super::{cases, formula, kernel, weights, width};
use crate::attention_weights::{
    Attention, MASK_MISTAKES, SOFTMAX_MISTAKES, SPLIT_MISTAKES, WeightsFn, attention_forms,
};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

pub(super) fn attention() -> Task {
    let task = Task::new("attention", |x| {
        kernel(&x["q"], &x["k"], &x["v"], x.get("mask"))
    })
    .output("weights", ["query", "key"])
    .output("output", ["query", "feature"]);
    properties(weightings(products(scales(cases::add(task)))))
}

fn scales(task: Task) -> Task {
    task.mistake("no-scale", |x| attend(x, product, weights))
        .mistake("scaled-by-d-k", |x| {
            attend(x, |x| product(x) / width(&x["k"]), weights)
        })
        .mistake("scaled-by-d-model", |x| {
            attend(x, |x| product(x) / width(&x["v"]).sqrt(), weights)
        })
        .mistake("scaled-by-length", |x| {
            attend(x, |x| product(x) / length(&x["k"]).sqrt(), weights)
        })
        .mistake("divided-by-number-of-keys", |x| {
            attend(x, |x| product(x) / length(&x["k"]), weights)
        })
        .mistake("softmax-before-scale", |x| {
            let Attention { weights, output } = attend(x, product, weights);
            let root = width(&x["k"]).sqrt();
            Attention {
                weights: weights / root,
                output: output / root,
            }
        })
        .form(
            "softmax-before-scale",
            "softmax-before-scale-of-output",
            |x| {
                let Attention { weights, output } = attend(x, product, weights);
                Attention {
                    weights,
                    output: output / width(&x["k"]).sqrt(),
                }
            },
        )
}

fn products(task: Task) -> Task {
    task.mistake("keys-not-transposed", |x| {
        attend(
            x,
            |x| x["q"].matmul(&x["k"]) / width(&x["k"]).sqrt(),
            weights,
        )
    })
    .only_in(["square"])
    .mistake("keys-reshaped", |x| attend(x, with_reshaped_keys, weights))
    .mistake("values-reshaped", |x| {
        let v = &x["v"];
        with_values(x, &v.tr().reshape(v.size()))
    })
    .form("values-reshaped", "values-reshaped-and-transposed", |x| {
        let v = &x["v"];
        with_values(x, &v.reshape([v.size()[1], v.size()[0]]).tr())
    })
}

fn weightings(task: Task) -> Task {
    let task = task
        .mistake("softmax-over-queries", |x| {
            attend(x, scaled, |scores, mask| {
                weights(&scores.tr(), mask.map(Tensor::tr).as_ref()).tr()
            })
        })
        .mistake("weights-before-softmax", |x| Attention {
            weights: scaled(x),
            ..formula(&x["q"], &x["k"], &x["v"], x.get("mask"))
        })
        .mistake("mask-transposed", |x| {
            attend(x, scaled, |scores, mask| {
                weights(scores, mask.map(Tensor::tr).as_ref())
            })
        })
        .only_in(["causal"]);
    let mistakes = SOFTMAX_MISTAKES.into_iter().chain(MASK_MISTAKES);
    let task = mistakes.fold(task, |task, (id, weights)| {
        task.mistake(id, move |x| attend(x, scaled, weights))
    });
    let task = attention_forms().fold(task, |task, form| {
        let weights = form.weights;
        form.add_to(task, move |x| attend(x, scaled, weights))
    });
    SPLIT_MISTAKES.into_iter().fold(task, |task, mistake| {
        task.mistake(mistake.id, move |x| {
            attend_with_two_weights(x, mistake.returned, mistake.summed_with)
        })
    })
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new("rows-sum-to-one", "each row of the weights adds up to 1")
            .in_case("causal")
            .disturb(["q"], 0, 0)
            .expect_sum_of_one(["weights"], 1),
    )
    .property(
        Property::new(
            "keys-in-another-order",
            "moving keys, values and mask together moves the weights and leaves the output as it \
             is",
        )
        .in_case("padding")
        .rotate(["k", "v"], 0)
        .rotate(["mask"], 1)
        .expect_rotated(["weights"], 1)
        .expect_same(["output"]),
    )
    .property(
        Property::new(
            "the-future-does-not-matter",
            "under a causal mask, changing position 4 changes nothing before it",
        )
        .in_case("causal")
        .disturb(["q", "k", "v"], 0, 4)
        .expect_same_before(["weights", "output"], 0, 4),
    )
    .property(
        Property::new(
            "padding-does-not-matter",
            "the numbers in padded keys and values change nothing",
        )
        .in_case("padding")
        .disturb(["k", "v"], 0, 5)
        .expect_same(["weights", "output"]),
    )
}

/// Attention from other scores, or with other weights.
fn attend(x: &Inputs, scores: impl Fn(&Inputs) -> Tensor, weights: WeightsFn) -> Attention {
    let weights = weights(&scores(x), x.get("mask"));
    Attention {
        output: weights.matmul(&x["v"]),
        weights,
    }
}

/// Attention to other values.
fn with_values(x: &Inputs, v: &Tensor) -> Attention {
    formula(&x["q"], &x["k"], v, x.get("mask"))
}

/// Attention that returns some weights, and an output that is made with others.
fn attend_with_two_weights(x: &Inputs, returned: WeightsFn, summed_with: WeightsFn) -> Attention {
    let (scores, mask) = (scaled(x), x.get("mask"));
    Attention {
        weights: returned(&scores, mask),
        output: summed_with(&scores, mask).matmul(&x["v"]),
    }
}
