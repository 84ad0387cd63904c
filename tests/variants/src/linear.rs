//! Linear layers, x Wᵀ + b: `x` is (positions, in), `weight` is (out, in), `bias` is (out), or not there.

use ndarray::{Array2, ArrayView1, ArrayView2};

/// In f64.
pub fn in_f64(
    x: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: Option<ArrayView1<'_, f32>>,
) -> Array2<f64> {
    let product = x.mapv(f64::from).dot(&weight.mapv(f64::from).t());
    match bias {
        Some(bias) => product + bias.mapv(f64::from),
        None => product,
    }
}

/// By loops, in which each sum begins with the bias and goes from the last feature to the first.
pub fn backwards(
    x: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: Option<ArrayView1<'_, f32>>,
) -> Array2<f32> {
    Array2::from_shape_fn((x.nrows(), weight.nrows()), |(position, out)| {
        let first = bias.map_or(0.0, |bias| bias[out]);
        (0..x.ncols())
            .rev()
            .fold(first, |sum, i| sum + x[(position, i)] * weight[(out, i)])
    })
}
