//! Trains the model that ships with the course: an encoder–decoder that writes strings backwards.

mod strings;

use std::path::Path;
use std::time::{Duration, Instant};

use attentive_course::files;
use attentive_grader::Bundle;
use tch::nn::{self, Init, OptimizerConfig};
use tch::{Device, Reduction, Tensor};

use crate::adamw::Schedule;
use crate::bridge::to_grader;
use crate::model_weights::Weights;
use crate::transformer::model;
use crate::vocabulary::{self, PADDING};

pub use strings::{Strings, is_held_out};

const D_MODEL: i64 = 64;
const D_FF: i64 = 128;
const HEADS: i64 = 4;
const LAYERS: i64 = 2;
const BATCH: usize = 64;
const PEAK_RATE: f64 = 1.5e-3;
const WARM_UP: usize = 400;
/// The number of held-out strings on which the accuracy is measured.
const EVALUATED: usize = 2_000;
/// The number of steps between two reports of progress.
const REPORT_INTERVAL: usize = 250;

/// The settings of a training run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The seed of the first weights and of the strings.
    pub seed: u64,
    /// The number of batches.
    pub steps: usize,
}

/// A report of progress, every few hundred steps.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The batches so far.
    pub step: usize,
    /// The mean cross-entropy of the last ones, in nats per token.
    pub loss: f64,
    /// The share of held-out strings that come out right, from the first token to the end.
    pub accuracy: f64,
    /// The time since it began.
    pub time: Duration,
}

/// A trained model.
#[derive(Debug)]
pub struct Trained {
    /// Its weights, by the names that [`model`] reads.
    pub weights: Weights,
    /// The settings of the run.
    pub options: Options,
    /// The share of the evaluated held-out strings that come out right, from the first token to the end.
    pub accuracy: f64,
    /// The number of trained numbers.
    pub parameters: usize,
}

/// Trains a model from nothing. It takes a few minutes.
pub fn train(options: Options, report: impl Fn(Progress)) -> Trained {
    // The matrices are small: a second thread gains little, and takes the same result from every run.
    tch::set_num_threads(1);
    tch::manual_seed(options.seed as i64);
    let store = nn::VarStore::new(Device::Cpu);
    initialise(&store.root());
    let weights = || -> Weights {
        let heads = ("heads".to_owned(), Tensor::from(HEADS));
        store.variables().into_iter().chain([heads]).collect()
    };
    let adam = nn::Adam {
        beta2: 0.98,
        ..nn::Adam::default()
    };
    let mut optimiser = adam
        .build(&store, PEAK_RATE)
        .expect("Adam takes any variables");
    let schedule = Schedule {
        peak: PEAK_RATE,
        floor: 0.0,
        warm_up: WARM_UP,
        steps: options.steps,
    };
    let (began, mut losses) = (Instant::now(), 0.0);
    let mut strings = Strings::new(options.seed);
    for step in 1..=options.steps {
        optimiser.set_lr(schedule.rate(step));
        let batch: Vec<String> = (0..BATCH).map(|_| strings.draw(false)).collect();
        let loss = loss(&weights(), &batch);
        optimiser.backward_step_clip_norm(&loss, 1.0);
        losses += loss.double_value(&[]);
        if step % REPORT_INTERVAL == 0 {
            let accuracy = accuracy(&weights(), EVALUATED / 10);
            report(Progress {
                step,
                loss: losses / REPORT_INTERVAL as f64,
                accuracy,
                time: began.elapsed(),
            });
            losses = 0.0;
        }
    }
    let parameters = store.trainable_variables().iter().map(Tensor::numel).sum();
    Trained {
        accuracy: accuracy(&weights(), EVALUATED),
        weights: weights(),
        options,
        parameters,
    }
}

/// Makes the weights that training begins with, under the names that they keep.
fn initialise(root: &nn::Path<'_>) {
    let normal = Init::Randn {
        mean: 0.0,
        stdev: (D_MODEL as f64).powf(-0.5),
    };
    let variable = |path: &nn::Path<'_>, name: &str, shape: &[i64], init: Init| {
        drop(path.var(name, shape, init))
    };
    variable(root, "embedding", &[vocabulary::SIZE, D_MODEL], normal);
    let matrix = |path: &nn::Path<'_>, name: &str, output: i64, input: i64| {
        // Glorot and Bengio 2010: the variance stays the same through a layer and back.
        let bound = (6.0 / (output + input) as f64).sqrt();
        variable(
            path,
            name,
            &[LAYERS, output, input],
            Init::Uniform {
                lo: -bound,
                up: bound,
            },
        );
    };
    let vector = |path: &nn::Path<'_>, name: &str, length: i64, value: f64| {
        variable(path, name, &[LAYERS, length], Init::Const(value));
    };
    let attention = |path: &nn::Path<'_>, prefix: &str| {
        for letter in ["q", "k", "v", "o"] {
            matrix(path, &format!("{prefix}w_{letter}"), D_MODEL, D_MODEL);
            vector(path, &format!("{prefix}b_{letter}"), D_MODEL, 0.0);
        }
    };
    let rest = |path: &nn::Path<'_>, norms: usize| {
        matrix(path, "w_1", D_FF, D_MODEL);
        vector(path, "b_1", D_FF, 0.0);
        matrix(path, "w_2", D_MODEL, D_FF);
        vector(path, "b_2", D_MODEL, 0.0);
        for number in 1..=norms {
            vector(path, &format!("gamma_{number}"), D_MODEL, 1.0);
            vector(path, &format!("beta_{number}"), D_MODEL, 0.0);
        }
    };
    let (encoder, decoder) = (root / "encoder", root / "decoder");
    attention(&encoder, "");
    rest(&encoder, 2);
    attention(&decoder, "self_");
    attention(&decoder, "cross_");
    rest(&decoder, 3);
}

/// The mean cross-entropy of the reversed strings.
fn loss(weights: &Weights, batch: &[String]) -> Tensor {
    let (source, target) = (
        strings::batch(batch, vocabulary::source),
        strings::batch(batch, vocabulary::target),
    );
    let length = target.size()[1];
    let (given, wanted) = (
        target.narrow(1, 0, length - 1),
        target.narrow(1, 1, length - 1),
    );
    let memory = model::encode(weights, &source)
        .pop()
        .expect("at least the embedding");
    let logits = model::decode(weights, &given, &memory, &source).logits;
    logits.flatten(0, 1).cross_entropy_loss::<Tensor>(
        &wanted.flatten(0, 1),
        None,
        Reduction::Mean,
        PADDING,
        0.0,
    )
}

/// The share of `count` held-out strings that come out right, from the first token to the end.
pub fn accuracy(weights: &Weights, count: usize) -> f64 {
    // A seed of its own, so that the accuracy is always that on the same strings.
    let mut strings = Strings::new(0);
    let evaluated: Vec<String> = (0..count).map(|_| strings.draw(true)).collect();
    let source = strings::batch(&evaluated, vocabulary::source);
    let answers =
        tch::no_grad(|| model::greedy_decode(weights, &source, strings::LONGEST as i64 + 1));
    let right = evaluated.iter().enumerate().filter(|(row, string)| {
        let answer = Vec::<i64>::try_from(answers.get(*row as i64)).expect("a row of tokens");
        // The first token of a target is given, not predicted.
        answer.starts_with(&vocabulary::target(string)[1..])
    });
    right.count() as f64 / count as f64
}

impl Trained {
    /// Writes the weights, with how they came about.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<usize, Box<dyn std::error::Error>> {
        let Options { seed, steps } = self.options;
        let note = serde_json::json!({
            "what": "an encoder–decoder that writes strings of small letters backwards",
            "command": format!("cargo run -p attentive-reference -- train --seed {seed} --steps \
                                {steps}"),
            "libtorch": env!("LIBTORCH_VERSION"),
            "parameters": self.parameters,
            "held-out strings": EVALUATED,
            "exactly right": self.accuracy,
        });
        let tensors = self
            .weights
            .iter()
            .map(|(name, tensor)| Ok((name.to_owned(), to_grader(&tensor.detach())?)));
        let tensors = tensors.collect::<Result<_, tch::TchError>>()?;
        let bytes = Bundle {
            note: note.to_string(),
            tensors,
        }
        .to_bytes()?;
        files::write(path, &bytes)?;
        Ok(bytes.len())
    }
}
