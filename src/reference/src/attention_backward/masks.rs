//! The mistakes with a mask that the backward pass of attention has in common with attention itself.

use crate::attention_weights::{MASK_MISTAKES, WeightsFn};

/// Their ids.
const SHARED: [&str; 6] = [
    "mask-ignored",
    "mask-inverted",
    "masked-scores-zeroed",
    "mask-after-softmax",
    "nan-on-masked-rows",
    "uniform-on-masked-rows",
];

/// Returns these mistakes by id, as wrong ways from scores and a mask to weights.
pub(super) fn shared() -> impl Iterator<Item = (&'static str, WeightsFn)> {
    let all = MASK_MISTAKES.into_iter();
    all.filter(|(id, _)| SHARED.contains(id))
}
