//! The parts of blocks in `f64` and in plain loops, one batch element at a time. The variants of exercises 11 to 13 are
//! made of them.

use encoder_block::{FeedForward, Norm, Projections};
use ndarray::{
    Array, Array1, Array2, Array3, ArrayView, ArrayView1, ArrayView2, Axis, Dimension, RemoveAxis,
    stack,
};

/// (positions, features).
pub(crate) type Matrix = Array2<f64>;

pub(crate) fn widen<D: Dimension>(x: ArrayView<'_, f32, D>) -> Array<f64, D> {
    x.mapv(f64::from)
}

/// The batch that these elements make.
pub(crate) fn batch<D: Dimension>(elements: &[Array<f64, D>]) -> Array<f32, D::Larger>
where
    D::Larger: RemoveAxis,
{
    let views: Vec<_> = elements.iter().map(|element| element.view()).collect();
    stack(Axis(0), &views)
        .expect("equal shapes")
        .mapv(|x| x as f32)
}

fn linear(x: &Matrix, w: ArrayView2<'_, f32>, b: ArrayView1<'_, f32>) -> Matrix {
    x.dot(&widen(w).t()) + widen(b)
}

/// Multi-head attention, and its weights (heads, queries, keys).
pub(crate) fn attention(
    query: &Matrix,
    source: &Matrix,
    w: &Projections<'_>,
    heads: usize,
    may: impl Fn(usize, usize) -> bool,
) -> (Matrix, Array3<f64>) {
    let (q, k, v) = (
        linear(query, w.w_q, w.b_q),
        linear(source, w.w_k, w.b_k),
        linear(source, w.w_v, w.b_v),
    );
    let size = q.ncols() / heads;
    let mut context = Matrix::zeros((q.nrows(), q.ncols()));
    let mut weights = Array3::zeros((heads, q.nrows(), k.nrows()));
    for head in 0..heads {
        let features = head * size..(head + 1) * size;
        for i in 0..q.nrows() {
            let score = |j: usize| {
                features.clone().map(|d| q[(i, d)] * k[(j, d)]).sum::<f64>() / (size as f64).sqrt()
            };
            let keys: Vec<usize> = (0..k.nrows()).filter(|&j| may(i, j)).collect();
            let max = keys.iter().fold(f64::MIN, |max, &j| max.max(score(j)));
            let sum: f64 = keys.iter().map(|&j| (score(j) - max).exp()).sum();
            for j in keys {
                let weight = (score(j) - max).exp() / sum;
                weights[(head, i, j)] = weight;
                features
                    .clone()
                    .for_each(|d| context[(i, d)] += weight * v[(j, d)]);
            }
        }
    }
    (linear(&context, w.w_o, w.b_o), weights)
}

pub(crate) fn norm(x: &Matrix, w: &Norm<'_>, epsilon: f64) -> Matrix {
    let mut y = x.clone();
    for mut row in y.rows_mut() {
        let mean = row.sum() / row.len() as f64;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / row.len() as f64;
        let normed: Array1<f64> = row.mapv(|x| (x - mean) / (variance + epsilon).sqrt());
        row.assign(&(normed * widen(w.gamma) + widen(w.beta)));
    }
    y
}

pub(crate) fn feed_forward(x: &Matrix, w: &FeedForward<'_>) -> Matrix {
    linear(&linear(x, w.w_1, w.b_1).mapv(|x| x.max(0.0)), w.w_2, w.b_2)
}
