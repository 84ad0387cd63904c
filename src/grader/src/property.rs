//! Relations between the outputs of related calls: what no list of cases can hold.
//!
//! A property takes a case, calls the function on it, changes the inputs, calls it again and compares the two. No
//! expected value takes part, so an answer that only knows the recorded numbers does not get through.

use ndarray::{ArrayD, Axis, Slice, concatenate};
use serde::{Deserialize, Serialize};

use crate::bundle::Tensor;
use crate::case::Case;

/// One relation that a task's outputs must satisfy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Its name, such as `permuted-keys`.
    pub name: String,
    /// What must hold, as a sentence.
    pub sentence: String,
    /// The case whose inputs are changed.
    pub case: String,
    /// The changes to the inputs.
    pub edits: Vec<Edit>,
    /// What must then hold.
    pub relations: Vec<Relation>,
}

/// One change to a case's inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Adds a number to every entry.
    Add {
        /// The input.
        input: String,
        /// The number.
        value: f32,
    },
    /// Moves every entry one place on along an axis, and the last to the front.
    Rotate {
        /// The input.
        input: String,
        /// The axis.
        axis: usize,
    },
    /// Adds noise where the index on an axis is `from` or larger. Token ids are moved one place on among themselves.
    Disturb {
        /// The input.
        input: String,
        /// The axis.
        axis: usize,
        /// The first index that changes.
        from: usize,
    },
    /// Sets a size.
    Set {
        /// The input.
        input: String,
        /// Its new value.
        value: i64,
    },
}

/// What must hold between the outputs before and after the edits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The output is as before.
    Same {
        /// The output.
        output: String,
    },
    /// The output is as before, moved one place on along an axis.
    Rotated {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
    },
    /// The output is as before where the index on an axis is smaller than `before`.
    SameBefore {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
        /// The first index that may change.
        before: usize,
    },
    /// The output is what was before at `from` and the following indices on an axis.
    Window {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
        /// The first index of the window.
        from: usize,
    },
    /// Along an axis the entries add up to 1.
    SumsToOne {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
    },
    /// Along an axis the root of the sum of squares is as before, whatever the entries have become.
    SameNorm {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
    },
}

impl Edit {
    /// Changes the inputs of a case; an edit that does not fit them changes nothing.
    pub(crate) fn apply(&self, case: &mut Case) {
        let (Self::Add { input, .. }
        | Self::Rotate { input, .. }
        | Self::Disturb { input, .. }
        | Self::Set { input, .. }) = self;
        let Some(tensor) = case.inputs.get_mut(input) else { return };
        match (self, &mut *tensor) {
            (Self::Add { value, .. }, Tensor::F32(array)) => *array += *value,
            (Self::Rotate { axis, .. }, Tensor::F32(array)) if *axis < array.ndim() => {
                *array = rotate(array, *axis)
            }
            (Self::Rotate { axis, .. }, Tensor::Bool(array)) if *axis < array.ndim() => {
                *array = rotate(array, *axis)
            }
            (Self::Rotate { axis, .. }, Tensor::I64(array)) if *axis < array.ndim() => {
                *array = rotate(array, *axis)
            }
            (Self::Disturb { axis, from, .. }, Tensor::F32(array)) if *axis < array.ndim() => {
                let from = (*from).min(array.len_of(Axis(*axis)));
                let mut later = array.slice_axis_mut(Axis(*axis), Slice::from(from..));
                // Any numbers do that are neither small nor regular.
                later
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, entry)| *entry += 2.0 * (12.9898 * (i + 1) as f32).sin() + 0.5);
            }
            (Self::Disturb { axis, from, .. }, Tensor::I64(array)) if *axis < array.ndim() => {
                let from = (*from).min(array.len_of(Axis(*axis)));
                let mut later = array.slice_axis_mut(Axis(*axis), Slice::from(from..));
                let moved = rotate(&later.to_owned(), *axis);
                later.assign(&moved);
            }
            (Self::Set { value, .. }, number @ Tensor::I64(_)) => *number = Tensor::from(*value),
            _ => {}
        }
    }
}

impl Relation {
    /// The output that the relation is about.
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Same { output }
            | Self::Rotated { output, .. }
            | Self::SameBefore { output, .. }
            | Self::Window { output, .. }
            | Self::SumsToOne { output, .. }
            | Self::SameNorm { output, .. } => output,
        }
    }

    /// What is to be compared: what the function returned after the edits, and what it should have returned.
    /// `None` when the output has too few entries for the relation to be about it.
    pub(crate) fn pair(
        &self,
        before: &ArrayD<f32>,
        after: &ArrayD<f32>,
    ) -> Option<(ArrayD<f32>, ArrayD<f32>)> {
        let fits = |axis: usize, array: &ArrayD<f32>, from: usize| {
            axis < array.ndim() && from <= array.len_of(Axis(axis))
        };
        match *self {
            Self::Same { .. } => Some((after.clone(), before.clone())),
            Self::Rotated { axis, .. } => {
                fits(axis, before, 0).then(|| (after.clone(), rotate(before, axis)))
            }
            Self::SameBefore { axis, before: end, .. } => {
                let part = |array: &ArrayD<f32>| array.slice_axis(Axis(axis), Slice::from(..end)).to_owned();
                (fits(axis, before, end) && fits(axis, after, end)).then(|| (part(after), part(before)))
            }
            Self::Window { axis, from, .. } => {
                let end = fits(axis, after, 0).then(|| from + after.len_of(Axis(axis)))?;
                let part =
                    |array: &ArrayD<f32>| array.slice_axis(Axis(axis), Slice::from(from..end)).to_owned();
                fits(axis, before, end).then(|| (after.clone(), part(before)))
            }
            Self::SumsToOne { axis, .. } => fits(axis, after, 0).then(|| {
                let sums = after.sum_axis(Axis(axis));
                let ones = ArrayD::ones(sums.raw_dim());
                (sums, ones)
            }),
            Self::SameNorm { axis, .. } => {
                let norms = |array: &ArrayD<f32>| (array * array).sum_axis(Axis(axis)).mapv(f32::sqrt);
                (fits(axis, before, 0) && fits(axis, after, 0)).then(|| (norms(after), norms(before)))
            }
        }
    }
}

fn rotate<T: Clone>(array: &ArrayD<T>, axis: usize) -> ArrayD<T> {
    let length = array.len_of(Axis(axis));
    let (front, last) = array.view().split_at(Axis(axis), length.saturating_sub(1));
    concatenate(Axis(axis), &[last, front]).unwrap_or_else(|_| array.clone())
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn a_norm_is_kept_by_a_rotation_and_not_by_a_stretch() {
        let before = arr2(&[[3.0, 4.0], [0.0, 1.0]]).into_dyn();
        let norms = |after: ArrayD<f32>| {
            let relation = Relation::SameNorm { output: "output".into(), axis: 1 };
            relation.pair(&before, &after).expect("two axes")
        };
        let (got, demanded) = norms(arr2(&[[-4.0, 3.0], [1.0, 0.0]]).into_dyn());
        assert_eq!(got, demanded);
        let (got, demanded) = norms(&before * 2.0);
        assert_eq!(got, &demanded * 2.0);
    }
}
