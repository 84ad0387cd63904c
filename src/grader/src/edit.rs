//! Changes to a case's inputs, after which a property calls the function again.

use ndarray::{ArrayD, Axis, Slice};
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::tensor::{Tensor, rotate};

/// One change to a case's inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The input.
    pub input: String,
    /// Its change.
    pub change: Change,
}

/// A change to an input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Adds a number to every entry.
    Add(f32),
    /// Multiplies every entry by a number.
    Multiply(f32),
    /// Moves every entry one place on along an axis, and the last to the front.
    Rotate {
        /// The axis.
        axis: usize,
    },
    /// Adds noise where the index on an axis is `from` or larger. Token ids are moved one place on among themselves.
    Disturb {
        /// The axis.
        axis: usize,
        /// The first index that changes.
        from: usize,
    },
    /// Sets every entry to a number where the index on an axis is `from` or larger. In a mask, 0 blocks and 1 allows.
    Fill {
        /// The axis.
        axis: usize,
        /// The first index that changes.
        from: usize,
        /// The number. Of token ids, a whole one.
        value: f32,
    },
    /// Puts the input behind itself along an axis, which is then twice as long.
    Double {
        /// The axis.
        axis: usize,
    },
    /// Sets a size.
    Set(i64),
}

impl Edit {
    /// Changes the inputs of a case. An edit that does not fit them changes nothing.
    pub(crate) fn apply(&self, case: &mut Case) {
        if let Some(tensor) = case.inputs.get_mut(&self.input)
            && let Some(changed) = self.change.applied_to(tensor)
        {
            *tensor = changed;
        }
    }
}

impl Change {
    /// Returns the changed input; `None` where the change does not fit.
    fn applied_to(self, tensor: &Tensor) -> Option<Tensor> {
        match (self, tensor) {
            (Self::Add(number), Tensor::F32(array)) => Some(Tensor::F32(array + number)),
            (Self::Multiply(number), Tensor::F32(array)) => Some(Tensor::F32(array * number)),
            (Self::Rotate { axis }, _) => tensor.rotated(axis),
            (Self::Disturb { axis, from }, Tensor::F32(array)) => {
                changed_from(array, axis, from, add_noise).map(Tensor::F32)
            }
            (Self::Disturb { axis, from }, Tensor::I64(array)) => {
                changed_from(array, axis, from, |later| *later = rotate(later, axis))
                    .map(Tensor::I64)
            }
            (Self::Fill { axis, from, value }, Tensor::F32(array)) => {
                changed_from(array, axis, from, |later| later.fill(value)).map(Tensor::F32)
            }
            (Self::Fill { axis, from, value }, Tensor::I64(array)) => {
                changed_from(array, axis, from, |later| later.fill(value as i64)).map(Tensor::I64)
            }
            (Self::Fill { axis, from, value }, Tensor::Bool(array)) => {
                changed_from(array, axis, from, |later| later.fill(value != 0.0)).map(Tensor::Bool)
            }
            (Self::Double { axis }, _) => tensor.doubled(axis),
            (Self::Set(number), Tensor::I64(_)) => Some(Tensor::from(number)),
            _ => None,
        }
    }
}

/// Changes the part of an array whose index on an axis is `from` or larger.
fn changed_from<T: Clone>(
    array: &ArrayD<T>,
    axis: usize,
    from: usize,
    change: impl Fn(&mut ArrayD<T>),
) -> Option<ArrayD<T>> {
    if axis >= array.ndim() {
        return None;
    }
    let from = from.min(array.len_of(Axis(axis)));
    let mut changed = array.clone();
    let mut part = changed.slice_axis_mut(Axis(axis), Slice::from(from..));
    let mut later = part.to_owned();
    change(&mut later);
    part.assign(&later);
    Some(changed)
}

/// Adds numbers. Any do that are neither small nor regular.
fn add_noise(array: &mut ArrayD<f32>) {
    for (i, entry) in array.iter_mut().enumerate() {
        *entry += 2.0 * (12.9898 * (i + 1) as f32).sin() + 0.5;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;

    #[test]
    fn entries_from_an_index_on_are_filled() {
        let fill = |axis, from, value| Change::Fill { axis, from, value };
        let numbers = Tensor::F32(arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn());
        let filled = Tensor::F32(arr2(&[[1.0, 9.0], [3.0, 9.0]]).into_dyn());
        assert_eq!(fill(1, 1, 9.0).applied_to(&numbers), Some(filled));
        let ids = Tensor::I64(arr1(&[5, 6, 7]).into_dyn());
        let ignored = Tensor::I64(arr1(&[5, -100, -100]).into_dyn());
        assert_eq!(fill(0, 1, -100.0).applied_to(&ids), Some(ignored));
        let mask = Tensor::Bool(arr1(&[true, true]).into_dyn());
        let blocked = Tensor::Bool(arr1(&[true, false]).into_dyn());
        assert_eq!(fill(0, 1, 0.0).applied_to(&mask), Some(blocked));
        assert_eq!(fill(2, 0, 0.0).applied_to(&numbers), None, "no such axis");
    }
}
