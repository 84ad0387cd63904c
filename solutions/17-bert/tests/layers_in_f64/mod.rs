//! Layers of exercises 17 and 23 in `f64`. The variants of both are made of them, with the parts of exercise 11.

use bert::Linear;

use crate::in_f64::{Matrix, widen};

/// The exact GELU, from the power series of erf: terms are added until they are too small to count.
pub(crate) fn gelu_in_f64(x: f64) -> f64 {
    let z = x / std::f64::consts::SQRT_2;
    if z.abs() > 5.0 {
        return x.max(0.0);
    }
    let (mut power, mut erf, mut n) = (z, z, 0.0);
    while f64::abs(power) > 1e-20 {
        n += 1.0;
        power *= -z * z / n;
        erf += power / (2.0 * n + 1.0);
    }
    0.5 * x * (1.0 + std::f64::consts::FRAC_2_SQRT_PI * erf)
}

/// x Wᵀ + b.
pub(crate) fn linear_in_f64(x: &Matrix, layer: &Linear<'_>) -> Matrix {
    x.dot(&widen(layer.weight).t()) + widen(layer.bias)
}
