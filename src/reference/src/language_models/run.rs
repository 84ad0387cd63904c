//! A training run.

use std::time::{Duration, Instant};

use attentive_recipe::Text;
use tch::nn::{self, OptimizerConfig, VarStore};
use tch::{Device, Kind as Numbers, Tensor};

use super::Kind;
use super::bert::{self, Bert};
use super::corpus::Corpus;
use super::error::TrainingError;
use super::gpt::{self, Gpt};
use super::network::{Network, Purpose, Vocabulary};
use crate::adamw::Schedule;
use crate::layers::NOT_DECAYED;

/// The steps of a run for each one in which the learning rate rises.
const STEPS_PER_WARM_UP: usize = 20;
/// The share of the learning rate that is left at the end.
const LAST_RATE: f64 = 0.02;
const WEIGHT_DECAY: f64 = 0.1;
/// The number of reports in a run.
const REPORTS: usize = 30;
/// Windows that are measured at once.
const MEASURED_AT_ONCE: usize = 32;
/// Windows that are measured for a report of progress.
const MEASURED_ON_THE_WAY: usize = 32;

/// The settings of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The model.
    pub kind: Kind,
    /// The seed of the first weights, of the batches and of dropout.
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
    /// The mean loss of the last ones, with dropout, in nats per token.
    pub loss: f64,
    /// The loss on some of what is held out.
    pub held_out: f64,
    /// The tokens that are read in a second.
    pub tokens_per_second: f64,
    /// The time that the rest will take.
    pub left: Duration,
}

/// A trained model.
#[derive(Debug)]
pub struct Trained {
    /// The settings of the run.
    pub options: Options,
    /// The loss on windows that it has learned from, in nats per token, without dropout.
    pub train_loss: f64,
    /// The loss on windows that were held out.
    pub held_out_loss: f64,
    /// The loss on the same windows of knowing nothing but the frequencies of tokens.
    pub frequency_loss: f64,
    /// The tokens of the text that it has learned from.
    pub tokens: usize,
    /// The number of trained numbers.
    pub parameters: usize,
    pub(super) network: Box<dyn Network>,
    pub(super) store: VarStore,
    pub(super) vocabulary: Vocabulary,
}

/// Trains a model from nothing, with [`Options::steps`] batches. The book takes several minutes.
///
/// # Errors
/// When the text is too short, or no tokenizer can be learned from it.
pub fn train(
    text: &Text,
    options: Options,
    report: impl Fn(Progress),
) -> Result<Trained, TrainingError> {
    // Sums of several threads differ from run to run in their last digits.
    tch::set_num_threads(1);
    tch::manual_seed(options.seed as i64);
    let store = VarStore::new(Device::Cpu);
    let (vocabulary, corpus, network): (_, _, Box<dyn Network>) = match options.kind {
        Kind::BookGpt => {
            let (tokenizer, corpus) = gpt::read(text)?;
            let network = Gpt::new(&store.root(), tokenizer.get_vocab_size(true));
            let vocabulary = Vocabulary::BytePairs(Box::new(tokenizer));
            (vocabulary, corpus, Box::new(network))
        }
        Kind::BookBert => {
            let (pieces, corpus) = bert::read(text)?;
            let network = Bert::new(&store.root(), &corpus.log_frequencies(pieces.len()));
            (Vocabulary::WordPieces(pieces), corpus, Box::new(network))
        }
    };
    learn(&*network, &store, &corpus, options, report)?;
    round_to_half(&store);
    Ok(Trained {
        options,
        train_loss: measure(&*network, &corpus.learned),
        held_out_loss: measure(&*network, &corpus.held_out),
        frequency_loss: corpus.frequency_loss(vocabulary.size()),
        tokens: corpus.size(),
        parameters: store.trainable_variables().iter().map(Tensor::numel).sum(),
        network,
        store,
        vocabulary,
    })
}

fn learn(
    network: &dyn Network,
    store: &VarStore,
    corpus: &Corpus,
    options: Options,
    report: impl Fn(Progress),
) -> Result<(), TrainingError> {
    let mut optimiser = nn::adamw(0.9, 0.98, WEIGHT_DECAY).build(store, network.peak_rate())?;
    optimiser.set_weight_decay_group(NOT_DECAYED, 0.0);
    let steps = options.steps;
    let schedule = Schedule {
        peak: network.peak_rate(),
        floor: network.peak_rate() * LAST_RATE,
        warm_up: steps / STEPS_PER_WARM_UP,
        steps,
    };
    let interval = steps.div_ceil(REPORTS);
    let sample = &corpus.held_out[..corpus.held_out.len().min(MEASURED_ON_THE_WAY)];
    let (began, mut losses, mut tokens) = (Instant::now(), 0.0, 0);
    for step in 1..=steps {
        optimiser.set_lr(schedule.rate(step));
        let rows = network.draw(corpus);
        let loss = network.loss(&rows, Purpose::Learning);
        optimiser.backward_step_clip_norm(&loss, 1.0);
        losses += loss.double_value(&[]);
        tokens += rows.numel();
        if step % interval == 0 {
            let time = began.elapsed();
            report(Progress {
                step,
                steps,
                loss: losses / interval as f64,
                held_out: measure(network, sample),
                tokens_per_second: tokens as f64 / time.as_secs_f64(),
                left: time.mul_f64((steps - step) as f64 / step as f64),
            });
            losses = 0.0;
        }
    }
    Ok(())
}

/// The mean loss on windows.
fn measure(network: &dyn Network, windows: &[Vec<i64>]) -> f64 {
    let mut sum = 0.0;
    for some in windows.chunks(MEASURED_AT_ONCE) {
        let rows = Tensor::from_slice(&some.concat()).view([some.len() as i64, -1]);
        let loss = tch::no_grad(|| network.loss(&rows, Purpose::Measuring));
        sum += loss.double_value(&[]) * some.len() as f64;
    }
    sum / windows.len() as f64
}

/// Rounds all weights to the 16 bits in which they are saved, so that what is measured is what is saved.
fn round_to_half(store: &VarStore) {
    tch::no_grad(|| {
        for mut variable in store.trainable_variables() {
            let rounded = variable.to_kind(Numbers::Half).to_kind(Numbers::Float);
            variable.copy_(&rounded);
        }
    });
}
