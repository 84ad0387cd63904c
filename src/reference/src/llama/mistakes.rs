//! The wrong ways of computing a Llama.

mod of_attention;
mod of_block;
mod of_logits;
mod of_rotate;
mod of_self_attention;

use tch::Tensor;

use super::attention::{Projected, of, rotate};
use crate::attention_weights::Attention;
use crate::masks::kernel::causal;
use crate::model_weights::Weights;
use crate::rotary_embedding::{Layout, angles_with_base, rotated_by};
use crate::scaled_dot_product;

pub(super) use of_attention::of_attention;
pub(super) use of_block::of_block;
pub(super) use of_logits::of_logits;
pub(super) use of_rotate::of_rotate;
pub(super) use of_self_attention::of_self_attention;

/// Chooses the key head that a query head reads, from its number, the number of query heads and that of key heads.
type ShareFn = fn(i64, i64, i64) -> i64;

/// Each query head with a key head of this choice.
fn shared(heads: &Tensor, query_heads: i64, share: ShareFn) -> Tensor {
    let kv_heads = heads.size()[0];
    let chosen: Vec<i64> = (0..query_heads)
        .map(|head| share(head, query_heads, kv_heads))
        .collect();
    heads.index_select(0, &Tensor::from_slice(&chosen))
}

/// Attention in which query heads read other key heads, or other value heads, than those of their group.
fn attend_sharing(
    [queries, keys, values]: [&Tensor; 3],
    [of_keys, of_values]: [ShareFn; 2],
) -> Attention {
    let heads = queries.size()[0];
    let mask = causal(queries.size()[1], keys.size()[1]);
    scaled_dot_product::kernel(
        queries,
        &shared(keys, heads, of_keys),
        &shared(values, heads, of_values),
        Some(&mask),
    )
}

/// The right choice: neighbours share a key head.
const REPEATED: ShareFn = |head, heads, kv_heads| head * kv_heads / heads;

/// All key heads one after the other, again and again.
const TILED: ShareFn = |head, _, kv_heads| head % kv_heads;

/// Rotation in pairs of neighbours.
fn rotate_in_pairs(x: &Tensor, past: i64, base: f64) -> Tensor {
    rotated_by(x, &angles_with_base(x, past, base), Layout::Interleaved)
}

/// Queries and keys rotated in pairs of neighbours.
fn both_in_pairs(w: &Weights, it: &Projected, position: i64) -> Projected {
    let base = w.number("base");
    of(
        rotate_in_pairs(&it.queries, position, base),
        rotate_in_pairs(&it.new.keys, position, base),
        it.new.values.shallow_clone(),
    )
}

/// Queries and keys rotated with a base of 10,000, whatever the model's is.
fn both_with_base_10000(_: &Weights, it: &Projected, position: i64) -> Projected {
    of(
        rotate(&it.queries, position, 1e4),
        rotate(&it.new.keys, position, 1e4),
        it.new.values.shallow_clone(),
    )
}

/// Nothing is rotated.
fn not_rotated(_: &Weights, it: &Projected, _: i64) -> Projected {
    of(
        it.queries.shallow_clone(),
        it.new.keys.shallow_clone(),
        it.new.values.shallow_clone(),
    )
}
