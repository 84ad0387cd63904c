//! Comparison of the gradients of a whole model with the slopes of its loss, in `f64`.

use attentive_reference::Weights;
use attentive_reference::training_run::decoder::differentiate;
use tch::Tensor;

/// The step of a finite difference. Its own error is about h² from the third derivative, and 10⁻¹⁶ / h from rounding.
const STEP: f64 = 1e-6;

/// Compares autograd with finite differences: each entry of each parameter is moved up and down by [`STEP`], all else is kept.
pub(crate) fn compare(parameters: &Weights, loss: impl Fn(&Weights) -> Tensor) {
    let (_, gradients) = differentiate(parameters, &loss);
    for (name, parameter) in parameters.iter() {
        let at = |entry: i64, step: f64| {
            let moved = parameter.copy();
            let _ = moved.view(-1).get(entry).g_add_scalar_(step);
            loss(&parameters.with(name, moved)).double_value(&[])
        };
        let slopes: Vec<f64> = (0..parameter.numel() as i64)
            .map(|entry| (at(entry, STEP) - at(entry, -STEP)) / (2.0 * STEP))
            .collect();
        let slopes = Tensor::from_slice(&slopes).view(parameter.size().as_slice());
        let gradient = &gradients[name];
        assert!(
            gradient.allclose(&slopes, 1e-6, 1e-8, false),
            "{name}:\n{gradient}\n{slopes}"
        );
    }
}
