//! The report of a step, in numbers and in words.

use std::time::Duration;

use attentive_course::text::roughly;
use serde::Serialize;

/// A step that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct StepReport {
    /// The number of the step, from 1.
    pub(crate) step: usize,
    /// The number of steps of the run.
    pub(crate) steps: usize,
    /// The loss on the batch, with the parameters from before the step, in nats per token.
    pub(crate) loss: f32,
    /// The loss of the run that is shown next to this one, in the same step.
    pub(crate) beside: Option<f32>,
    /// The norm of all gradients together, before they were clipped.
    pub(crate) gradient_norm: f32,
    /// The learning rate.
    pub(crate) rate: f32,
    /// The tokens that are read in a second.
    pub(crate) tokens_per_second: f64,
    /// The seconds that the rest will take.
    pub(crate) seconds_left: f64,
}

impl StepReport {
    /// The numbers of the step, and the pace of the run: two lines.
    pub(crate) fn lines(&self) -> [String; 2] {
        let width = self.steps.to_string().len();
        let beside = self.beside.map(|loss| format!(" (recorded {loss:.3})"));
        let left = Duration::try_from_secs_f64(self.seconds_left).unwrap_or(Duration::MAX);
        [
            format!(
                "step {:>width$} of {}: loss {:.3}{}, gradient norm {:.2}",
                self.step,
                self.steps,
                self.loss,
                beside.unwrap_or_default(),
                self.gradient_norm,
            ),
            format!(
                "rate {:.5}, {:.0} tokens/s, {} left",
                self.rate,
                self.tokens_per_second,
                roughly(left)
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: StepReport = StepReport {
        step: 120,
        steps: 2000,
        loss: 2.5,
        beside: Some(2.25),
        gradient_norm: 0.75,
        rate: 0.001,
        tokens_per_second: 5120.0,
        seconds_left: 130.0,
    };

    #[test]
    fn two_lines_have_what_one_wants_to_know() {
        insta::assert_snapshot!(REPORT.lines().join("\n"), @r"
        step  120 of 2000: loss 2.500 (recorded 2.250), gradient norm 0.75
        rate 0.00100, 5120 tokens/s, 3 min left
        ");
        let alone = StepReport {
            beside: None,
            seconds_left: 9.5,
            ..REPORT
        };
        insta::assert_snapshot!(alone.lines().join("; "), @"step  120 of 2000: loss 2.500, gradient norm 0.75; rate 0.00100, 5120 tokens/s, 9 s left");
    }
}
