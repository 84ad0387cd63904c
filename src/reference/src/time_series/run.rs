//! Training by libtorch's own optimiser.

use std::collections::BTreeMap;

use tch::nn::{self, OptimizerConfig};
use tch::{Device, Tensor};

use super::cases::parameters;
use super::forward::shape;
use super::model;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::training_run::update::Optimiser;

/// The group of parameters that do not decay. Those of group 0 do.
const NOT_DECAYED: usize = 1;

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
        let store = nn::VarStore::new(Device::Cpu);
        let leaves = leaves(x, &store);
        let weights = || -> Weights {
            let leaves = leaves.iter();
            leaves
                .map(|(name, leaf)| (name.clone(), leaf.shallow_clone()))
                .collect()
        };
        let settings = Optimiser::of(x);
        let mut optimiser = optimiser(&settings, &store);
        let mut losses = Vec::new();
        for (step, indices) in (1..).zip(plan) {
            optimiser.set_lr(settings.schedule.rate(step));
            let [contexts, targets] = windows.each_ref().map(|all| all.index_select(0, indices));
            let forecast = model::run(&weights(), shape(x), &contexts).forecast;
            let loss = model::loss(&forecast, &targets);
            losses.push(loss.double_value(&[]));
            if learning == Learning::Steps {
                optimiser.backward_step_clip_norm(&loss, settings.max_norm);
            }
        }
        let learned = weights();
        let parameters = learned.iter();
        Run {
            losses,
            parameters: parameters
                .map(|(name, leaf)| (name.to_owned(), leaf.detach()))
                .collect(),
        }
    })
}

/// The parameters of a case, as variables of the optimiser.
fn leaves(x: &Inputs, store: &nn::VarStore) -> BTreeMap<String, Tensor> {
    let mut leaves = BTreeMap::new();
    for (name, tensor) in parameters(x).iter() {
        let group = if tensor.dim() < 2 { NOT_DECAYED } else { 0 };
        let path = store.root().set_group(group);
        let leaf = path.add(&name.replace('.', "/"), tensor.copy(), true);
        leaves.insert(name.to_owned(), leaf);
    }
    leaves
}

fn optimiser(settings: &Optimiser, store: &nn::VarStore) -> nn::Optimizer {
    let config = nn::AdamW {
        beta1: settings.constants.beta_1,
        beta2: settings.constants.beta_2,
        wd: settings.constants.weight_decay,
        eps: settings.constants.epsilon,
        amsgrad: false,
    };
    let mut optimiser = config.build(store, 0.0).expect("an optimiser");
    optimiser.set_weight_decay_group(NOT_DECAYED, 0.0);
    optimiser
}
