//! Outputs that show a run step by step, in the order in which its quantities are computed.

use tch::Tensor;

use super::state::{Record, State, Tensors};
use crate::outputs::Outputs;
use crate::task::Task;

/// The columns of `trace`.
const QUANTITIES: [&str; 4] = ["loss", "gradient norm", "learning rate", "steps taken"];

/// One row of numbers for all tensors of a state: its parameters, or one of their moments.
type Measure = fn(&State, Tensors) -> Tensor;

/// Adds the outputs of [`outputs`]. Of `m`, `v` and `parameters`, the second axis has names for what it counts.
pub(super) fn with_outputs(
    task: Task,
    steps: &[String],
    axis: &'static str,
    names: &[String],
) -> Task {
    let task = task
        .output("trace", ["step", "quantity"])
        .labels("step", steps)
        .labels("quantity", QUANTITIES);
    ["m", "v", "parameters"]
        .into_iter()
        .fold(task, |task, output| {
            let task = task.output(output, ["step", axis]);
            task.labels("step", steps).labels(axis, names)
        })
        .in_order_of("step")
}

/// The reports of all steps and the number of steps that have been taken after each; then the moments and the parameters
/// after each.
pub(super) fn outputs(history: &[State], records: &[Record], measure: Measure) -> Outputs {
    let rows = |tensors: Tensors| {
        let rows: Vec<Tensor> = history
            .iter()
            .map(|state| measure(state, tensors))
            .collect();
        Tensor::stack(&rows, 0)
    };
    [
        ("trace", reports(history, records)),
        ("m", rows(|state| &state.m)),
        ("v", rows(|state| &state.v)),
        ("parameters", rows(|state| &state.parameter)),
    ]
    .into()
}

/// The [`QUANTITIES`] of each step.
fn reports(history: &[State], records: &[Record]) -> Tensor {
    let mut entries = Vec::new();
    for (record, state) in records.iter().zip(history) {
        entries.extend([record.loss, record.norm, record.rate, state.step as f64]);
    }
    Tensor::from_slice(&entries).reshape([-1, QUANTITIES.len() as i64])
}
