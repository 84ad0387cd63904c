//! Rotary embedding, attention of groups of heads, and self-attention step by step.

use tch::{Kind, Tensor};

use crate::attention_weights::Attention;
use crate::inputs::Inputs;
use crate::kv_cache::Cache;
use crate::masks::kernel::causal;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::rotary_embedding::{Layout, angles_with_base, rotated_by};
use crate::scaled_dot_product;
use crate::sublayers::linear;

/// The vectors `x` (heads, new, head_dim) of a case, rotated to their positions.
pub fn rotated(x: &Inputs) -> Tensor {
    rotate(&x["x"], x.size("past"), x.number("base"))
}

/// Vectors (heads, new, head_dim) rotated in halves, from the position `past` on.
pub(super) fn rotate(x: &Tensor, past: i64, base: f64) -> Tensor {
    rotated_by(x, &angles_with_base(x, past, base), Layout::Halves)
}

/// Weights (heads, new, past + new) and contexts of queries, keys and values, from libtorch's kernel for groups of heads.
///
/// The kernel does not hand out its weights. But when the values are the identity matrix, its output is the weights.
pub fn kernel([queries, keys, values]: [&Tensor; 3]) -> Attention {
    let (kv_heads, length) = (keys.size()[0], keys.size()[1]);
    let mask = causal(queries.size()[1], length);
    // The kernel shares heads only if there is an axis for the batch before them.
    let attend = |values: &Tensor| {
        Tensor::scaled_dot_product_attention(
            &queries.unsqueeze(0),
            &keys.unsqueeze(0),
            &values.unsqueeze(0),
            Some(&mask),
            0.0,
            false,
            None,
            true,
        )
        .squeeze_dim(0)
    };
    let identity = Tensor::eye(length, (Kind::Float, keys.device()));
    Attention {
        weights: attend(&identity.expand([kv_heads, length, length], false)),
        output: attend(values),
    }
}

/// The same by the formula: each key head and value head is repeated for the query heads of its group.
pub fn formula([queries, keys, values]: [&Tensor; 3]) -> Attention {
    let group = queries.size()[0] / keys.size()[0];
    let mask = causal(queries.size()[1], keys.size()[1]);
    let [keys, values] =
        [keys, values].map(|heads| heads.repeat_interleave_self_int(group, 0, None::<i64>));
    scaled_dot_product::formula(queries, &keys, &values, Some(&mask))
}

/// The outputs of `grouped_query_attention`.
pub(super) fn outputs(Attention { weights, output }: Attention) -> Outputs {
    [("weights", weights), ("contexts", output)].into()
}

/// The results of self-attention.
#[derive(Debug)]
pub(super) struct SelfAttention {
    pub(super) cache: Cache,
    pub(super) weights: Tensor,
    pub(super) output: Tensor,
}

impl From<SelfAttention> for Outputs {
    fn from(steps: SelfAttention) -> Self {
        [
            ("keys", steps.cache.keys),
            ("values", steps.cache.values),
            ("weights", steps.weights),
            ("output", steps.output),
        ]
        .into()
    }
}

/// Queries, keys and values of new positions, each (heads, new, head_dim) with as many heads as it has.
#[derive(Debug)]
pub(super) struct Projected {
    pub(super) queries: Tensor,
    pub(super) new: Cache,
}

/// The caches of new positions, before and after the rotation, next to the past.
#[derive(Debug)]
pub(super) struct Growing<'a> {
    pub(super) w: &'a Weights,
    pub(super) past: Cache,
    /// The new positions as they were projected.
    pub(super) raw: &'a Cache,
    /// The new positions, the keys rotated.
    pub(super) rotated: &'a Cache,
}

/// The steps of self-attention, so that a mistake can take one of them differently. Weights also have the settings, and
/// `past_keys` and `past_values`.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From the vectors, queries, keys and values.
    pub(super) project: fn(&Weights, &Tensor) -> Projected,
    /// Rotates queries and keys, of which the first is at this position.
    pub(super) rotate: fn(&Weights, &Projected, i64) -> Projected,
    /// The position of the first new vector, from the number of positions in the cache and of new ones.
    pub(super) position: fn(i64, i64) -> i64,
    /// The keys and values that are attended to.
    pub(super) attended: fn(&Growing<'_>) -> Cache,
    /// The cache that is returned.
    pub(super) kept: fn(&Growing<'_>) -> Cache,
    /// Attention, from the settings, queries, keys and values.
    pub(super) attend: fn(&Weights, [&Tensor; 3]) -> Attention,
    /// From the contexts, (heads, new, head_dim), the output.
    pub(super) output: fn(&Weights, &Tensor) -> Tensor,
}

/// The steps as they should be.
pub(super) const RIGHT: Steps = Steps {
    project: |w, x| projected(w, x, split),
    rotate: |w, it, position| {
        let base = w.number("base");
        of(
            rotate(&it.queries, position, base),
            rotate(&it.new.keys, position, base),
            it.new.values.shallow_clone(),
        )
    },
    position: |past, _| past,
    attended: |it| it.past.followed_by(it.rotated),
    kept: |it| it.past.followed_by(it.rotated),
    attend: |_, qkv| kernel(qkv),
    output: |w, contexts| linear(&merge(contexts), &w["w_o"]),
};

impl Steps {
    pub(super) fn run(self, w: &Weights, x: &Tensor) -> SelfAttention {
        let past = past(w);
        let position = (self.position)(past.positions(), x.size()[0]);
        let raw = (self.project)(w, x);
        let rotated = (self.rotate)(w, &raw, position);
        let growing = Growing {
            w,
            past,
            raw: &raw.new,
            rotated: &rotated.new,
        };
        let Cache { keys, values } = (self.attended)(&growing);
        let Attention { weights, output } = (self.attend)(w, [&rotated.queries, &keys, &values]);
        SelfAttention {
            cache: (self.kept)(&growing),
            weights,
            output: (self.output)(w, &output),
        }
    }
}

/// Self-attention of the vectors `x` of a case.
pub(super) fn right(x: &Inputs) -> SelfAttention {
    RIGHT.run(&Weights::from(x), &x["x"])
}

/// The keys and values of the positions before the new ones.
pub(super) fn past(w: &Weights) -> Cache {
    Cache {
        keys: w["past_keys"].shallow_clone(),
        values: w["past_values"].shallow_clone(),
    }
}

/// Queries, keys and values from their matrices, cut into heads in some way.
pub(super) fn projected(w: &Weights, x: &Tensor, split: fn(&Tensor, i64) -> Tensor) -> Projected {
    let of_heads = |matrix: &str, heads: &str| split(&linear(x, &w[matrix]), w.size(heads));
    of(
        of_heads("w_q", "heads"),
        of_heads("w_k", "kv_heads"),
        of_heads("w_v", "kv_heads"),
    )
}

/// Queries, keys and values, in this order.
pub(super) fn of(queries: Tensor, keys: Tensor, values: Tensor) -> Projected {
    Projected {
        queries,
        new: Cache { keys, values },
    }
}

/// (positions, heads · head_dim) as (heads, positions, head_dim).
pub(super) fn split(x: &Tensor, heads: i64) -> Tensor {
    x.unflatten(1, [heads, -1]).transpose(0, 1)
}

/// (heads, positions, head_dim) as (positions, heads · head_dim).
pub(super) fn merge(x: &Tensor) -> Tensor {
    x.transpose(0, 1).flatten(1, 2)
}
