//! libtorch's own AdamW, by which whole runs are made, and with which tests compare the formulas.

use tch::nn::{AdamW, Optimizer, OptimizerConfig, VarStore};
use tch::{Device, Tensor};

use super::Constants;
use crate::model_weights::Weights;

/// The group of parameters that do not decay. Those of group 0 do.
const NOT_DECAYED: usize = 1;

/// Parameters, and libtorch's AdamW that changes them. Those with fewer than two axes do not decay.
#[derive(Debug)]
pub(crate) struct LibtorchAdamW {
    store: VarStore,
    /// They share their memory with those in the store.
    parameters: Weights,
    constants: Constants,
    optimiser: Optimizer,
}

impl LibtorchAdamW {
    /// An optimiser for copies of these parameters. The number of the step, the rate and the number of axes are not used.
    pub(crate) fn new(parameters: &Weights, constants: Constants) -> Self {
        let store = VarStore::new(Device::Cpu);
        let mut named = Vec::new();
        for (name, tensor) in parameters.iter() {
            let group = if decays(tensor) { 0 } else { NOT_DECAYED };
            let path = store.root().set_group(group);
            // A name in a store has no dots.
            let parameter = path.add(&name.replace('.', "/"), tensor.copy(), true);
            named.push((name.to_owned(), parameter));
        }
        let parameters: Weights = named.into_iter().collect();
        Self {
            optimiser: optimiser(&store, &parameters, constants),
            store,
            parameters,
            constants,
        }
    }

    /// The parameters, which each step changes.
    pub(crate) fn parameters(&self) -> &Weights {
        &self.parameters
    }

    /// A copy of the parameters as they are now.
    pub(crate) fn snapshot(&self) -> Weights {
        self.parameters.map(|parameter| parameter.detach().copy())
    }

    /// Begins anew, with moments of 0.
    pub(crate) fn forget(&mut self) {
        self.optimiser = optimiser(&self.store, &self.parameters, self.constants);
    }

    /// Replaces the gradients by those of a loss.
    pub(crate) fn backward(&mut self, loss: &Tensor) {
        self.optimiser.zero_grad();
        loss.backward();
    }

    /// Shortens the gradients to a norm of at most `max_norm`.
    pub(crate) fn clip(&self, max_norm: f64) {
        self.optimiser.clip_grad_norm(max_norm);
    }

    /// Takes a step along the gradients.
    pub(crate) fn step(&mut self, rate: f64) {
        self.optimiser.set_lr(rate);
        self.optimiser.step();
    }
}

fn decays(parameter: &Tensor) -> bool {
    parameter.dim() >= 2
}

fn optimiser(store: &VarStore, parameters: &Weights, constants: Constants) -> Optimizer {
    let config = AdamW {
        beta1: constants.beta_1,
        beta2: constants.beta_2,
        wd: constants.weight_decay,
        eps: constants.epsilon,
        amsgrad: false,
    };
    let mut optimiser = config.build(store, 0.0).expect("an optimiser");
    // There is no group without parameters.
    if parameters.iter().any(|(_, parameter)| !decays(parameter)) {
        optimiser.set_weight_decay_group(NOT_DECAYED, 0.0);
    }
    optimiser
}
