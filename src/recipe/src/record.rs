//! The record of a run, by which runs are compared.

use std::path::Path;

use attentive_course::files;
use serde::{Deserialize, Serialize};

use crate::error::RecordError;
use crate::plan::Plan;

/// The decimals of a loss that are kept.
const DECIMALS: f32 = 1e5;

/// A record of a run: its plan, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The functions that computed it, such as "libtorch 2.13.0".
    pub by: String,
    /// All that decided what was computed.
    pub plan: Plan,
    /// The number of threads.
    pub threads: usize,
    /// The milliseconds of a step, on average.
    pub milliseconds_per_step: f64,
    /// The loss of each batch, in nats per token, with the parameters from before the step.
    pub losses: Vec<f32>,
    /// The norm of all gradients together in each step, before they were clipped.
    pub norms: Vec<f32>,
    /// The losses on what is held out.
    pub held_out: Vec<Measured>,
}

/// A loss on what is held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The number of steps that had been taken.
    pub step: usize,
    /// The mean loss in nats per token.
    pub loss: f32,
    /// The in-context score in nats: the mean loss in the last quarter of positions without that in the first quarter. It is
    /// below zero if what was read before helps.
    pub in_context: f32,
}

impl Measured {
    /// The measurement after a step. `losses` are the mean losses of each position.
    pub fn new(step: usize, losses: &[f32]) -> Self {
        let quarter = losses.len().div_ceil(4);
        let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
        Self {
            step,
            loss: mean(losses),
            in_context: mean(&losses[losses.len() - quarter..]) - mean(&losses[..quarter]),
        }
    }
}

impl RunRecord {
    /// A run that has taken no step yet.
    pub fn new(by: String, plan: Plan, threads: usize) -> Self {
        Self {
            by,
            plan,
            threads,
            milliseconds_per_step: 0.0,
            losses: Vec::new(),
            norms: Vec::new(),
            held_out: Vec::new(),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the file cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let text = files::read_text(path)?;
        serde_json::from_str(&text).map_err(|error| RecordError::Json {
            path: path.to_owned(),
            error,
        })
    }

    /// Writes a record, with all losses rounded to five decimals.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        let mut record = self.clone();
        let rounded = |number: &mut f32| *number = (*number * DECIMALS).round() / DECIMALS;
        record.losses.iter_mut().for_each(rounded);
        record.norms.iter_mut().for_each(rounded);
        for measured in &mut record.held_out {
            rounded(&mut measured.loss);
            rounded(&mut measured.in_context);
        }
        let json = serde_json::to_string(&record).map_err(|error| RecordError::Json {
            path: path.to_owned(),
            error,
        })?;
        Ok(files::write(path, json + "\n")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    #[test]
    fn a_record_comes_back_from_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.json");
        let plan = Plan {
            recipe: Recipe::NANO,
            seed: u64::MAX,
            text: "a text".to_owned(),
            text_sha256: Some("ab".to_owned()),
            vocabulary: 80,
        };
        let mut record = RunRecord::new("a test".to_owned(), plan, 2);
        record.losses = vec![4.25, 3.123_456_7];
        record.norms = vec![1.5, 0.25];
        record.held_out = vec![Measured::new(2, &[4.0, 3.75, 3.5, 2.5, 2.5])];
        record.write(&path).expect("it can be written");
        let read = RunRecord::read(&path).expect("it can be read");
        record.losses[1] = 3.12346;
        assert_eq!(read, record);
    }

    #[test]
    fn an_in_context_score_compares_late_positions_with_early_ones() {
        let measured = Measured::new(3, &[4.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.0]);
        assert_eq!((measured.loss, measured.in_context), (2.75, -2.0));
        assert_eq!(Measured::new(3, &[2.5]).in_context, 0.0);
    }

    #[test]
    fn a_file_that_is_no_record_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.json");
        files::write(&path, "{\"by\": \"a test\"}").expect("it can be written");
        let error = RunRecord::read(&path).expect_err("it is none").to_string();
        assert!(error.contains("expected the record of a run"), "{error}");
        assert!(error.contains("missing field `plan`"), "{error}");
    }
}
