//! The first of the outputs that are wrong: what comes after it may be wrong as a consequence.

use crate::compare::Comparison;
use crate::output::Output;

/// An output that is wrong.
pub(crate) struct WrongOutput {
    /// Its position in the list of the task's outputs.
    position: usize,
    /// The index of its first difference along the axis of the task's [order](crate::Task::order), if it begins with this
    /// axis.
    index: Option<usize>,
}

impl WrongOutput {
    /// An output and its differences; an output of a different shape has none, and is wrong from the beginning.
    pub(crate) fn new(
        position: usize,
        output: &Output,
        comparison: Option<&Comparison>,
        order: Option<&str>,
    ) -> Self {
        let is_ordered = order.is_some() && output.axes.first().map(String::as_str) == order;
        let difference = comparison.and_then(|comparison| comparison.first.as_ref());
        let index = difference.and_then(|difference| difference.index.first());
        Self {
            position,
            index: is_ordered.then(|| index.copied().unwrap_or(0)),
        }
    }
}

/// Returns the position of the first of these outputs: the first of the list or, if this one is in the task's order, the
/// one that comes first in this order.
pub(crate) fn first_wrong(wrong: &[WrongOutput]) -> Option<usize> {
    let first = wrong.first()?;
    if first.index.is_none() {
        return Some(first.position);
    }
    let ordered = wrong.iter().filter(|output| output.index.is_some());
    // Of equal indices, the first of the list.
    let first = ordered.min_by_key(|output| output.index)?;
    Some(first.position)
}
