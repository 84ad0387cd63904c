//! Everything in `f64`.

use ndarray::{
    Array, Array1, Array2, ArrayView, ArrayView1, ArrayView2, ArrayViewD, Axis, Dimension,
};

use super::{Matrices, NormGradients, rows};

fn widen<D: Dimension>(array: ArrayView<'_, f32, D>) -> Array<f64, D> {
    array.mapv(f64::from)
}

fn narrow<D: Dimension>(array: &Array<f64, D>) -> Array<f32, D> {
    array.mapv(|x| x as f32)
}

pub(crate) fn linear(
    x: ArrayViewD<'_, f32>,
    weight: ArrayView2<'_, f32>,
    dy: ArrayViewD<'_, f32>,
) -> Matrices {
    let shape = x.raw_dim();
    let (x, dy) = (widen(rows(x).view()), widen(rows(dy).view()));
    let dx = narrow(&dy.dot(&widen(weight)));
    (
        dx.into_shape_clone(shape).expect("as many entries"),
        narrow(&dy.t().dot(&x)),
        narrow(&dy.sum_axis(Axis(0))),
    )
}

/// The slope by the sigmoid: ½ (1 + tanh u) is the sigmoid of 2u.
pub(crate) fn gelu_tanh(x: f32) -> f32 {
    let x = f64::from(x);
    let factor = 2.0 * std::f64::consts::FRAC_2_PI.sqrt();
    let sigmoid = 1.0 / (1.0 + (-factor * (x + 0.044715 * x * x * x)).exp());
    let inner = factor * (1.0 + 0.134145 * x * x);
    (sigmoid + x * sigmoid * (1.0 - sigmoid) * inner) as f32
}

pub(crate) fn cross_entropy(
    logits: ArrayView1<'_, f32>,
    target: usize,
    smoothing: f32,
) -> Array1<f32> {
    let (logits, smoothing) = (widen(logits), f64::from(smoothing));
    let largest = logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let exponentials = (logits - largest).exp();
    let mut gradient = &exponentials / exponentials.sum();
    gradient -= smoothing / gradient.len() as f64;
    gradient[target] -= 1.0 - smoothing;
    narrow(&gradient)
}

/// Either norm; `centre` is 1 for layer norm and 0 for RMS norm.
pub(crate) fn norm(
    centre: f64,
    x: ArrayView2<'_, f32>,
    gamma: ArrayView1<'_, f32>,
    epsilon: f32,
    dy: ArrayView2<'_, f32>,
) -> NormGradients {
    let (x, dy) = (widen(x), widen(dy));
    let centred = &x - mean(&x) * centre;
    let size = (mean(&(&centred * &centred)) + f64::from(epsilon)).sqrt();
    let normalised = centred / &size;
    let g = &dy * &widen(gamma);
    let along = mean(&(&g * &normalised));
    let dx = (&g - mean(&g) * centre - &normalised * &along) / &size;
    let dgamma = (dy * normalised).sum_axis(Axis(0));
    (narrow(&dx), narrow(&dgamma))
}

/// The mean of each row: (rows, 1).
fn mean(rows: &Array2<f64>) -> Array2<f64> {
    let means = rows.mean_axis(Axis(1)).expect("features");
    means.insert_axis(Axis(1))
}

pub(crate) fn embedding(
    tokens: &[usize],
    vocabulary: usize,
    dy: ArrayView2<'_, f32>,
) -> Array2<f32> {
    let mut sums = Array2::<f64>::zeros((vocabulary, dy.ncols()));
    for (&token, dy) in tokens.iter().zip(dy.rows()) {
        let mut row = sums.row_mut(token);
        row += &widen(dy);
    }
    narrow(&sums)
}
