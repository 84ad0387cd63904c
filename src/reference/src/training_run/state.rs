//! The state that changes from one step of a run to the next, and the report of a step.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::cases::parameters;
use crate::adamw;
use crate::inputs::Inputs;
use crate::model_weights::Weights;

/// The parameter of a tensor's state, or one of its moments.
pub(super) type Tensors = fn(&adamw::State) -> &Tensor;

/// All that changes from one step to the next.
#[derive(Debug)]
pub(super) struct State {
    /// Each parameter with its moments.
    pub(super) tensors: BTreeMap<String, adamw::State>,
    /// The number of steps that have been taken.
    pub(super) step: usize,
}

impl Clone for State {
    /// The same tensors; no number is copied.
    fn clone(&self) -> Self {
        let tensors = self.tensors.iter();
        Self {
            tensors: tensors
                .map(|(name, state)| (name.clone(), cloned(state)))
                .collect(),
            step: self.step,
        }
    }
}

/// The same tensors.
pub(super) fn cloned(state: &adamw::State) -> adamw::State {
    adamw::State {
        parameter: state.parameter.shallow_clone(),
        m: state.m.shallow_clone(),
        v: state.v.shallow_clone(),
    }
}

impl State {
    /// The state in which a case begins: its decoder, with moments of 0.
    pub(super) fn of(x: &Inputs) -> Self {
        let mut tensors = BTreeMap::new();
        for (name, tensor) in parameters(x).iter() {
            let parameter = tensor.to_kind(Kind::Double);
            let state = adamw::State {
                m: parameter.zeros_like(),
                v: parameter.zeros_like(),
                parameter,
            };
            tensors.insert(name.to_owned(), state);
        }
        Self {
            tensors,
            step: x.size("taken") as usize,
        }
    }

    /// The parameters by name.
    pub(super) fn parameters(&self) -> Weights {
        let tensors = self.tensors.iter();
        tensors
            .map(|(name, state)| (name.clone(), state.parameter.shallow_clone()))
            .collect()
    }

    /// The same parameters with different moments.
    pub(super) fn with_moments(self, moments: fn(&adamw::State) -> [Tensor; 2]) -> Self {
        let mut tensors = BTreeMap::new();
        for (name, state) in self.tensors {
            let [m, v] = moments(&state);
            let parameter = state.parameter;
            tensors.insert(name, adamw::State { parameter, m, v });
        }
        Self { tensors, ..self }
    }

    /// The norm of each parameter, or of each moment, in the order of the names.
    pub(super) fn lengths(&self, part: Tensors) -> Tensor {
        let tensors = self.tensors.values();
        let norms: Vec<Tensor> = tensors.map(|state| part(state).norm()).collect();
        Tensor::stack(&norms, 0)
    }

    /// All entries of one part of the state, in the order of the names.
    pub(super) fn entries(&self, part: Tensors) -> Tensor {
        let tensors = self.tensors.values();
        let flat: Vec<Tensor> = tensors.map(|state| part(state).reshape([-1])).collect();
        Tensor::cat(&flat, 0)
    }
}

/// The report of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) loss: f64,
    pub(super) norm: f64,
    pub(super) rate: f64,
}
