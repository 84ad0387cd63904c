//! Loops over single entries, from the last to the first.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewD};

use super::{Matrices, NormGradients, rows};

pub(crate) fn linear(
    x: ArrayViewD<'_, f32>,
    weight: ArrayView2<'_, f32>,
    dy: ArrayViewD<'_, f32>,
) -> Matrices {
    let shape = x.raw_dim();
    let (x, dy) = (rows(x), rows(dy));
    let mut dx = Array2::<f32>::zeros(x.raw_dim());
    let mut dw = Array2::<f32>::zeros(weight.raw_dim());
    let mut db = Array1::<f32>::zeros(weight.nrows());
    for position in (0..x.nrows()).rev() {
        for out in (0..weight.nrows()).rev() {
            let slope = dy[(position, out)];
            db[out] += slope;
            for into in (0..weight.ncols()).rev() {
                dx[(position, into)] += slope * weight[(out, into)];
                dw[(out, into)] += slope * x[(position, into)];
            }
        }
    }
    (dx.into_shape_clone(shape).expect("as many entries"), dw, db)
}

/// The slope by the hyperbolic cosine: 1 − tanh² u = 1 / cosh² u.
pub(crate) fn gelu_tanh(x: f32) -> f32 {
    let factor = std::f32::consts::FRAC_2_PI.sqrt();
    let u = factor * x * (1.0 + 0.044715 * x * x);
    let slope = factor * (3.0 * 0.044715 * x).mul_add(x, 1.0);
    0.5 * (1.0 + u.tanh() + x * slope / u.cosh().powi(2))
}

/// The sum over all entries of the Jacobian of the logarithms: Σⱼ −qⱼ (δᵢⱼ − pᵢ).
pub(crate) fn cross_entropy(
    logits: ArrayView1<'_, f32>,
    target: usize,
    smoothing: f32,
) -> Array1<f32> {
    let largest = logits.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let sum: f32 = logits.iter().rev().map(|x| (x - largest).exp()).sum();
    let tokens = logits.len();
    let mut dlogits = Array1::zeros(tokens);
    for i in 0..tokens {
        let p = (logits[i] - largest).exp() / sum;
        for j in (0..tokens).rev() {
            let kept = if j == target { 1.0 - smoothing } else { 0.0 };
            let q = kept + smoothing / tokens as f32;
            let same = if i == j { 1.0 } else { 0.0 };
            dlogits[i] -= q * (same - p);
        }
    }
    dlogits
}

pub(crate) fn layer_norm(
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    epsilon: f32,
    dy: ArrayView2<'_, f32>,
) -> NormGradients {
    let n = x.ncols() as f32;
    let mut dx = Array2::zeros(x.raw_dim());
    let mut dgamma = Array1::zeros(x.ncols());
    for row in (0..x.nrows()).rev() {
        let sum = |term: &dyn Fn(usize) -> f32| (0..x.ncols()).rev().map(term).sum::<f32>();
        let mean = sum(&|i| x[(row, i)]) / n;
        let variance = sum(&|i| (x[(row, i)] - mean).powi(2)) / n;
        let inverse = (variance + epsilon).sqrt().recip();
        let normalised = |i: usize| (x[(row, i)] - mean) * inverse;
        let g = |i: usize| dy[(row, i)] * gamma[i];
        let (all, along) = (sum(&g), sum(&|i| g(i) * normalised(i)));
        for i in 0..x.ncols() {
            dx[(row, i)] = inverse / n * (n * g(i) - all - normalised(i) * along);
            dgamma[i] += dy[(row, i)] * normalised(i);
        }
    }
    (dx, dgamma)
}

/// The gradients in terms of x itself, which has r³ in the denominator.
pub(crate) fn rms_norm(
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    epsilon: f32,
    dy: ArrayView2<'_, f32>,
) -> NormGradients {
    let n = x.ncols() as f32;
    let mut dx = Array2::zeros(x.raw_dim());
    let mut dgamma = Array1::zeros(x.ncols());
    for row in (0..x.nrows()).rev() {
        let sum = |term: &dyn Fn(usize) -> f32| (0..x.ncols()).rev().map(term).sum::<f32>();
        let inverse = (sum(&|i| x[(row, i)].powi(2)) / n + epsilon).sqrt().recip();
        let g = |i: usize| dy[(row, i)] * gamma[i];
        let along = sum(&|i| g(i) * x[(row, i)]) * inverse.powi(3) / n;
        for i in 0..x.ncols() {
            dx[(row, i)] = inverse * g(i) - x[(row, i)] * along;
            dgamma[i] += dy[(row, i)] * x[(row, i)] * inverse;
        }
    }
    (dx, dgamma)
}

pub(crate) fn embedding(
    tokens: &[usize],
    vocabulary: usize,
    dy: ArrayView2<'_, f32>,
) -> Array2<f32> {
    Array2::from_shape_fn((vocabulary, dy.ncols()), |(row, feature)| {
        let mut sum = 0.0;
        for position in (0..tokens.len()).rev() {
            if tokens[position] == row {
                sum += dy[(position, feature)];
            }
        }
        sum
    })
}
