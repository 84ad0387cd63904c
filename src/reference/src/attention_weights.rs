//! Attention weights: a softmax of the scores that a mask allows, along the last axis, right and wrong.
//!
//! Scores are (…, rows, columns), and a mask has the same shape or one that spreads to it; `true` means that a row may
//! attend to a column. A row that may attend to nothing gets weights of 0.

mod forms;
mod mistakes;

use tch::{Kind, Tensor};

use crate::outputs::Outputs;

pub(crate) use forms::{
    GUARDED_SENTINELS, INFINITIES, MASK_TIMES_INFINITY_SKIPPED, MAXIMUM_FROM_ZERO,
    MAXIMUM_FROM_ZERO_ZEROED, attention_forms,
};
pub(crate) use mistakes::{
    MASK_MISTAKES, SOFTMAX_MISTAKES, SPLIT_MISTAKES, finite_sentinel, finite_sentinel_added,
};

/// Computes weights from scores and a mask.
pub(crate) type WeightsFn = fn(&Tensor, Option<&Tensor>) -> Tensor;

/// The two results of attention.
#[derive(Debug)]
pub struct Attention {
    /// The weights (…, queries, keys).
    pub weights: Tensor,
    /// The weighted sums of the values (…, queries, width).
    pub output: Tensor,
}

impl From<Attention> for Outputs {
    fn from(Attention { weights, output }: Attention) -> Self {
        [("weights", weights), ("output", output)].into()
    }
}

/// A score so far below 0, or below a different one, that −10,000 or −1,000,000 instead of −∞ does not block. `f32` has
/// it exactly.
pub(crate) const FAR_BELOW: f64 = 1_048_576.0;

/// Scores (rows, columns) of which those in `which`, a column for each row, are [far below](FAR_BELOW) the others, and a
/// mask that allows these alone. Their weights are 1, whatever the rounding.
pub(crate) fn far_below(scores: &Tensor, which: &[i64]) -> (Tensor, Tensor) {
    let chosen = Tensor::from_slice(which).one_hot(scores.size()[1]);
    (scores - &chosen * FAR_BELOW, chosen.to_kind(Kind::Bool))
}

/// The axis of the columns: in attention, that of the keys.
const COLUMNS: i64 = -1;

/// The weights, as they should be.
pub(crate) fn weights(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    match mask {
        Some(mask) => masked_softmax(scores, mask),
        None => softmax(scores),
    }
}

/// e^(x − max) / Σ e^(x − max).
pub(crate) fn softmax(scores: &Tensor) -> Tensor {
    softmax_less(scores, &row_max(scores))
}

/// The softmax of the allowed scores; 0 for the others.
pub(crate) fn masked_softmax(scores: &Tensor, mask: &Tensor) -> Tensor {
    let weights = softmax(&scores.masked_fill(&mask.logical_not(), f64::NEG_INFINITY));
    weights.masked_fill(&empty_rows(mask), 0.0)
}

/// e^(x − c) / Σ e^(x − c): the softmax when a constant c is subtracted that need not be the maximum.
pub(crate) fn softmax_less(scores: &Tensor, constant: &Tensor) -> Tensor {
    normalised(&(scores - constant).exp())
}

/// The weights when a constant is subtracted that need not be the maximum.
pub(crate) fn weights_less(scores: &Tensor, mask: Option<&Tensor>, constant: &Tensor) -> Tensor {
    zero_in_empty_rows(&softmax_less(&blocked(scores, mask), constant), mask)
}

/// Rows divided by their sums.
pub(crate) fn normalised(rows: &Tensor) -> Tensor {
    rows / row_sum(rows)
}

/// Scores with −∞ where the mask blocks.
pub(crate) fn blocked(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    filled(scores, mask, f64::NEG_INFINITY)
}

/// Scores with a number where the mask blocks.
pub(crate) fn filled(scores: &Tensor, mask: Option<&Tensor>, number: f64) -> Tensor {
    match mask {
        Some(mask) => scores.masked_fill(&mask.logical_not(), number),
        None => scores.shallow_clone(),
    }
}

/// Weights with 0 in the rows that may attend to nothing.
pub(crate) fn zero_in_empty_rows(weights: &Tensor, mask: Option<&Tensor>) -> Tensor {
    match mask {
        Some(mask) => weights.masked_fill(&empty_rows(mask), 0.0),
        None => weights.shallow_clone(),
    }
}

/// The rows (…, rows, 1) that may attend to nothing.
pub(crate) fn empty_rows(mask: &Tensor) -> Tensor {
    mask.any_dim(COLUMNS, true).logical_not()
}

/// The largest entry of each row: (…, rows, 1).
pub(crate) fn row_max(x: &Tensor) -> Tensor {
    x.amax(COLUMNS, true)
}

/// The sum of each row: (…, rows, 1).
pub(crate) fn row_sum(x: &Tensor) -> Tensor {
    x.sum_dim_intlist(COLUMNS, true, Kind::Float)
}
