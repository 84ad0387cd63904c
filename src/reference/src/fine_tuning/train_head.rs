//! The task `train_head`: epochs of batches, with a step of AdamW for each of them.

mod cases;
mod mistakes;

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use super::head;
use crate::adamw::{self, Constants, State};
use crate::backward::autograd::gradients;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// Steps of 10⁻⁵ have to add up to many times this.
const OF_PARAMETERS: Tolerance = Tolerance {
    absolute: 2e-6,
    relative: 1e-5,
};

pub(super) fn task() -> Task {
    let task = Task::new("train_head", RIGHT.outputs())
        .curve("losses", "step")
        .output("weight", ["class", "feature"])
        .within(OF_PARAMETERS)
        .output("bias", ["class"])
        .within(OF_PARAMETERS);
    mistakes::add(cases::add(task))
        .property(
            Property::new(
                "features-in-another-order",
                "moving the features of vectors and weights together moves those of the trained weights",
            )
            .in_case("plain")
            .rotate(["vectors", "weight"], 1)
            .expect_same(["losses", "bias"])
            .expect_rotated(["weight"], 1),
        )
        .property(
            Property::new(
                "not-read-yet",
                "a different last example changes no loss before the batch in which it is",
            )
            .in_case("plain")
            .disturb(["vectors"], 0, 6)
            .expect_same_before(["losses"], 0, 2),
        )
}

/// The run of a case.
#[derive(Debug)]
struct Run {
    examples: Batch,
    batch_size: i64,
    epochs: i64,
    /// The constants of AdamW; the number of the step and the number of axes are those of a step.
    constants: Constants,
    /// The weights and the bias before the first step.
    start: [Tensor; 2],
}

/// Examples, one after the other.
#[derive(Debug)]
struct Batch {
    vectors: Tensor,
    labels: Tensor,
}

impl Batch {
    fn len(&self) -> i64 {
        self.labels.size()[0]
    }

    /// So many examples, whose vectors and labels begin at these places.
    fn part(&self, vectors: i64, labels: i64, len: i64) -> Self {
        Self {
            vectors: self.vectors.narrow(0, vectors, len),
            labels: self.labels.narrow(0, labels, len),
        }
    }

    fn loss(&self, head: &[Tensor; 2]) -> Tensor {
        head::forward(&self.vectors, &self.labels, head)
    }

    /// The gradients of the weights and of the bias, by libtorch's autograd.
    fn gradients(&self, [weight, bias]: &[Tensor; 2]) -> [Tensor; 2] {
        let loss = |head: &[Tensor; 2]| self.loss(head);
        gradients([weight, bias], loss, &Tensor::from(1_f64))
    }
}

impl Run {
    fn of(x: &Inputs) -> Self {
        let double = |name: &str| x[name].to_kind(Kind::Double);
        Self {
            examples: Batch {
                vectors: double("vectors"),
                labels: x["labels"].shallow_clone(),
            },
            batch_size: x.size("batch_size"),
            epochs: x.size("epochs"),
            constants: Constants {
                t: 1.0,
                rate: x.number("learning_rate"),
                beta_1: x.number("beta_1"),
                beta_2: x.number("beta_2"),
                epsilon: x.number("epsilon"),
                weight_decay: x.number("weight_decay"),
                axes: 0,
            },
            start: [double("weight"), double("bias")],
        }
    }
}

/// The steps that have been taken before a step.
#[derive(Debug, Clone, Copy)]
struct Taken {
    in_all: usize,
    in_epoch: usize,
}

/// A way of training a head, part by part.
#[derive(Clone, Copy)]
struct Way {
    epochs: fn(i64) -> i64,
    /// The batches of an epoch: the first example of each and their number, from the number of all and that of a batch.
    batches: fn(i64, i64) -> Vec<[i64; 2]>,
    /// The place of the first label of a batch, from that of its first vector.
    labels: fn(i64) -> i64,
    /// The number of a step that AdamW gets.
    number: fn(Taken) -> usize,
    /// `true` if the moments begin at 0 again with this step.
    forgets: fn(Taken) -> bool,
    /// The head whose gradients are taken, from that before the first step and that before this one.
    differentiated: for<'a> fn(&'a [Tensor; 2], &'a [Tensor; 2]) -> &'a [Tensor; 2],
    step: fn(&State, &Tensor, Constants) -> State,
    /// The loss that is reported, from that before the step and that after it.
    reported: fn([Tensor; 2]) -> Tensor,
}

const RIGHT: Way = Way {
    epochs: |epochs| epochs,
    batches: |examples, size| batches(examples, size).collect(),
    labels: |first| first,
    number: |taken| taken.in_all + 1,
    forgets: |_| false,
    differentiated: |_, before| before,
    step: adamw::step,
    reported: |[before, _]| before,
};

/// All batches of an epoch; the last may have fewer examples.
fn batches(examples: i64, size: i64) -> impl Iterator<Item = [i64; 2]> {
    let firsts = (0..examples).step_by(size as usize);
    firsts.map(move |first| [first, size.min(examples - first)])
}

impl Way {
    fn outputs(self) -> impl Fn(&Inputs) -> Outputs {
        move |x| self.run(&Run::of(x))
    }

    fn run(self, run: &Run) -> Outputs {
        let mut states = run.start.each_ref().map(fresh);
        let mut losses = Vec::new();
        for _ in 0..(self.epochs)(run.epochs) {
            let batches = (self.batches)(run.examples.len(), run.batch_size);
            for (in_epoch, [first, len]) in batches.into_iter().enumerate() {
                let taken = Taken {
                    in_all: losses.len(),
                    in_epoch,
                };
                let batch = run.examples.part(first, (self.labels)(first), len);
                let before = parameters(&states);
                states = self.step(run, states, &batch, taken);
                let after = parameters(&states);
                losses.push((self.reported)([batch.loss(&before), batch.loss(&after)]));
            }
        }
        let [weight, bias] = parameters(&states);
        Outputs::from([
            ("losses", Tensor::stack(&losses, 0)),
            ("weight", weight),
            ("bias", bias),
        ])
    }

    /// The weights and the bias after a step, with their moments.
    fn step(self, run: &Run, states: [State; 2], batch: &Batch, taken: Taken) -> [State; 2] {
        let before = parameters(&states);
        let [dw, db] = batch.gradients((self.differentiated)(&run.start, &before));
        let states = match (self.forgets)(taken) {
            true => before.each_ref().map(fresh),
            false => states,
        };
        let [weight, bias] = states;
        [(weight, dw), (bias, db)].map(|(before, gradient)| {
            let constants = Constants {
                t: (self.number)(taken) as f64,
                axes: before.parameter.dim(),
                ..run.constants
            };
            (self.step)(&before, &gradient, constants)
        })
    }
}

/// A parameter with moments of 0.
fn fresh(parameter: &Tensor) -> State {
    State {
        parameter: parameter.shallow_clone(),
        m: parameter.zeros_like(),
        v: parameter.zeros_like(),
    }
}

fn parameters(states: &[State; 2]) -> [Tensor; 2] {
    states
        .each_ref()
        .map(|state| state.parameter.shallow_clone())
}

#[cfg(test)]
mod tests {
    use tch::with_grad;

    use super::*;
    use crate::adamw::LibtorchAdamW;
    use crate::model_weights::Weights;
    use crate::random::Random;

    /// The losses, the weights and the bias of a run with libtorch's own optimiser.
    fn by_libtorch(run: &Run) -> [Tensor; 3] {
        let [weight, bias] = &run.start;
        let start = [("weight", weight), ("bias", bias)]
            .map(|(name, tensor)| (name.to_owned(), tensor.to_kind(Kind::Float)));
        let start = Weights::from_iter(start);
        let mut optimiser = LibtorchAdamW::new(&start, run.constants);
        let vectors = run
            .examples
            .vectors
            .to_kind(Kind::Float)
            .split(run.batch_size, 0);
        let labels = run.examples.labels.split(run.batch_size, 0);
        let mut losses = Vec::new();
        for _ in 0..run.epochs {
            for (vectors, labels) in vectors.iter().zip(&labels) {
                let loss = with_grad(|| {
                    let now = optimiser.parameters();
                    let logits = vectors.linear(&now["weight"], Some(&now["bias"]));
                    logits.cross_entropy_for_logits(labels)
                });
                optimiser.backward(&loss);
                optimiser.step(run.constants.rate);
                losses.push(loss.detach());
            }
        }
        let learned = optimiser.snapshot();
        let learned = |name: &str| learned[name].shallow_clone();
        [
            Tensor::stack(&losses, 0),
            learned("weight"),
            learned("bias"),
        ]
    }

    #[test]
    fn a_run_is_that_of_libtorchs_optimiser() {
        for case in task().cases {
            let run = Run::of(&(case.inputs)(&Random::new(crate::SEED, case.name)));
            let Outputs::Named(ours) = RIGHT.run(&run) else {
                panic!("three outputs");
            };
            for ((name, ours), theirs) in ours.iter().zip(by_libtorch(&run)) {
                let theirs = theirs.to_kind(Kind::Double);
                assert!(
                    ours.allclose(&theirs, 1e-5, 2e-6, false),
                    "{}, {name}:\n{ours}\n{theirs}",
                    case.name
                );
            }
        }
    }
}
