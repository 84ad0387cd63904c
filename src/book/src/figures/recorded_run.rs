//! A run of training as libtorch has recorded it in an exercise's golden pack.

use std::path::Path;

use attentive_grader::{Case, Outputs, Pack};

/// The runs of one case: the right one, and those with mistakes.
pub struct RecordedRun {
    pack: Pack,
    task: &'static str,
    case: &'static str,
}

impl RecordedRun {
    /// Reads a golden pack, whose path begins at the course's root. A figure is computed anew when a pack changes whose
    /// path is in the figure's source.
    ///
    /// # Panics
    /// If the pack cannot be read.
    pub fn load(pack: &str, task: &'static str, case: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(pack);
        match Pack::load(&path) {
            Ok(pack) => Self { pack, task, case },
            Err(error) => panic!("{error}"),
        }
    }

    /// The inputs of the case.
    pub fn case(&self) -> Case {
        self.pack.case(self.task, self.case)
    }

    /// The outputs of the right run.
    pub fn outputs(&self) -> Outputs {
        self.pack.expected(self.task, self.case)
    }

    /// The losses of the right run.
    pub fn losses(&self) -> Vec<f32> {
        losses(&self.outputs())
    }

    /// The losses of the run with a mistake.
    ///
    /// # Panics
    /// If the pack does not have the mistake.
    pub fn losses_with(&self, mistake: &str) -> Vec<f32> {
        let outputs = self.pack.mistaken(self.task, self.case, mistake);
        losses(&outputs.unwrap_or_else(|| panic!("expected a run with `{mistake}`")))
    }
}

fn losses(outputs: &Outputs) -> Vec<f32> {
    outputs["losses"].numbers().iter().copied().collect()
}

/// The mean over the last steps, up to each step from step `window` on.
pub(crate) fn running_mean(losses: &[f32], window: usize) -> Vec<f32> {
    losses
        .windows(window)
        .map(|window| window.iter().sum::<f32>() / window.len() as f32)
        .collect()
}
