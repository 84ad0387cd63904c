//! The ways of fine-tuning compared on one task: a sentence encoder learns which sentences of film reviews are positive.
//!
//! ```text
//! snippets.tsv → Snippets: sentences to learn from | held out
//! minilm       → Encoder                            the exercise's BERT with trained weights, and a vector for each text
//! Way          → Trainee                            what moves, and at which rate
//!              → Run                                training, and the share of held-out sentences that it gets right
//!              → Comparison                         a table
//! ```
//!
//! No setting was chosen by looking at what is held out: the rates are those that the lessons give.

mod batches;
mod encoder;
mod error;
mod run;
mod snippets;
mod table;
mod trainee;
mod way;

use std::path::Path;
use std::time::Duration;

use attentive_models::{Config, Tokenizer};
use serde::Serialize;

pub use error::ComparisonError;
pub use table::{Comparison, Row};
pub use way::Way;

use encoder::Encoder;
use run::{Run, Step};
use snippets::Snippets;

/// The settings of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Options {
    /// The seed of the first run; the next run has the next one.
    pub seed: u64,
    /// The number of runs of each way.
    pub runs: usize,
    /// The number of sentences to learn from.
    pub examples: usize,
    /// The number of sentences that are held out.
    pub held_out: usize,
}

/// A report of progress.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// Some steps of a run were taken.
    Step {
        /// The way.
        way: Way,
        /// The seed of the run.
        seed: u64,
        /// The steps so far.
        step: usize,
        /// The steps in all.
        steps: usize,
        /// The mean loss of the last ones.
        loss: f64,
    },
    /// A run has ended.
    Run {
        /// The way.
        way: Way,
        /// The seed of the run.
        seed: u64,
        /// The share of held-out sentences that are right.
        accuracy: f64,
        /// The processor time of its training.
        time: Duration,
    },
}

/// Fine-tunes the model of a folder in all ways, on one thread.
///
/// # Errors
/// When the model or the sentences cannot be read, or there are too few of them.
pub fn compare(
    model: &Path,
    snippets: &Path,
    options: Options,
    report: impl Fn(Progress),
) -> Result<Comparison, ComparisonError> {
    // Sums of several threads differ from run to run in their last digits.
    tch::set_num_threads(1);
    let encoder = Encoder::open(model)?;
    let tokenizer = Tokenizer::open(model)?;
    tokenizer.check(&Config::Encoder(encoder.config.clone()))?;
    let snippets = Snippets::read(snippets, &tokenizer)?;
    let parts = snippets.divide(options)?;
    let mut rows = Vec::new();
    for way in Way::ALL {
        let mut runs = Vec::new();
        for seed in (options.seed..).take(options.runs) {
            let learned = parts.examples(seed, options.examples);
            let run = Run::take(
                way,
                &encoder,
                &learned,
                &parts.held_out,
                seed,
                |step: Step| {
                    report(Progress::Step {
                        way,
                        seed,
                        step: step.number,
                        steps: step.of,
                        loss: step.loss,
                    });
                },
            )?;
            report(Progress::Run {
                way,
                seed,
                accuracy: run.accuracy,
                time: run.time,
            });
            runs.push(run);
        }
        rows.push(Row::new(way, &runs));
    }
    Ok(Comparison {
        options,
        most_frequent: parts.most_frequent(),
        rows,
    })
}
