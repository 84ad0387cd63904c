//! Relations between the outputs of two calls.

use ndarray::{ArrayD, Axis};
use serde::{Deserialize, Serialize};

use crate::output::{Output, OutputKind};
use crate::tensor::Tensor;

/// A relation between an output before the edits and the same output after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The output.
    pub output: String,
    /// The relation's kind.
    pub kind: RelationKind,
}

/// A kind of relation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// The output is as before.
    Same,
    /// The output is as before, moved one place on along an axis.
    Rotated {
        /// The axis.
        axis: usize,
    },
    /// The output is as before where the index on an axis is smaller than `before`.
    SameBefore {
        /// The axis.
        axis: usize,
        /// The first index that may change.
        before: usize,
    },
    /// The output is what was before from the index `from` on, to the end of an axis.
    Window {
        /// The axis.
        axis: usize,
        /// The first index of what is left.
        from: usize,
    },
    /// Along an axis the entries add up to 1.
    SumsToOne {
        /// The axis.
        axis: usize,
    },
    /// Along an axis the entries add up to 0.
    SumsToZero {
        /// The axis.
        axis: usize,
    },
    /// Every entry is as many times what it was before.
    Multiplied(f32),
    /// Along an axis the root of the sum of squares is as before, whatever the entries have become.
    SameNorm {
        /// The axis.
        axis: usize,
    },
    /// The counts are at most so many times as large as before.
    AtMostTimes(f32),
}

impl RelationKind {
    /// Returns what is to be compared: the output after the edits, or a part of it, and what it should have been.
    ///
    /// `before` is right, so that the relation fits it ([`fits`](Self::fits)). `after` may be anything: where its shape
    /// does not fit, the two differ in shape.
    pub(crate) fn pair(self, before: &Tensor, after: &Tensor) -> (Tensor, Tensor) {
        match self {
            Self::SameBefore { axis, before: end } => {
                let fits =
                    after.shape().len() == before.shape().len() && end <= after.shape()[axis];
                let got = if fits {
                    after.slice(axis, 0..end)
                } else {
                    after.clone()
                };
                (got, before.slice(axis, 0..end))
            }
            Self::Window { axis, from } => {
                let length = before.shape()[axis];
                (after.clone(), before.slice(axis, from..length))
            }
            Self::AtMostTimes(factor) => (after.clone(), times(before, factor)),
            _ if after.shape() != before.shape() => (after.clone(), before.clone()),
            Self::Same => (after.clone(), before.clone()),
            Self::Rotated { axis } => {
                let rotated = before.rotated(axis);
                (after.clone(), rotated.unwrap_or_else(|| before.clone()))
            }
            Self::SumsToOne { axis } => sums(after, axis, 1.0),
            Self::SumsToZero { axis } => sums(after, axis, 0.0),
            Self::Multiplied(factor) => (after.clone(), Tensor::F32(before.numbers() * factor)),
            Self::SameNorm { axis } => {
                let norms =
                    |array: ArrayD<f32>| (&array * &array).sum_axis(Axis(axis)).mapv(f32::sqrt);
                (
                    Tensor::F32(norms(after.numbers())),
                    Tensor::F32(norms(before.numbers())),
                )
            }
        }
    }

    /// Returns `true` if a right output is of a kind that the relation is about, and has the entries that it is about.
    pub(crate) fn fits(self, output: &Output, right: &Tensor) -> bool {
        let is_count = matches!(output.kind, OutputKind::Count { .. });
        let (axis, entries) = match self {
            Self::Same => return true,
            Self::AtMostTimes(factor) => return is_count && factor.is_finite() && factor > 0.0,
            Self::SumsToOne { .. }
            | Self::SumsToZero { .. }
            | Self::Multiplied(_)
            | Self::SameNorm { .. }
                if output.kind.is_whole() =>
            {
                return false;
            }
            Self::Multiplied(factor) => return factor.is_finite() && factor != 0.0,
            Self::SameBefore { axis, before } => (axis, before),
            Self::Window { axis, from } => (axis, from + 1),
            Self::Rotated { axis }
            | Self::SumsToOne { axis }
            | Self::SumsToZero { axis }
            | Self::SameNorm { axis } => (axis, 1),
        };
        let length = right.shape().get(axis);
        length.is_some_and(|length| (1..=*length).contains(&entries))
    }
}

/// Returns the sums along an axis, and what each of them should be.
fn sums(output: &Tensor, axis: usize, expected: f32) -> (Tensor, Tensor) {
    let sums = output.numbers().sum_axis(Axis(axis));
    let expected = ArrayD::from_elem(sums.raw_dim(), expected);
    (Tensor::F32(sums), Tensor::F32(expected))
}

/// Returns counts that are so many times as large, rounded up.
fn times(counts: &Tensor, factor: f32) -> Tensor {
    let times = |count: i64| (count as f64 * f64::from(factor)).ceil() as i64;
    match counts {
        Tensor::I64(counts) => Tensor::I64(counts.mapv(times)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr0, arr1, arr2};

    use super::*;

    /// Four rows of two.
    fn rows() -> Tensor {
        arr2(&[[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]).into()
    }

    #[test]
    fn a_norm_is_kept_by_a_rotation_and_not_by_a_stretch() {
        let before = Tensor::from(arr2(&[[3.0_f32, 4.0], [0.0, 1.0]]));
        let norms = |after: [[f32; 2]; 2]| {
            let after = arr2(&after).into();
            let (got, demanded) = RelationKind::SameNorm { axis: 1 }.pair(&before, &after);
            (got.numbers(), demanded.numbers())
        };
        let (got, demanded) = norms([[-4.0, 3.0], [1.0, 0.0]]);
        assert_eq!(got, demanded);
        let (got, demanded) = norms([[6.0, 8.0], [0.0, 2.0]]);
        assert_eq!(got, &demanded * 2.0);
    }

    #[test]
    fn an_output_that_the_relation_does_not_fit_differs_in_shape() {
        let relations = [
            RelationKind::Same,
            RelationKind::Rotated { axis: 1 },
            RelationKind::SameBefore { axis: 0, before: 3 },
            RelationKind::Window { axis: 0, from: 1 },
            RelationKind::SumsToOne { axis: 1 },
            RelationKind::SumsToZero { axis: 1 },
            RelationKind::Multiplied(2.0),
            RelationKind::SameNorm { axis: 1 },
        ];
        for relation in relations {
            for shape in [vec![], vec![2], vec![0, 2], vec![9, 1]] {
                let after = Tensor::F32(ArrayD::ones(shape.clone()));
                let (got, demanded) = relation.pair(&rows(), &after);
                assert_ne!(got.shape(), demanded.shape(), "{relation:?}, {shape:?}");
            }
        }
    }

    #[test]
    fn sums_along_an_axis_and_multiples_are_compared_with_what_they_should_be() {
        let after = Tensor::from(arr2(&[[1.0_f32, -1.0], [3.0, -2.0]]));
        let (got, demanded) = RelationKind::SumsToZero { axis: 1 }.pair(&after, &after);
        assert_eq!(
            (got, demanded),
            (arr1(&[0.0_f32, 1.0]).into(), arr1(&[0.0_f32; 2]).into())
        );
        let (got, demanded) = RelationKind::Multiplied(-2.0).pair(&after, &after);
        assert_eq!(got, after);
        assert_eq!(demanded, arr2(&[[-2.0_f32, 2.0], [-6.0, 4.0]]).into());
    }

    #[test]
    fn twice_the_input_may_count_twice_as_much() {
        let count = |count: i64| Tensor::from(arr0(count));
        let (got, bound) = RelationKind::AtMostTimes(2.5).pair(&count(3), &count(9));
        assert_eq!((got, bound), (count(9), count(8)));
    }
}
