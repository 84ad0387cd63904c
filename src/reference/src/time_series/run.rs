//! Training by libtorch's own optimiser.

use tch::Tensor;

use super::cases::parameters;
use super::forward::shape;
use super::model;
use crate::adamw::LibtorchAdamW;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::training_run::update::Optimiser;

/// A run: its losses, and the parameters after it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) losses: Vec<f64>,
    pub(super) parameters: Weights,
}

/// The use that is made of the gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Learning {
    /// Each step changes the parameters.
    Steps,
    /// The parameters stay as they are.
    Nothing,
}

/// Takes a step for each entry of the plan, which has the indices of the windows that are read in it. `windows` are
/// contexts and targets in normalised units.
pub(super) fn run(x: &Inputs, windows: &[Tensor; 2], plan: &[Tensor], learning: Learning) -> Run {
    // The recorder switches gradients off.
    tch::with_grad(|| {
        let settings = Optimiser::of(x);
        let mut optimiser = LibtorchAdamW::new(&parameters(x), settings.constants);
        let mut losses = Vec::new();
        for (step, indices) in (1..).zip(plan) {
            let [contexts, targets] = windows.each_ref().map(|all| all.index_select(0, indices));
            let forecast = model::run(optimiser.parameters(), shape(x), &contexts).forecast;
            let loss = model::loss(&forecast, &targets);
            losses.push(loss.double_value(&[]));
            if learning == Learning::Steps {
                optimiser.backward(&loss);
                optimiser.clip(settings.max_norm);
                optimiser.step(settings.schedule.rate(step));
            }
        }
        Run {
            losses,
            parameters: optimiser.snapshot(),
        }
    })
}
