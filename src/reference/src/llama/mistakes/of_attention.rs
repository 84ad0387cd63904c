//! The wrong ways of attending in groups of heads.

use tch::{Kind, Tensor};

use super::super::attention::{formula, kernel, outputs};
use super::super::cases::{GROUPED, MASKED, MORE_KEY_HEADS, UNMASKED};
use super::{REPEATED, ShareFn, TILED, attend_sharing, shared};
use crate::attention_weights::{Attention, masked_softmax};
use crate::inputs::Inputs;
use crate::masks::kernel::{causal, everything};
use crate::outputs::Outputs;
use crate::scaled_dot_product;
use crate::task::Task;

/// Adds the mistakes of `grouped_query_attention`.
pub(in crate::llama) fn of_attention(task: Task) -> Task {
    values(scores(masks(orders(groups(task)))))
}

/// Queries, keys and values of a case.
fn qkv(x: &Inputs) -> [&Tensor; 3] {
    [&x["queries"], &x["keys"], &x["values"]]
}

fn sharing(share: [ShareFn; 2]) -> impl Fn(&Inputs) -> Outputs {
    move |x| outputs(attend_sharing(qkv(x), share))
}

fn groups(task: Task) -> Task {
    let reversed: ShareFn = |head, heads, kv_heads| kv_heads - 1 - REPEATED(head, heads, kv_heads);
    let first: ShareFn = |_, _, _| 0;
    task.mistake("heads-tiled", sharing([TILED, TILED]))
        .form("heads-tiled", "only-keys-tiled", sharing([TILED, REPEATED]))
        .only_in(GROUPED)
        .form(
            "heads-tiled",
            "only-values-tiled",
            sharing([REPEATED, TILED]),
        )
        .only_in(GROUPED)
        .mistake("groups-reversed", sharing([reversed, reversed]))
        .only_in(GROUPED)
        .mistake("first-key-head-for-all", sharing([first, first]))
        .only_in(GROUPED)
        .mistake(
            "divided-by-key-heads",
            sharing([|head, _, kv_heads| head / kv_heads; 2]),
        )
        .only_in(MORE_KEY_HEADS)
        .mistake(
            "last-key-head-for-the-rest",
            sharing([|head, _, kv_heads| head.min(kv_heads - 1); 2]),
        )
        .only_in(GROUPED)
        .mistake("key-heads-averaged", |x| {
            let [queries, keys, values] = qkv(x);
            let mean = |heads: &Tensor| heads.mean_dim([0_i64].as_slice(), true, Kind::Float);
            outputs(kernel([queries, &mean(keys), &mean(values)]))
        })
        .only_in(GROUPED)
        .mistake("one-query-for-the-group", |x| {
            let [queries, keys, values] = qkv(x);
            let (heads, kv_heads) = (queries.size()[0], keys.size()[0]);
            let group = heads / kv_heads;
            let first = queries.unflatten(0, [kv_heads, group]).select(1, 0);
            let repeated = first.repeat_interleave_self_int(group, 0, None::<i64>);
            outputs(kernel([&repeated, keys, values]))
        })
        .only_in(GROUPED)
}

/// Adds results whose heads are in the order of a turned table of groups.
fn orders(task: Task) -> Task {
    task.mistake("contexts-in-another-order", |x| {
        let Attention { weights, output } = kernel(qkv(x));
        outputs(Attention {
            weights,
            output: regrouped(&output, x["keys"].size()[0]),
        })
    })
    .only_in(GROUPED)
    .mistake("heads-in-another-order", |x| {
        let Attention { weights, output } = kernel(qkv(x));
        let kv_heads = x["keys"].size()[0];
        outputs(Attention {
            weights: regrouped(&weights, kv_heads),
            output: regrouped(&output, kv_heads),
        })
    })
    .only_in(GROUPED)
}

/// The first head of each group, then the second of each.
fn regrouped(heads: &Tensor, kv_heads: i64) -> Tensor {
    heads
        .unflatten(0, [kv_heads, -1])
        .transpose(0, 1)
        .flatten(0, 1)
}

/// Attention under a mask that is made from the numbers of queries and keys.
fn masked(mask: fn(i64, i64) -> Tensor) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let [queries, keys, values] = qkv(x);
        let heads = queries.size()[0];
        let mask = mask(queries.size()[1], keys.size()[1]);
        outputs(scaled_dot_product::kernel(
            queries,
            &shared(keys, heads, REPEATED),
            &shared(values, heads, REPEATED),
            Some(&mask),
        ))
    }
}

fn masks(task: Task) -> Task {
    task.mistake("causal-mask-forgotten", masked(everything))
        .only_in(UNMASKED)
        .mistake(
            "past-ignored",
            masked(|new, length| everything(new, length).tril(0)),
        )
        .mistake(
            "past-blocked",
            masked(|new, length| causal(new, length).triu(length - new)),
        )
        .only_in(MASKED)
        .mistake(
            "past-alone",
            masked(|new, length| everything(new, length).tril(length - new - 1)),
        )
        .only_in(MASKED)
        .mistake(
            "causal-mask-sees-the-next",
            masked(|new, length| everything(new, length).tril(length - new + 1)),
        )
        .only_in(MASKED)
        .mistake(
            "causal-mask-negated",
            masked(|new, length| causal(new, length).logical_not()),
        )
        .only_in(MASKED)
        .mistake(
            "causal-mask-only-without-a-past",
            masked(|new, length| match length - new {
                0 => causal(new, length),
                _ => everything(new, length),
            }),
        )
        .only_in(UNMASKED)
}

/// Attention with scores that are the products times a factor, which is made from a case.
fn scaled(factor: fn(&Inputs) -> f64) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let [queries, keys, values] = qkv(x);
        let factor = factor(x) * head_dim(x).sqrt();
        outputs(kernel([&(queries * factor), keys, values]))
    }
}

fn head_dim(x: &Inputs) -> f64 {
    x["queries"].size()[2] as f64
}

fn scores(task: Task) -> Task {
    task.mistake("no-scale", scaled(|_| 1.0))
        .only_in(GROUPED)
        .mistake("scaled-by-d-k", scaled(|x| 1.0 / head_dim(x)))
        .only_in(GROUPED)
        .mistake(
            "scaled-by-d-model",
            scaled(|x| 1.0 / (head_dim(x) * x["queries"].size()[0] as f64).sqrt()),
        )
        .only_in(GROUPED)
        .mistake("softmax-over-queries", |x| {
            with_weights(x, |scores, mask| {
                let transposed = mask.transpose(0, 1);
                masked_softmax(&scores.transpose(1, 2), &transposed).transpose(1, 2)
            })
        })
        .only_in(MASKED)
        .mistake("weights-before-softmax", |x| {
            let Attention { output, .. } = kernel(qkv(x));
            outputs(Attention {
                weights: products(x),
                output,
            })
        })
        .only_in(MASKED)
}

/// q · k / √head_dim in each query head.
fn products(x: &Inputs) -> Tensor {
    let [queries, keys, _] = qkv(x);
    let keys = shared(keys, queries.size()[0], REPEATED);
    queries.matmul(&keys.transpose(1, 2)) / head_dim(x).sqrt()
}

/// Attention with different weights, which are made from the scores and the mask.
fn with_weights(x: &Inputs, weights: fn(&Tensor, &Tensor) -> Tensor) -> Outputs {
    let [queries, keys, values] = qkv(x);
    let mask = causal(queries.size()[1], keys.size()[1]);
    let weights = weights(&products(x), &mask);
    let values = shared(values, queries.size()[0], REPEATED);
    outputs(Attention {
        output: weights.matmul(&values),
        weights,
    })
}

fn values(task: Task) -> Task {
    task.mistake("keys-as-values", |x| {
        outputs(kernel([&x["queries"], &x["keys"], &x["keys"]]))
    })
    .only_in(MASKED)
    .mistake("keys-and-values-swapped", |x| {
        outputs(formula([&x["queries"], &x["values"], &x["keys"]]))
    })
    .only_in(MASKED)
}
