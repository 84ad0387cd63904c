//! Checks of what a checkpoint has.

use std::path::Path;

use attentive_recipe::{RunRecord, first_parameters};
use training::{State, Tensors};

use super::wrong;
use crate::error::TrainerError;

/// The most steps of a run. A checkpoint stores their number as f32, which has all whole numbers up to this one.
pub(crate) const MOST_STEPS: u32 = 1 << f32::MANTISSA_DIGITS;

/// The name of the tensor with the number of steps, as exercise 28's `save` has it.
const STEP: &str = "step";

/// Checks that the number of steps in a checkpoint is one. Exercise 28's `resume` finds out whether it is there.
///
/// # Errors
/// When it is negative, has a fraction, or is too large to be exact.
pub(super) fn ensure_count(path: &Path, tensors: &Tensors) -> Result<(), TrainerError> {
    for &steps in tensors.get(STEP).into_iter().flatten() {
        if steps.fract() != 0.0 || !(0.0..=MOST_STEPS as f32).contains(&steps) {
            let found = format!(
                "{steps} as its number of steps, instead of a whole number up to {MOST_STEPS}"
            );
            return Err(wrong(path, found));
        }
    }
    Ok(())
}

/// Checks that a state is that of a run.
///
/// # Errors
/// When a parameter is missing or unknown, a tensor has a different shape, or the number of steps is a different one.
pub(crate) fn ensure_fits(
    path: &Path,
    record: &RunRecord,
    state: &State,
) -> Result<(), TrainerError> {
    ensure_steps(record, state).map_err(|found| wrong(path, found))?;
    let plan = &record.plan;
    let expected = first_parameters(&plan.recipe, plan.vocabulary, plan.seed);
    for (name, expected) in &expected {
        let (parameter, moments) = (state.parameters.get(name), state.moments.get(name));
        let (Some(parameter), Some(moments)) = (parameter, moments) else {
            return Err(wrong(
                path,
                format!("no parameter `{name}` with its moments"),
            ));
        };
        for tensor in [parameter, &moments.m, &moments.v] {
            if tensor.shape() != expected.shape() {
                let found = format!(
                    "`{name}` or a moment of it with the shape {:?} instead of {:?}",
                    tensor.shape(),
                    expected.shape()
                );
                return Err(wrong(path, found));
            }
        }
    }
    let unknown = state
        .parameters
        .keys()
        .find(|name| !expected.contains_key(*name));
    match unknown {
        Some(name) => Err(wrong(
            path,
            format!("a parameter `{name}`, which the model does not have"),
        )),
        None => Ok(()),
    }
}

/// Checks that all numbers of steps agree.
///
/// # Errors
/// A description of what is there instead.
fn ensure_steps(record: &RunRecord, state: &State) -> Result<(), String> {
    let (steps, losses, norms) = (state.step, record.losses.len(), record.norms.len());
    if steps != losses {
        return Err(format!(
            "{steps} steps in its tensors and {losses} in its losses"
        ));
    }
    if norms != losses {
        return Err(format!("{losses} losses and {norms} norms of gradients"));
    }
    let all = record.plan.recipe.steps;
    if all == 0 || steps > all {
        return Err(format!("{steps} steps of {all}"));
    }
    if all > MOST_STEPS as usize {
        return Err(format!(
            "{all} steps in its plan, where {MOST_STEPS} are the most"
        ));
    }
    Ok(())
}
