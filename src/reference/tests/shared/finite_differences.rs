//! Comparison of gradients by three ways: libtorch's autograd, the formulas, and finite differences in `f64`.

use attentive_reference::Random;
use attentive_reference::backward::autograd::gradients;
use tch::{Kind, Tensor};

/// The step of a finite difference. Its own error is about h² from the third derivative, and 10⁻¹⁶ / h from rounding.
const STEP: f64 = 1e-6;

/// Compares autograd with finite differences, and with the formulas.
///
/// The gradients are those of Σ forward(inputs) ⊙ dy. Formulas may be missing for the last inputs.
pub(crate) fn compare<const N: usize>(
    what: &str,
    inputs: [&Tensor; N],
    forward: &dyn Fn(&[Tensor; N]) -> Tensor,
    dy: &Tensor,
    formula: &[Tensor],
) {
    let autograd = gradients(inputs, forward, dy);
    let differences = differences(inputs, forward, dy);
    for (index, (autograd, difference)) in autograd.iter().zip(&differences).enumerate() {
        let error = largest(&(autograd - difference));
        assert!(
            error < 1e-7,
            "{what}, input {index}: differences are off by {error}"
        );
    }
    for (index, (autograd, formula)) in autograd.iter().zip(formula).enumerate() {
        let error = largest(&(autograd.view_as(formula) - formula));
        assert!(
            error < 1e-12,
            "{what}, input {index}: the formula is off by {error}"
        );
    }
}

/// The gradients of Σ forward(inputs) ⊙ dy: each entry is moved up and down by [`STEP`], all else is kept.
fn differences<const N: usize>(
    inputs: [&Tensor; N],
    forward: &dyn Fn(&[Tensor; N]) -> Tensor,
    dy: &Tensor,
) -> [Tensor; N] {
    let at = |index: usize, entry: i64, step: f64| {
        let moved = inputs.map(|input| input.copy());
        let flat = moved[index].view(-1);
        let _ = flat.get(entry).g_add_scalar_(step);
        (forward(&moved) * dy).sum(Kind::Double).double_value(&[])
    };
    std::array::from_fn(|index| {
        let entries = inputs[index].numel() as i64;
        let slopes: Vec<f64> = (0..entries)
            .map(|entry| (at(index, entry, STEP) - at(index, entry, -STEP)) / (2.0 * STEP))
            .collect();
        Tensor::from_slice(&slopes).view(inputs[index].size().as_slice())
    })
}

/// The largest size of an entry; infinite if one is NaN, which no comparison would find.
pub(crate) fn largest(tensor: &Tensor) -> f64 {
    let largest = tensor.abs().max().double_value(&[]);
    if largest.is_nan() {
        f64::INFINITY
    } else {
        largest
    }
}

/// Normal random numbers in `f64`.
pub(crate) fn normal(random: &Random, shape: &[i64]) -> Tensor {
    random.normal(shape).to_kind(Kind::Double)
}
