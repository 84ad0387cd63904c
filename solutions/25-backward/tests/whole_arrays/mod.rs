//! Products of whole arrays, with Jacobians that are written out.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewD, Axis, Zip, concatenate, s};

use super::{Matrices, NormGradients, rows};

/// The gradients if the bias is one more column of the weights, whose input is always 1.
pub(crate) fn linear(
    x: ArrayViewD<'_, f32>,
    weight: ArrayView2<'_, f32>,
    dy: ArrayViewD<'_, f32>,
) -> Matrices {
    let shape = x.raw_dim();
    let (x, dy) = (rows(x), rows(dy));
    let ones = Array2::ones((x.nrows(), 1));
    let x = concatenate(Axis(1), &[x.view(), ones.view()]).expect("as many rows");
    let both = x.t().dot(&dy).reversed_axes();
    let last = weight.ncols();
    let dx = weight.t().dot(&dy.t()).reversed_axes();
    (
        dx.into_shape_clone(shape).expect("as many entries"),
        both.slice(s![.., ..last]).to_owned(),
        both.column(last).to_owned(),
    )
}

/// The slope by dual numbers: each value with its derivative.
pub(crate) fn gelu_tanh(x: f32) -> f32 {
    let factor = std::f32::consts::FRAC_2_PI.sqrt();
    let square = (x * x, 2.0 * x);
    let cube = (square.0 * x, square.1 * x + square.0);
    let u = (
        factor * (x + 0.044715 * cube.0),
        factor * (1.0 + 0.044715 * cube.1),
    );
    let tanh = (u.0.tanh(), u.1 * (1.0 - u.0.tanh()) * (1.0 + u.0.tanh()));
    0.5 * (1.0 + tanh.0) + 0.5 * x * tanh.1
}

/// The gradient by the logarithms of the softmax.
pub(crate) fn cross_entropy(
    logits: ArrayView1<'_, f32>,
    target: usize,
    smoothing: f32,
) -> Array1<f32> {
    let tokens = logits.len();
    let largest = logits.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let log_sum = (&logits - largest).exp().sum().ln();
    let p = (&logits - largest - log_sum).exp();
    let mut q = Array1::from_elem(tokens, smoothing / tokens as f32);
    q[target] += 1.0 - smoothing;
    p - q
}

/// Either norm; `centre` is 1 for layer norm and 0 for RMS norm.
pub(crate) fn norm(
    centre: f32,
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    epsilon: f32,
    dy: ArrayView2<'_, f32>,
) -> NormGradients {
    let mut dx = Array2::zeros(x.raw_dim());
    let mut normalised = Array2::zeros(x.raw_dim());
    for row in 0..x.nrows() {
        let (normal, jacobian) = jacobian(centre, x.row(row), epsilon);
        let gradient = jacobian.dot(&(&dy.row(row) * &gamma));
        dx.row_mut(row).assign(&gradient);
        normalised.row_mut(row).assign(&normal);
    }
    let dgamma = Zip::from(normalised.columns()).and(dy.columns());
    (dx, dgamma.map_collect(|normalised, dy| normalised.dot(&dy)))
}

/// A normalised row, and its Jacobian (features, features).
fn jacobian(centre: f32, row: ArrayView1<'_, f32>, epsilon: f32) -> (Array1<f32>, Array2<f32>) {
    let n = row.len();
    let centring = Array2::<f32>::eye(n) - Array2::from_elem((n, n), centre / n as f32);
    let centred = centring.dot(&row);
    let size = (centred.dot(&centred) / n as f32 + epsilon).sqrt();
    let normalised = centred / size;
    let outer = normalised.view().insert_axis(Axis(1));
    let outer = outer.dot(&normalised.view().insert_axis(Axis(0))) / n as f32;
    (normalised, (centring - outer) / size)
}

/// The product with tokens as rows of zeros and a one.
pub(crate) fn embedding(
    tokens: &[usize],
    vocabulary: usize,
    dy: ArrayView2<'_, f32>,
) -> Array2<f32> {
    let mut one_hot = Array2::zeros((tokens.len(), vocabulary));
    for (position, &token) in tokens.iter().enumerate() {
        one_hot[(position, token)] = 1.0;
    }
    one_hot.t().dot(&dy)
}
