//! Softmaxes over rows. All take scores of (rows, columns) and a mask of the same shape, `true` where weight is allowed, and return weights of
//! that shape. A row in which nothing is allowed gets weights of 0.

use ndarray::{Array2, ArrayView2, Axis, Zip};

/// In f64; what is blocked becomes −∞ first.
pub fn in_f64(mut scores: Array2<f64>, mask: Option<ArrayView2<'_, bool>>) -> Array2<f64> {
    if let Some(mask) = mask {
        Zip::from(&mut scores)
            .and(mask)
            .for_each(|x, &may| *x = if may { *x } else { f64::NEG_INFINITY });
    }
    for mut row in scores.rows_mut() {
        let max = row.fold(f64::NEG_INFINITY, |max, &x| max.max(x));
        row.mapv_inplace(|x| {
            if max.is_finite() {
                (x - max).exp()
            } else {
                0.0
            }
        });
        let sum = row.sum().max(f64::MIN_POSITIVE);
        row /= sum;
    }
    scores
}

/// Entry by entry, over the allowed ones alone.
pub fn of_allowed(scores: ArrayView2<'_, f32>, mask: Option<ArrayView2<'_, bool>>) -> Array2<f32> {
    let mut weights = Array2::zeros(scores.raw_dim());
    for (i, row) in scores.rows().into_iter().enumerate() {
        let allowed = |j: &usize| mask.is_none_or(|mask| mask[(i, *j)]);
        let columns: Vec<usize> = (0..row.len()).filter(allowed).collect();
        let max = columns.iter().fold(f32::MIN, |max, &j| max.max(row[j]));
        let sum: f32 = columns.iter().map(|&j| (row[j] - max).exp()).sum();
        columns
            .iter()
            .for_each(|&j| weights[(i, j)] = (row[j] - max).exp() / sum);
    }
    weights
}

/// With −10⁹ added to what is blocked, whose weights are set to 0 afterwards.
pub fn with_a_sentinel(mut scores: Array2<f32>, mask: Option<ArrayView2<'_, bool>>) -> Array2<f32> {
    let allowed = mask.map(|mask| mask.mapv(|may| f32::from(u8::from(may))));
    if let Some(allowed) = &allowed {
        scores += &((allowed - 1.0) * 1e9);
    }
    let max = scores.map_axis(Axis(1), |row| row.fold(f32::MIN, |max, &x| max.max(x)));
    let exp = (scores - max.insert_axis(Axis(1))).exp();
    let sum = exp.sum_axis(Axis(1)).insert_axis(Axis(1));
    let weights = exp / sum;
    match allowed {
        Some(allowed) => weights * allowed,
        None => weights,
    }
}
