//! A training run.

use std::time::{Duration, Instant};

use attentive_models::digits::Digit;
use tch::nn::{self, OptimizerConfig, VarStore};
use tch::{Device, Reduction, Tensor};

use super::samples::Samples;
use super::vit::Vit;
use crate::adamw::Schedule;
use crate::layers::NOT_DECAYED;

const BATCH: i64 = 64;
const PEAK_RATE: f64 = 3e-3;
const WEIGHT_DECAY: f64 = 0.1;
/// The steps of a run for each one in which the learning rate rises.
const STEPS_PER_WARM_UP: usize = 20;
/// The share of the learning rate that is left at the end.
const LAST_RATE: f64 = 0.02;
/// The number of reports in a run.
const REPORTS: usize = 20;

/// The settings of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The seed of the first weights, of the batches and of the distortions.
    pub seed: u64,
    /// The number of batches, at least 1.
    pub steps: usize,
}

/// A report of progress.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The batches so far.
    pub step: usize,
    /// The batches in all.
    pub steps: usize,
    /// The mean loss of the last ones, in nats per image.
    pub loss: f64,
    /// The time that the rest will take.
    pub left: Duration,
}

/// A trained model.
#[derive(Debug)]
pub struct Trained {
    /// The settings of the run.
    pub options: Options,
    /// The images that it learned from.
    pub learned: i64,
    /// The images that were held out.
    pub held_out: i64,
    /// The share of the images that it learned from, of which it says what they show.
    pub train_accuracy: f64,
    /// The same of the images that were held out.
    pub held_out_accuracy: f64,
    /// The number of trained numbers.
    pub parameters: usize,
    pub(super) store: VarStore,
}

/// Trains a model from nothing, with [`Options::steps`] batches. It takes a minute or two.
///
/// The held-out digits have no say in it: they are looked at once, at the end.
///
/// # Errors
/// When libtorch cannot do its work.
pub fn train(
    digits: &[Digit],
    options: Options,
    report: impl Fn(Progress),
) -> Result<Trained, tch::TchError> {
    // Sums of several threads differ from run to run in their last digits.
    tch::set_num_threads(1);
    tch::manual_seed(options.seed as i64);
    let (learned, held_out) = Samples::split(digits);
    let store = VarStore::new(Device::Cpu);
    let vit = Vit::new(&store.root());
    learn(&vit, &store, &learned, options, report)?;
    Ok(Trained {
        options,
        learned: learned.count(),
        held_out: held_out.count(),
        train_accuracy: accuracy(&vit, &learned),
        held_out_accuracy: accuracy(&vit, &held_out),
        parameters: store.trainable_variables().iter().map(Tensor::numel).sum(),
        store,
    })
}

fn learn(
    vit: &Vit,
    store: &VarStore,
    samples: &Samples,
    Options { steps, .. }: Options,
    report: impl Fn(Progress),
) -> Result<(), tch::TchError> {
    let mut optimiser = nn::adamw(0.9, 0.98, WEIGHT_DECAY).build(store, PEAK_RATE)?;
    optimiser.set_weight_decay_group(NOT_DECAYED, 0.0);
    let schedule = Schedule {
        peak: PEAK_RATE,
        floor: PEAK_RATE * LAST_RATE,
        warm_up: steps / STEPS_PER_WARM_UP,
        steps,
    };
    let interval = steps.div_ceil(REPORTS);
    let (began, mut losses) = (Instant::now(), 0.0);
    for step in 1..=steps {
        optimiser.set_lr(schedule.rate(step));
        let batch = samples.draw(BATCH);
        let logits = vit.logits(&batch.pixels);
        let none = None::<Tensor>;
        let loss = logits.cross_entropy_loss(&batch.labels, none, Reduction::Mean, -100, 0.0);
        optimiser.backward_step_clip_norm(&loss, 1.0);
        losses += loss.double_value(&[]);
        if step % interval == 0 {
            report(Progress {
                step,
                steps,
                loss: losses / interval as f64,
                left: began.elapsed().mul_f64((steps - step) as f64 / step as f64),
            });
            losses = 0.0;
        }
    }
    Ok(())
}

/// The share of images whose likeliest class is the right one.
fn accuracy(vit: &Vit, samples: &Samples) -> f64 {
    let logits = tch::no_grad(|| vit.logits(&samples.pixels));
    let right = logits.argmax(-1, false).eq_tensor(&samples.labels);
    right
        .to_kind(tch::Kind::Double)
        .mean(tch::Kind::Double)
        .double_value(&[])
}
