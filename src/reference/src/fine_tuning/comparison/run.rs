//! One run: training and its result.

use std::time::Duration;

use tch::{Kind, Tensor};

use super::ComparisonError;
use super::batches::Batch;
use super::encoder::Encoder;
use super::snippets::Snippet;
use super::trainee::Trainee;
use super::way::Way;
use crate::adamw::Schedule;
use crate::processor_time;
use crate::random::Random;

const BATCH: usize = 16;
/// The steps of a run for each one in which the rates rise.
const STEPS_PER_WARM_UP: usize = 10;
/// The reports of a run.
const REPORTS: usize = 10;
/// The largest norm of all gradients together.
const MAX_NORM: f64 = 1.0;

/// The result of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// The number of parameters that moved.
    pub(super) parameters: usize,
    /// The processor time of the training, with that of reading sentences for a head.
    pub(super) time: Duration,
    /// The share of held-out sentences that are right.
    pub(super) accuracy: f64,
    /// The bytes of what is saved.
    pub(super) bytes: u64,
}

/// A report of some steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) of: usize,
    /// The mean loss of the last ones.
    pub(super) loss: f64,
}

/// The sentences of a run, as the head gets them.
enum Source<'a> {
    /// Vectors that were computed once, and their labels.
    Vectors(Tensor, Tensor),
    /// Sentences that the model reads in each pass.
    Texts(&'a [Snippet]),
}

impl Run {
    /// Trains in one way, and measures.
    pub(super) fn take(
        way: Way,
        encoder: &Encoder,
        examples: &[Snippet],
        held_out: &[Snippet],
        seed: u64,
        report: impl Fn(Step),
    ) -> Result<Self, ComparisonError> {
        let begun = processor_time::used();
        let trainee = Trainee::new(way, encoder, seed);
        train(way, encoder, &trainee, examples, seed, report)?;
        let time = processor_time::used() - begun;
        Ok(Self {
            parameters: trainee.parameters(),
            time,
            accuracy: accuracy(encoder, &trainee, held_out),
            bytes: trainee.saved()?,
        })
    }
}

impl Source<'_> {
    /// The vectors of some sentences, and their labels.
    fn batch(&self, encoder: &Encoder, trainee: &Trainee, places: &[i64]) -> (Tensor, Tensor) {
        match self {
            Self::Vectors(vectors, labels) => {
                let places = Tensor::from_slice(places);
                (
                    vectors.index_select(0, &places),
                    labels.index_select(0, &places),
                )
            }
            Self::Texts(snippets) => {
                let batch = Batch::of(places.iter().map(|&place| &snippets[place as usize]));
                let vectors = encoder.vectors(&trainee.weights(encoder), &batch);
                (vectors, batch.labels)
            }
        }
    }
}

fn train(
    way: Way,
    encoder: &Encoder,
    trainee: &Trainee,
    examples: &[Snippet],
    seed: u64,
    report: impl Fn(Step),
) -> Result<(), ComparisonError> {
    let source = match way {
        Way::Head => {
            let vectors = encoder.read(&encoder.weights, examples);
            Source::Vectors(vectors, Batch::of(examples).labels)
        }
        Way::TopTwo | Way::Everything | Way::Lora => Source::Texts(examples),
    };
    let mut optimiser = trainee.optimiser()?;
    let order = order(examples.len(), way.passes(), seed);
    let steps = order.len();
    let schedule = Schedule {
        peak: 1.0,
        floor: 0.0,
        warm_up: steps / STEPS_PER_WARM_UP,
        steps,
    };
    let interval = steps.div_ceil(REPORTS);
    let mut losses = 0.0;
    for (number, places) in (1..).zip(&order) {
        trainee.set_rates(&mut optimiser, schedule.rate(number));
        let (vectors, labels) = source.batch(encoder, trainee, places);
        let loss = trainee.logits(&vectors).cross_entropy_for_logits(&labels);
        optimiser.backward_step_clip_norm(&loss, MAX_NORM);
        losses += loss.double_value(&[]);
        if number % interval == 0 {
            report(Step {
                number,
                of: steps,
                loss: losses / interval as f64,
            });
            losses = 0.0;
        }
    }
    Ok(())
}

/// The places of the sentences of each batch. All ways have the same batches in their first passes.
fn order(examples: usize, passes: usize, seed: u64) -> Vec<Vec<i64>> {
    let random = Random::new(seed, "batches");
    let mut batches = Vec::new();
    for _ in 0..passes {
        let order = random.permutation(examples as i64);
        let order = Vec::<i64>::try_from(order).expect("whole numbers on one axis");
        batches.extend(order.chunks(BATCH).map(<[i64]>::to_vec));
    }
    batches
}

/// The share of sentences whose larger logit is that of the label.
fn accuracy(encoder: &Encoder, trainee: &Trainee, snippets: &[Snippet]) -> f64 {
    let vectors = encoder.read(&trainee.weights(encoder), snippets);
    let found = trainee.logits(&vectors).argmax(1, false);
    let right = found.eq_tensor(&Batch::of(snippets).labels);
    right.sum(Kind::Int64).int64_value(&[]) as f64 / snippets.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pass_has_each_sentence_once() {
        let batches = order(37, 2, 5);
        assert_eq!(batches.len(), 6);
        for pass in batches.chunks(3) {
            let mut places = pass.concat();
            places.sort_unstable();
            assert_eq!(places, (0..37).collect::<Vec<i64>>());
        }
        assert_ne!(batches[0], batches[3]);
        assert_eq!(batches, order(37, 2, 5));
    }
}
