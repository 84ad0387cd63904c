//! Loss curves of faulty runs: a tiny decoder learns a source whose entropy is known, once as it should, and once with each
//! of some twenty faults. A lesson shows them, so that readers know what a curve can tell.
//!
//! [`record`] takes all runs. They have the same first weights and, unless the fault is in the data, the same batches.

mod faults;
mod source;

use std::collections::BTreeMap;

use attentive_grader::Tensor as GraderTensor;
use attentive_recipe::{Recipe, first_parameters};
use tch::{Kind, Tensor};

use super::accumulate::Part;
use super::decoder::{BLOCK, BlockWay, RIGHT as MODEL, Way, blocks, cross_entropy, differentiate};
use super::state::State;
use super::update::{Optimiser, RIGHT as UPDATE, Update, times};
use crate::adamw::{self, Schedule};
use crate::bridge::to_libtorch;
use crate::model_weights::Weights;
use crate::random::Random;

use faults::FAULTS;
use source::{SYMBOLS, Source, frequencies};

/// The number of steps of a run.
const STEPS: usize = 300;
/// The number of sequences of a batch, and of tokens that the model reads of each.
const BATCH: i64 = 32;
const CONTEXT: i64 = 16;
const HEADS: i64 = 2;
/// An id that no target has.
const IGNORED: i64 = -1;
/// Batches that are all the data of a run that has too few.
const FEW: usize = 4;
/// Steps after which a run whose data are sorted comes to data of a different kind.
const SORTED: usize = 30;

/// Recorded curves.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurves {
    /// Losses to compare with.
    pub levels: Levels,
    /// The name of each run, and the loss of each of its steps, in nats. The first run is the right one.
    pub runs: Vec<(&'static str, Vec<f64>)>,
}

/// Losses of models that know so much and no more, in nats per token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Nothing: each token is as likely as any other.
    pub guess: f64,
    /// The frequency of each token.
    pub frequencies: f64,
    /// Everything that there is to know: the entropy of the source, as far as the context shows it.
    pub floor: f64,
}

/// The data that a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    /// New sequences in each step.
    Fresh,
    /// The first batch in each step.
    OneBatch,
    /// A few batches, one after the other.
    Few,
    /// Sequences of two kinds, many steps of one kind after many of the other.
    Sorted,
    /// Targets that belong to different sequences.
    Unrelated,
    /// Sequences of which the second half is padding, which is counted.
    Padded,
}

/// Everything about a run that a fault may change.
#[derive(Clone, Copy)]
struct Setup {
    /// The standard deviation of the first weights.
    deviation: f32,
    block: BlockWay,
    model: Way,
    data: Data,
    /// The number of places from a token to its target.
    shift: i64,
    /// The factor of the loss, and with it of its gradients.
    scale: f64,
    /// The factor of the gradients alone.
    direction: f64,
    /// `true` if each step begins without the gradients of the one before.
    clears: bool,
    optimiser: Optimiser,
    update: Update,
    /// A change of the state in the middle of the run.
    halfway: Option<fn(State) -> State>,
}

/// The setup without a fault.
const RIGHT: Setup = Setup {
    deviation: 0.1,
    block: BLOCK,
    model: MODEL,
    data: Data::Fresh,
    shift: 1,
    scale: 1.0,
    direction: 1.0,
    clears: true,
    optimiser: Optimiser {
        max_norm: 1.0,
        schedule: Schedule {
            peak: 1e-2,
            floor: 1e-3,
            warm_up: 15,
            steps: STEPS,
        },
        constants: adamw::Constants {
            t: 1.0,
            rate: 0.0,
            beta_1: 0.9,
            beta_2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.1,
            axes: 0,
        },
    },
    update: UPDATE,
    halfway: None,
};

/// Takes all runs. `report` is told the name of each before it begins.
pub fn record(seed: u64, report: impl Fn(&str)) -> LossCurves {
    let mut runs = Vec::new();
    let right = [("right", RIGHT)].into_iter();
    for (name, setup) in right.chain(FAULTS.iter().map(|fault| (fault.name, fault.setup()))) {
        report(name);
        runs.push((name, losses(&setup, seed, STEPS)));
    }
    LossCurves {
        levels: Levels::new(),
        runs,
    }
}

/// The losses of a run's first steps.
fn losses(setup: &Setup, seed: u64, steps: usize) -> Vec<f64> {
    tch::set_num_threads(1);
    let random = Random::new(seed, "loss-curves");
    let mut state = first_state(setup.deviation, seed);
    let (mut drawn, mut left) = (Vec::new(), None);
    let mut losses = Vec::new();
    for step in 0..steps {
        if let (Some(change), true) = (setup.halfway, step == STEPS / 2) {
            state = change(state);
        }
        let batch = setup.batch(step, &mut drawn, &random);
        let mut part = setup.part(&state.parameters(), &batch);
        losses.push(part.loss);
        if !setup.clears {
            part.gradients = added(left.take(), part.gradients);
            left = Some(part.gradients.clone());
        }
        (state, _) = setup.update.run(&setup.optimiser, &state, &part);
    }
    losses
}

impl Setup {
    /// Inputs and targets of a step, from 0. `drawn` are the sequences so far.
    fn batch(&self, step: usize, drawn: &mut Vec<Tensor>, random: &Random) -> [Tensor; 2] {
        let source = match self.data {
            Data::Sorted if step / SORTED % 2 == 1 => Source::Second,
            _ => Source::First,
        };
        let number = match self.data {
            Data::OneBatch => 0,
            Data::Few => step % FEW,
            _ => step,
        };
        // Two tokens more than the model reads: the last target, also where targets are too far.
        if number == drawn.len() {
            drawn.push(source.draw(random, BATCH, CONTEXT + 2));
        }
        let mut sequences = drawn[number].shallow_clone();
        if self.data == Data::Padded {
            let kept = sequences.narrow(1, 0, CONTEXT / 2);
            let padding = sequences
                .narrow(1, CONTEXT / 2, CONTEXT / 2 + 2)
                .zeros_like();
            sequences = Tensor::cat(&[kept, padding], 1);
        }
        let inputs = sequences.narrow(1, 0, CONTEXT);
        let sequences = match self.data {
            Data::Unrelated => sequences.roll([1], [0]),
            _ => sequences,
        };
        [inputs, sequences.narrow(1, self.shift, CONTEXT)]
    }

    /// Loss and gradients of a batch.
    fn part(&self, parameters: &Weights, [inputs, targets]: &[Tensor; 2]) -> Part {
        let (loss, gradients) = differentiate(parameters, |parameters| {
            let embedded = self.model.embedded(parameters, inputs);
            let last = blocks(parameters, HEADS)
                .iter()
                .fold(embedded, |x, weights| self.block.run(weights, &x));
            let logits = self.model.scores(parameters, &last);
            cross_entropy(&logits, targets, IGNORED) * self.scale
        });
        Part {
            loss: loss.double_value(&[]),
            counted: targets.numel() as i64,
            gradients: times(&gradients, self.direction),
        }
    }
}

impl Levels {
    fn new() -> Self {
        let frequencies: f64 = frequencies().iter().map(|p| -p * p.ln()).sum();
        // The first token of a context has no token two places before its target.
        let seen = (CONTEXT - 1) as f64;
        Self {
            guess: (SYMBOLS as f64).ln(),
            frequencies,
            floor: (frequencies + seen * source::entropy()) / (seen + 1.0),
        }
    }
}

impl LossCurves {
    /// The curves as a table: a column for each run, and a line for each step, with the levels above it. A loss that is not
    /// finite is left out.
    pub fn to_csv(&self) -> String {
        let Levels {
            guess,
            frequencies,
            floor,
        } = self.levels;
        let mut csv =
            "# Written by `cargo run -p attentive-reference -- loss-curves`.\n".to_owned();
        for (name, level) in [
            ("guess", guess),
            ("frequencies", frequencies),
            ("floor", floor),
        ] {
            csv += &format!("# {name},{level:.4}\n");
        }
        let names: Vec<&str> = self.runs.iter().map(|(name, _)| *name).collect();
        csv += &format!("step,{}\n", names.join(","));
        for step in 0..STEPS {
            csv += &(step + 1).to_string();
            for (_, losses) in &self.runs {
                let loss = losses.get(step).filter(|loss| loss.is_finite());
                let shown = loss.map(|loss| format!("{loss:.3}"));
                csv += &format!(",{}", shown.unwrap_or_default());
            }
            csv += "\n";
        }
        csv
    }
}

/// The state before the first step.
fn first_state(deviation: f32, seed: u64) -> State {
    let recipe = Recipe {
        heads: HEADS as usize,
        context: CONTEXT as usize,
        deviation,
        ..Recipe::POCKET
    };
    let mut tensors = BTreeMap::new();
    for (name, array) in first_parameters(&recipe, SYMBOLS, seed) {
        let parameter = to_libtorch(&GraderTensor::F32(array)).to_kind(Kind::Double);
        let state = adamw::State {
            m: parameter.zeros_like(),
            v: parameter.zeros_like(),
            parameter,
        };
        tensors.insert(name, state);
    }
    State { tensors, step: 0 }
}

/// The gradients that were left by the step before, and those of this step.
fn added(left: Option<Weights>, new: Weights) -> Weights {
    let Some(left) = left else {
        return new;
    };
    let gradients = new.iter();
    gradients
        .map(|(name, gradient)| (name.to_owned(), &left[name] + gradient))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_losses(name: &str, steps: usize) -> Vec<f64> {
        let fault = FAULTS.iter().find(|fault| fault.name == name);
        losses(&fault.expect("a fault of this name").setup(), 1, steps)
    }

    #[test]
    fn a_right_run_begins_at_a_guess() {
        let Levels {
            guess,
            frequencies,
            floor,
        } = Levels::new();
        assert!(guess > frequencies + 0.1 && frequencies > floor + 0.5);
        let losses = losses(&RIGHT, 1, 60);
        assert!((losses[0] - guess).abs() < 0.3, "{losses:?}");
        assert!(losses[59] < losses[0] - 0.1, "{losses:?}");
    }

    #[test]
    fn faults_change_what_they_are_about() {
        let right = losses(&RIGHT, 1, 3);
        let sum = first_losses("loss-is-a-sum", 1);
        assert!((sum[0] - 16.0 * right[0]).abs() < 1e-9, "{sum:?}");
        let kept = first_losses("parameters-not-kept", 1);
        assert_eq!(kept[0], right[0]);
        let large = first_losses("weights-too-large", 1);
        assert!(large[0] > right[0] + 1.0, "{large:?} {right:?}");
        let ascent = first_losses("step-added", 3);
        assert!(ascent[2] > right[2], "{ascent:?} {right:?}");
        let unmasked = first_losses("mask-forgotten", 1);
        assert_ne!(unmasked[0], right[0]);
        let one = first_losses("one-batch", 2);
        assert_eq!(one[0], right[0]);
        assert_ne!(one[1], right[1]);
    }

    #[test]
    fn all_runs_are_in_the_table() {
        let curves = LossCurves {
            levels: Levels::new(),
            runs: vec![("right", vec![1.0; STEPS]), ("diverges", vec![f64::NAN; 2])],
        };
        let csv = curves.to_csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 5 + STEPS);
        assert_eq!(lines[4], "step,right,diverges");
        assert_eq!(lines[5], "1,1.000,");
    }
}
