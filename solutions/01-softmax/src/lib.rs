//! # Softmax
//!
//! Softmax turns a row of any numbers, called logits, into weights: all positive, adding up to 1, and the larger the
//! logit the larger the weight.
//!
//! ```text
//! softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)
//! ```
//!
//! It does not change when the same number is added to all logits of a row, because numerator and denominator are
//! then multiplied by the same factor. That is what makes it safe to compute: once the row's maximum is subtracted, no
//! exponent is above 0, and `exp` cannot overflow.
//!
//! | symbol  | shape           | meaning                                                                         |
//! |---------|-----------------|---------------------------------------------------------------------------------|
//! | logits  | (rows, columns) | any finite numbers; each row is separate                                        |
//! | mask    | (rows, columns) | `true` where the entry may get weight                                           |
//! | weights | (rows, columns) | between 0 and 1; each row adds up to 1                                          |
//! | logs    | (rows, columns) | the logarithms of the weights, 0 or less; finite if the logits' differences are |
//!
//! In attention, a row belongs to a query and its columns to the keys (Vaswani et al. 2017, "Attention Is All You
//! Need", section 3.2.1). Exercises 02 to 05 use the functions that you write here.

use ndarray::{Array2, ArrayView2};

/// The weights (rows, columns) of each row of logits: exp(x) divided by the row's sum of exp(x).
///
/// Logits of any size give numbers, never NaN.
pub fn softmax(logits: ArrayView2<'_, f32>) -> Array2<f32> {
    // region: solution "each row: subtract its maximum, take exp, divide by the sum"
    let mut weights = logits.to_owned();
    for mut row in weights.rows_mut() {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.mapv_inplace(|logit| (logit - max).exp());
        row /= row.sum();
    }
    weights
    // endregion
}

/// The natural logarithms (rows, columns) of the softmax: x − ln Σ exp(x) along each row.
///
/// It is not computed from the weights: a weight can be too small for `f32` when its logarithm, −120 say, is an
/// ordinary number.
pub fn log_softmax(logits: ArrayView2<'_, f32>) -> Array2<f32> {
    // region: solution "each row: subtract its maximum, then the logarithm of the sum of exp"
    let mut logs = logits.to_owned();
    for mut row in logs.rows_mut() {
        row -= row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row -= row.exp().sum().ln();
    }
    logs
    // endregion
}

/// The softmax (rows, columns) of the entries that the mask allows; the others get a weight of 0.
///
/// `mask` is (rows, columns), and `true` means *may get weight*. A row in which nothing may get weight is a row of
/// zeros, never NaN.
pub fn masked_softmax(logits: ArrayView2<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    // region: solution "blocked logits become −∞, then softmax; a row that is blocked altogether becomes 0"
    let mut allowed_logits = logits.to_owned();
    allowed_logits.zip_mut_with(&mask, |logit, &allowed| {
        if !allowed {
            *logit = f32::NEG_INFINITY; // whose exp is 0
        }
    });
    let mut weights = softmax(allowed_logits.view());
    weights.zip_mut_with(&mask, |weight, &allowed| {
        if !allowed {
            *weight = 0.0; // a row of nothing but −∞ has become NaN
        }
    });
    weights
    // endregion
}
