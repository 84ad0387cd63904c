//! The task `adamw_step`, by steps that can be done wrong one by one.

mod cases;
mod mistakes;

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// Tolerance of the moments. It leaves room for the rounding of 1 − βᵗ: otherwise a program that keeps the corrected
/// moments would not be recognised.
const OF_MOMENTS: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-4,
};

pub(super) fn task() -> Task {
    let task = Task::new("adamw_step", RIGHT.outputs())
        .output("moments", ["moment", "step", "entry"])
        .within(OF_MOMENTS)
        .output("parameter", ["step", "entry"]);
    mistakes::add(cases::add(task))
        .property(
            Property::new(
                "entries-in-another-order",
                "moving the entries of a parameter, its gradients and its moments moves the results, and changes \
                 nothing else",
            )
            .in_case("vector")
            .rotate(["parameter", "m", "v"], 0)
            .rotate(["gradients"], 1)
            .expect_rotated(["moments"], 2)
            .expect_rotated(["parameter"], 1),
        )
        .property(
            Property::new(
                "vectors-do-not-decay",
                "a different weight decay changes nothing in a vector",
            )
            .in_case("vector")
            .add(["weight_decay"], 0.5)
            .expect_same(["moments", "parameter"]),
        )
        .property(
            Property::new(
                "moments-see-only-gradients",
                "a different parameter, rate or weight decay changes no moment",
            )
            .in_case("later")
            .add(["parameter", "learning_rate", "weight_decay"], 0.5)
            .expect_same(["moments"]),
        )
}

/// A parameter and its moments.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) parameter: Tensor,
    pub(crate) m: Tensor,
    pub(crate) v: Tensor,
}

/// Numbers that all entries have in common in a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Constants {
    /// The number of the step, from 1.
    pub(crate) t: f64,
    pub(crate) rate: f64,
    pub(crate) beta_1: f64,
    pub(crate) beta_2: f64,
    pub(crate) epsilon: f64,
    pub(crate) weight_decay: f64,
    /// The number of axes of the parameter.
    pub(crate) axes: usize,
}

impl Constants {
    /// Returns `true` if the parameter decays.
    fn decays(&self) -> bool {
        self.axes >= 2
    }

    /// The share of the parameter that one step takes, if it decays at all.
    fn decay_if(&self, decays: bool) -> f64 {
        if decays {
            self.rate * self.weight_decay
        } else {
            0.0
        }
    }
}

/// The numbers of which a step is made.
#[derive(Debug)]
struct Parts<'a> {
    before: &'a State,
    gradient: &'a Tensor,
    m: Tensor,
    v: Tensor,
    m_hat: Tensor,
    v_hat: Tensor,
    constants: Constants,
}

/// A way of taking a step, part by part.
#[derive(Clone, Copy)]
struct Way {
    /// The constants that are used.
    constants: fn(Constants) -> Constants,
    /// The gradient that the moments get, from that of the loss and the parameter.
    gradient: fn(&Tensor, &Tensor, &Constants) -> Tensor,
    /// The new m, from the old one and the gradient.
    m: fn(&Tensor, &Tensor, &Constants) -> Tensor,
    /// The new v, from the old one and the gradient.
    v: fn(&Tensor, &Tensor, &Constants) -> Tensor,
    m_hat: fn(&Tensor, &Constants) -> Tensor,
    v_hat: fn(&Tensor, &Constants) -> Tensor,
    /// The direction, which is multiplied by the rate.
    quotient: fn(&Parts<'_>) -> Tensor,
    /// The share of the parameter that is subtracted.
    decay: fn(&Constants) -> f64,
    /// The new parameter, from the old one, the quotient times the rate, and the decay.
    update: fn(&Tensor, &Tensor, f64) -> Tensor,
    /// The moments that are kept for the next step.
    kept: fn(&Parts<'_>) -> [Tensor; 2],
}

/// libtorch's way.
const RIGHT: Way = Way {
    constants: |c| c,
    gradient: |gradient, _, _| gradient.shallow_clone(),
    m: |old, gradient, c| running_mean(old, gradient, c.beta_1),
    v: |old, gradient, c| running_mean(old, &gradient.square(), c.beta_2),
    m_hat: |m, c| m / correction(c.beta_1, c.t),
    v_hat: |v, c| v / correction(c.beta_2, c.t),
    quotient: |parts| quotient(&parts.m_hat, &parts.v_hat, parts),
    decay: |c| c.decay_if(c.decays()),
    update: |parameter, step, decay| parameter * (1.0 - decay) - step,
    kept: |parts| [parts.m.shallow_clone(), parts.v.shallow_clone()],
};

/// The state after a step.
pub(crate) fn step(before: &State, gradient: &Tensor, constants: Constants) -> State {
    RIGHT.step(before, gradient, constants)
}

fn running_mean(old: &Tensor, new: &Tensor, beta: f64) -> Tensor {
    old * beta + new * (1.0 - beta)
}

/// The divisor that makes up for a mean that began at 0.
fn correction(beta: f64, t: f64) -> f64 {
    1.0 - beta.powf(t)
}

fn quotient(m: &Tensor, v: &Tensor, parts: &Parts<'_>) -> Tensor {
    m / (v.sqrt() + parts.constants.epsilon)
}

impl Way {
    /// The outputs of a case: moments and parameter before the first step and after each.
    fn outputs(self) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 2] {
        move |x| {
            let double = |name: &str| x[name].to_kind(Kind::Double);
            let mut history = vec![State {
                parameter: double("parameter"),
                m: double("m"),
                v: double("v"),
            }];
            for (nth, gradient) in double("gradients").unbind(0).iter().enumerate() {
                let before = &history[nth];
                let after = self.step(before, gradient, constants(x, nth));
                history.push(after);
            }
            let [m, v] = [
                in_rows(&history, |state| &state.m),
                in_rows(&history, |state| &state.v),
            ];
            [
                ("moments", Tensor::stack(&[m, v], 0)),
                ("parameter", in_rows(&history, |state| &state.parameter)),
            ]
        }
    }

    fn step(self, before: &State, gradient: &Tensor, constants: Constants) -> State {
        let c = (self.constants)(constants);
        let gradient = (self.gradient)(gradient, &before.parameter, &c);
        let m = (self.m)(&before.m, &gradient, &c);
        let v = (self.v)(&before.v, &gradient, &c);
        let parts = Parts {
            before,
            gradient: &gradient,
            m_hat: (self.m_hat)(&m, &c),
            v_hat: (self.v_hat)(&v, &c),
            m,
            v,
            constants: c,
        };
        let step = (self.quotient)(&parts) * c.rate;
        let [m, v] = (self.kept)(&parts);
        State {
            parameter: (self.update)(&before.parameter, &step, (self.decay)(&c)),
            m,
            v,
        }
    }
}

/// The constants of the step after `taken` steps.
fn constants(x: &Inputs, taken: usize) -> Constants {
    Constants {
        t: x.size("step") as f64 + taken as f64,
        rate: x.number("learning_rate"),
        beta_1: x.number("beta_1"),
        beta_2: x.number("beta_2"),
        epsilon: x.number("epsilon"),
        weight_decay: x.number("weight_decay"),
        axes: x["parameter"].dim(),
    }
}

fn in_rows(history: &[State], part: fn(&State) -> &Tensor) -> Tensor {
    let rows: Vec<Tensor> = history
        .iter()
        .map(|state| part(state).reshape([-1]))
        .collect();
    Tensor::stack(&rows, 0)
}

#[cfg(test)]
mod tests {
    use tch::with_grad;

    use super::*;
    use crate::adamw::LibtorchAdamW;
    use crate::model_weights::Weights;
    use crate::random::Random;

    /// The parameter before the first step and after each, by libtorch's own optimiser.
    fn by_libtorch(x: &Inputs) -> Tensor {
        let c = constants(x, 0);
        let parameter = ("parameter".to_owned(), x["parameter"].shallow_clone());
        let mut optimiser = LibtorchAdamW::new(&Weights::from_iter([parameter]), c);
        let now = |optimiser: &LibtorchAdamW| optimiser.snapshot()["parameter"].reshape([-1]);
        let mut rows = vec![now(&optimiser)];
        for gradient in x["gradients"].unbind(0) {
            // The gradient of this sum is `gradient`.
            let parameter = &optimiser.parameters()["parameter"];
            let loss = with_grad(|| (parameter * gradient).sum(Kind::Float));
            optimiser.backward(&loss);
            optimiser.step(c.rate);
            rows.push(now(&optimiser));
        }
        Tensor::stack(&rows, 0)
    }

    #[test]
    fn every_step_is_that_of_libtorchs_optimiser() {
        let mut compared = 0;
        for case in task().cases {
            let x = (case.inputs)(&Random::new(crate::SEED, case.name));
            if x.size("step") != 1 {
                continue; // libtorch's optimiser cannot begin later
            }
            let [_, (_, ours)] = RIGHT.outputs()(&x);
            let theirs = by_libtorch(&x).to_kind(Kind::Double);
            assert!(
                ours.allclose(&theirs, 2e-6, 2e-6, false),
                "{}:\n{ours}\n{theirs}",
                case.name
            );
            compared += ours.size()[0] - 1;
        }
        assert!(compared >= 40, "{compared} steps");
    }
}
