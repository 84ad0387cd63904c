//! A run: its state, its next step, what is measured, and what is saved.

mod open;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use attentive_recipe::{Corpus, Measured, Plan, Recipe, RunRecord, Windows};
use training::{Batch, RunSettings, Schedule, Settings, State};

use crate::checkpoint::{self, Header};
use crate::error::TrainerError;
use crate::evaluate::held_out_losses;
use crate::folder::Folder;
use crate::gradients;
use crate::report::StepReport;
use crate::steps;
use crate::svg::{self, Curves};

#[cfg(test)]
pub(crate) use open::SEED;

/// The parts of a run after each of which it is measured and saved.
const PARTS: usize = 10;

/// A run that is under way.
#[derive(Debug)]
pub(crate) struct Session {
    header: Header,
    corpus: Corpus,
    held_out: Vec<Batch>,
    state: State,
    settings: RunSettings,
    folder: Folder,
    threads: usize,
    pace: Pace,
}

/// The time that steps have taken since the program began.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    time: Duration,
    steps: usize,
}

impl Session {
    /// The run so far.
    pub(crate) fn record(&self) -> &RunRecord {
        &self.header.record
    }

    /// All that decides what the run computes.
    pub(crate) fn plan(&self) -> &Plan {
        &self.header.record.plan
    }

    /// The sequences that the model learns from.
    pub(crate) fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// The folder of the run.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The number of threads.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// The number of trained numbers.
    pub(crate) fn parameters(&self) -> usize {
        self.state
            .parameters
            .values()
            .map(|tensor| tensor.len())
            .sum()
    }

    /// The number of steps that have been taken.
    pub(crate) fn steps_taken(&self) -> usize {
        self.state.step
    }

    /// Returns `true` if there is no step left.
    pub(crate) fn is_done(&self) -> bool {
        self.state.step >= self.plan().recipe.steps
    }

    /// Returns `true` if the run is to be measured and saved before its next step.
    pub(crate) fn is_due(&self) -> bool {
        let interval = self.plan().recipe.steps.div_ceil(PARTS);
        self.is_done() || self.state.step.is_multiple_of(interval)
    }

    /// Checks that the functions return a gradient for each parameter.
    ///
    /// # Errors
    /// When one is missing or has a different shape.
    pub(crate) fn ensure_gradients(&self) -> Result<(), TrainerError> {
        gradients::ensure_complete(&self.state, &self.next_batch(), &self.settings)
    }

    /// Takes the next step.
    ///
    /// # Errors
    /// When a number in it is none. Then the state is the one before the step.
    pub(crate) fn step(&mut self) -> Result<StepReport, TrainerError> {
        let begun = Instant::now();
        let batch = self.next_batch();
        let (next, report) = steps::take(&self.state, &batch, &self.settings, self.threads);
        gradients::ensure_finite(&self.state, &batch, &self.settings, report)?;
        self.state = next;
        self.pace.steps += 1;
        self.pace.time += begun.elapsed();
        let record = &mut self.header.record;
        record.losses.push(report.loss);
        record.norms.push(report.norm);
        record.milliseconds_per_step = self.pace.seconds_per_step() * 1e3;
        let recipe = &record.plan.recipe;
        Ok(StepReport {
            step: self.state.step,
            steps: recipe.steps,
            loss: report.loss,
            beside: None,
            gradient_norm: report.norm,
            rate: report.rate,
            tokens_per_second: recipe.tokens() as f64 / self.pace.seconds_per_step(),
            seconds_left: (recipe.steps - self.state.step) as f64 * self.pace.seconds_per_step(),
        })
    }

    /// Measures the losses on what is held out.
    pub(crate) fn measure(&mut self) -> Measured {
        let heads = self.settings.heads;
        let losses = held_out_losses(&self.state.parameters, heads, &self.held_out, self.threads);
        let measured = Measured::new(self.state.step, &losses);
        self.header.record.held_out.push(measured);
        measured
    }

    /// Saves the run, so that it can go on later, and its model, so that it can be used. Each file is written aside and
    /// renamed; a run that is killed meanwhile has its last checkpoint.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn save(&self, beside: Option<&RunRecord>) -> Result<(), TrainerError> {
        let (record, folder) = (self.record(), &self.folder);
        checkpoint::write(&folder.checkpoint(), &self.header, &self.state)?;
        record.write(&folder.record())?;
        folder.write_model(
            &self.plan().recipe,
            self.corpus.characters(),
            &self.state.parameters,
        )?;
        let picture = svg::draw(&Curves {
            record,
            beside,
            levels: self.levels(),
        });
        Ok(attentive_course::files::write(&folder.curve(), picture)?)
    }

    /// Losses to compare with: that of a guess among all characters, and that of knowing how frequent each of them is.
    pub(crate) fn levels(&self) -> [f64; 2] {
        let vocabulary = self.plan().vocabulary as f64;
        [vocabulary.ln(), self.corpus.frequency_loss()]
    }

    fn next_batch(&self) -> Batch {
        batch(self.corpus.batch(self.plan().seed, self.state.step + 1))
    }
}

impl Pace {
    fn seconds_per_step(self) -> f64 {
        self.time.as_secs_f64().max(f64::MIN_POSITIVE) / self.steps.max(1) as f64
    }
}

/// The settings of a recipe as exercise 28 takes them. Every target counts: the id that does not count is that of no token.
pub(crate) fn settings(recipe: &Recipe, vocabulary: usize) -> RunSettings {
    RunSettings {
        heads: recipe.heads,
        ignored: vocabulary,
        micro_batch: recipe.micro_batch,
        max_norm: recipe.max_norm,
        schedule: Schedule {
            peak: recipe.peak,
            floor: recipe.floor,
            warm_up: recipe.warm_up,
            steps: recipe.steps,
        },
        adamw: Settings {
            beta_1: recipe.beta_1,
            beta_2: recipe.beta_2,
            epsilon: recipe.epsilon,
            weight_decay: recipe.weight_decay,
        },
    }
}

/// Windows as exercise 28 takes them.
pub(crate) fn batch(windows: Windows) -> Batch {
    Batch {
        inputs: windows.inputs,
        targets: windows.targets,
    }
}
