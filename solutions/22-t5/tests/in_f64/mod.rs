//! The parts of a T5 in `f64`, with loops.

use ndarray::{Array1, Array3, Array4, ArrayView2, ArrayView3, Axis, s};
use t5::{AttentionWeights, EPSILON, FeedForward, RmsNorm};

/// Attention in `f64`, with loops and nothing else.
pub(crate) fn attention(
    x: ArrayView3<'_, f32>,
    source: ArrayView3<'_, f32>,
    weights: &AttentionWeights<'_>,
    heads: usize,
    bias: Option<ArrayView3<'_, f32>>,
    mask: Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>) {
    let wide = |matrix: ArrayView2<'_, f32>| matrix.mapv(f64::from);
    let (w_q, w_k, w_v, w_o) = (
        wide(weights.w_q),
        wide(weights.w_k),
        wide(weights.w_v),
        wide(weights.w_o),
    );
    let (batch, queries, d_model) = x.dim();
    let (keys, size) = (source.len_of(Axis(1)), w_q.nrows() / heads);
    let mut output = Array3::<f64>::zeros((batch, queries, d_model));
    let mut all = Array4::<f64>::zeros((batch, heads, queries, keys));
    for b in 0..batch {
        let (x, source) = (
            wide(x.index_axis(Axis(0), b)),
            wide(source.index_axis(Axis(0), b)),
        );
        for h in 0..heads {
            let rows = s![h * size..(h + 1) * size, ..];
            let q = x.dot(&w_q.slice(rows).t());
            let k = source.dot(&w_k.slice(rows).t());
            let v = source.dot(&w_v.slice(rows).t());
            for i in 0..queries {
                let mut row = Array1::<f64>::zeros(keys);
                for j in 0..keys {
                    let added = bias.map_or(0.0, |bias| f64::from(bias[(h, i, j)]));
                    if mask.is_none_or(|mask| mask[(b, i, j)]) {
                        row[j] = (q.row(i).dot(&k.row(j)) + added).exp();
                    }
                }
                let sum = row.sum();
                if sum > 0.0 {
                    row /= sum;
                }
                let mixed = w_o.slice(s![.., h * size..(h + 1) * size]);
                let read = mixed.dot(&row.dot(&v));
                let mut to = output.slice_mut(s![b, i, ..]);
                to += &read;
                all.slice_mut(s![b, h, i, ..]).assign(&row);
            }
        }
    }
    (output.mapv(|x| x as f32), all.mapv(|x| x as f32))
}

/// The feed-forward network at each position by itself, in `f64`.
pub(crate) fn feed_forward(x: ArrayView3<'_, f32>, weights: &FeedForward<'_>) -> Array3<f32> {
    let gelu = |x: f64| {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
        0.5 * x * (1.0 + inner.tanh())
    };
    let wide = |matrix: &ArrayView2<'_, f32>| matrix.mapv(f64::from);
    let mut y = Array3::zeros(x.dim());
    for (x, mut y) in x.lanes(Axis(2)).into_iter().zip(y.lanes_mut(Axis(2))) {
        let x = x.mapv(f64::from);
        let output = match weights {
            FeedForward::Relu { w_in, w_out } => {
                wide(w_out).dot(&wide(w_in).dot(&x).mapv(|x| x.max(0.0)))
            }
            FeedForward::GatedGelu {
                w_gate,
                w_value,
                w_out,
            } => wide(w_out).dot(&(wide(w_gate).dot(&x).mapv(gelu) * wide(w_value).dot(&x))),
        };
        y.assign(&output.mapv(|y| y as f32));
    }
    y
}

/// RMS norm of each position, in `f64`.
pub(crate) fn rms_norm(x: ArrayView3<'_, f32>, norm: &RmsNorm<'_>) -> Array3<f32> {
    let mut normed = x.to_owned();
    for mut row in normed.lanes_mut(Axis(2)) {
        let squares: f64 = row.iter().map(|&x| f64::from(x).powi(2)).sum();
        let root = (squares / row.len() as f64 + f64::from(EPSILON)).sqrt();
        row.zip_mut_with(&norm.gamma, |x, &gamma| {
            *x = (f64::from(*x) / root * f64::from(gamma)) as f32;
        });
    }
    normed
}
