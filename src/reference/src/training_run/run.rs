//! Runs of training: the steps, and the loop.

use tch::Tensor;

use super::accumulate::{Accumulate, Part, RIGHT as ACCUMULATE};
use super::decoder::{RIGHT as DECODER, counted, cross_entropy, differentiate};
use super::state::{Record, State};
use super::update::{Optimiser, RIGHT as UPDATE, Update};
use crate::inputs::Inputs;
use crate::model_weights::Weights;

/// The batches of a run: inputs and targets.
pub(super) type Batch = [Tensor; 2];

/// A way of running, with what is the same in all steps.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) heads: i64,
    pub(super) ignored: i64,
    /// The number of sequences that go through the model at once.
    pub(super) micro_batch: i64,
    pub(super) optimiser: Optimiser,
    pub(super) accumulate: Accumulate,
    pub(super) update: Update,
    /// Takes a step.
    pub(super) step: fn(&Run, &State, &Batch) -> (State, Record),
}

impl Run {
    /// The settings of a case, and the right way.
    pub(super) fn of(x: &Inputs) -> Self {
        Self {
            heads: x.size("heads"),
            ignored: x.size("ignored"),
            micro_batch: x.size("micro_batch"),
            optimiser: Optimiser::of(x),
            accumulate: ACCUMULATE,
            update: UPDATE,
            step,
        }
    }

    /// Loss and gradients of some sequences.
    pub(super) fn part(&self, parameters: &Weights, [inputs, targets]: &Batch) -> Part {
        let (loss, gradients) = differentiate(parameters, |parameters| {
            let logits = DECODER.run(parameters, self.heads, inputs);
            cross_entropy(&logits, targets, self.ignored)
        });
        Part {
            loss: loss.double_value(&[]),
            counted: counted(targets, self.ignored),
            gradients,
        }
    }

    /// The micro-batches of a batch.
    pub(super) fn micro_batches(&self, batch: &Batch) -> Vec<Batch> {
        let sequences = batch[0].size()[0];
        let starts = (0..sequences).step_by(self.micro_batch as usize);
        starts
            .map(|start| {
                let size = self.micro_batch.min(sequences - start);
                batch.each_ref().map(|tensor| tensor.narrow(0, start, size))
            })
            .collect()
    }

    /// The loss and the gradients of each micro-batch.
    pub(super) fn parts(&self, state: &State, batch: &Batch) -> Vec<Part> {
        let parameters = state.parameters();
        let micro_batches = self.micro_batches(batch);
        micro_batches
            .iter()
            .map(|batch| self.part(&parameters, batch))
            .collect()
    }

    /// Takes steps until so many have been taken in all.
    pub(super) fn train(
        &self,
        mut state: State,
        batches: &[Batch],
        until: usize,
    ) -> (State, Vec<Record>) {
        let mut records = Vec::new();
        while state.step < until {
            let batch = &batches[state.step % batches.len()];
            let (next, record) = (self.step)(self, &state, batch);
            state = next;
            records.push(record);
        }
        (state, records)
    }
}

/// A step as it should be.
pub(super) fn step(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let whole = run.accumulate.run(&run.parts(state, batch));
    run.update.run(&run.optimiser, state, &whole)
}

/// The batches of a case.
pub(super) fn batches(x: &Inputs) -> Vec<Batch> {
    let (inputs, targets) = (x["inputs"].unbind(0), x["targets"].unbind(0));
    let pairs = inputs.into_iter().zip(targets);
    pairs.map(|(inputs, targets)| [inputs, targets]).collect()
}

#[cfg(test)]
mod tests {
    use tch::{Kind, with_grad};

    use super::*;
    use crate::adamw::LibtorchAdamW;
    use crate::random::Random;
    use crate::training_run::cases::parameters;
    use crate::training_run::train;

    /// Losses and parameters of a run by libtorch's own optimiser and clipping, with the whole batch at once.
    fn by_libtorch(x: &Inputs, steps: usize) -> (Vec<f64>, Weights) {
        let run = Run::of(x);
        let double = parameters(x).map(|tensor| tensor.to_kind(Kind::Double));
        let mut optimiser = LibtorchAdamW::new(&double, run.optimiser.constants);
        let batches = batches(x);
        let mut losses = Vec::new();
        for step in 1..=steps {
            let [inputs, targets] = &batches[(step - 1) % batches.len()];
            let loss = with_grad(|| {
                let logits = DECODER.run(optimiser.parameters(), run.heads, inputs);
                cross_entropy(&logits, targets, run.ignored)
            });
            losses.push(loss.double_value(&[]));
            optimiser.backward(&loss);
            optimiser.clip(run.optimiser.max_norm);
            optimiser.step(run.optimiser.schedule.rate(step));
        }
        (losses, optimiser.snapshot())
    }

    #[test]
    fn thirty_steps_are_those_of_libtorchs_optimiser() {
        let case = train::task()
            .cases
            .into_iter()
            .find(|case| case.name == "whole-run")
            .expect("the case");
        let x = (case.inputs)(&Random::new(crate::SEED, case.name));
        let (state, records) = Run::of(&x).train(State::of(&x), &batches(&x), 30);
        let (losses, weights) = by_libtorch(&x, 30);
        for (record, loss) in records.iter().zip(&losses) {
            assert!((record.loss - loss).abs() < 1e-6, "{records:?}\n{losses:?}");
        }
        // Both steps read the first of four batches.
        assert!(losses[28] < losses[0], "{losses:?}");
        for (name, parameter) in state.parameters().iter() {
            assert!(
                parameter.allclose(&weights[name], 1e-6, 1e-6, false),
                "{name}:\n{parameter}\n{}",
                weights[name]
            );
        }
    }

    #[test]
    fn halves_are_one_batch() {
        let case = train::task().cases.remove(0);
        let x = (case.inputs)(&Random::new(crate::SEED, case.name));
        let whole = Run {
            micro_batch: 100,
            ..Run::of(&x)
        };
        let single = Run {
            micro_batch: 1,
            ..whole
        };
        let [whole, single] =
            [whole, single].map(|run| run.train(State::of(&x), &batches(&x), 5).0);
        let [whole, single] = [whole, single].map(|state| state.entries(|state| &state.parameter));
        assert!(whole.allclose(&single, 1e-12, 1e-12, false));
    }
}
