//! Two tensors, entry by entry.

use ndarray::{ArrayD, Dimension, IxDyn, Zip};

use crate::metric::Metric;
use crate::tensor::{Entry, Tensor};

/// One entry in which two tensors differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its index, axis by axis.
    pub index: Vec<usize>,
    /// The learner's entry.
    pub got: Entry,
    /// libtorch's entry.
    pub expected: Entry,
}

/// The differences between two tensors of one shape, or between two sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// `true` where an entry is wrong. Of two sequences, it has the length of the longer one.
    pub wrong: ArrayD<bool>,
    /// The first wrong entry, in row-major order.
    pub first: Option<Difference>,
    /// The wrong entry that is farthest from right, and the first of those: with NaN among them, that is the first NaN.
    pub farthest: Option<Difference>,
    /// The largest distance, in tolerances.
    pub largest: f64,
    /// The number of entries that are NaN or infinite where libtorch's are not.
    pub not_finite: usize,
}

impl Comparison {
    /// Compares two tensors; `None` when their shapes or types differ.
    pub fn new(got: &Tensor, expected: &Tensor, metric: impl Into<Metric>) -> Option<Self> {
        if got.shape() != expected.shape() {
            return None;
        }
        let metric = metric.into();
        let mut distance = match (got, expected) {
            (Tensor::F32(got), Tensor::F32(expected)) => Zip::from(got)
                .and(expected)
                .map_collect(|&got, &expected| metric.distance(got, expected)),
            (Tensor::I64(got), Tensor::I64(expected)) => Zip::from(got)
                .and(expected)
                .map_collect(|&got, &expected| metric.whole_distance(got, expected)),
            _ => return None,
        };
        if let Metric::Within {
            growth: Some(_), ..
        } = metric
        {
            for (index, distance) in distance.indexed_iter_mut() {
                *distance = metric.grown(*distance, index.slice());
            }
        }
        Some(Self::of_distances(&distance, got, expected))
    }

    /// Compares two tensors of one axis and of different lengths: what one has and the other lacks is wrong. `None` when
    /// their types differ or they have more axes.
    pub(crate) fn of_sequences(got: &Tensor, expected: &Tensor, metric: Metric) -> Option<Self> {
        let ([got_length], [expected_length]) = (got.shape(), expected.shape()) else {
            return None;
        };
        let common = *got_length.min(expected_length);
        let longer = *got_length.max(expected_length);
        let same = Self::new(
            &got.slice(0, 0..common),
            &expected.slice(0, 0..common),
            metric,
        )?;
        let distance = ArrayD::from_shape_fn(IxDyn(&[longer]), |index| {
            if same.wrong.get(&index).copied() == Some(false) {
                0.0
            } else {
                f64::INFINITY
            }
        });
        Some(Self::of_distances(&distance, got, expected))
    }

    fn of_distances(distance: &ArrayD<f64>, got: &Tensor, expected: &Tensor) -> Self {
        let largest = distance.fold(0.0, |largest: f64, &d| largest.max(d));
        let find = |found: &dyn Fn(f64) -> bool| {
            let (index, _) = distance.indexed_iter().find(|(_, d)| found(**d))?;
            Some(Difference {
                got: got.entry(&index),
                expected: expected.entry(&index),
                index: index.slice().to_vec(),
            })
        };
        let first = find(&|distance| distance > 1.0);
        let farthest = first.as_ref().and_then(|_| find(&|d| d == largest));
        let mut not_finite = 0;
        if let (Tensor::F32(got), Tensor::F32(expected)) = (got, expected) {
            for (got, expected) in got.iter().zip(expected) {
                if !got.is_finite() && expected.is_finite() {
                    not_finite += 1;
                }
            }
        }
        Self {
            wrong: distance.mapv(|distance| distance > 1.0),
            first,
            farthest,
            largest,
            not_finite,
        }
    }

    /// Returns `true` if every entry is right.
    pub fn is_equal(&self) -> bool {
        self.first.is_none()
    }

    /// Returns the number of wrong entries.
    pub fn count(&self) -> usize {
        self.wrong.iter().filter(|wrong| **wrong).count()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;
    use crate::metric::{Growth, Tolerance};

    const TOLERANCE: Tolerance = Tolerance {
        absolute: 1e-3,
        relative: 1e-2,
    };

    fn numbers(entries: &[f32]) -> Tensor {
        Tensor::from(arr1(entries))
    }

    fn ids(entries: &[i64]) -> Tensor {
        Tensor::from(arr1(entries))
    }

    #[test]
    fn the_first_wrong_entry_and_their_number() {
        let expected = numbers(&[1.0, 2.0, 3.0, f32::NEG_INFINITY]);
        let got = numbers(&[1.0, 2.5, f32::NAN, f32::NEG_INFINITY]);
        let comparison = Comparison::new(&got, &expected, TOLERANCE).expect("one shape");
        assert_eq!((comparison.count(), comparison.not_finite), (2, 1));
        assert_eq!(
            comparison.first,
            Some(Difference {
                index: vec![1],
                got: Entry::Number(2.5),
                expected: Entry::Number(2.0)
            })
        );
        assert!(Comparison::new(&numbers(&[1.0]), &expected, TOLERANCE).is_none());
        assert!(Comparison::new(&ids(&[1, 2, 3, 4]), &expected, TOLERANCE).is_none());
    }

    #[test]
    fn a_tolerance_may_grow_along_an_axis() {
        let growing = Metric::Within {
            tolerance: TOLERANCE,
            growth: Some(Growth {
                axis: 0,
                per_index: 1.0,
            }),
        };
        let (got, expected) = (numbers(&[1.0, 1.018, 1.04]), numbers(&[1.0; 3]));
        let comparison = Comparison::new(&got, &expected, growing).expect("one shape");
        assert_eq!(comparison.wrong, arr1(&[false, false, true]).into_dyn());
    }

    #[test]
    fn sequences_of_different_lengths_have_a_first_difference() {
        let compare = |got: &[i64], expected: &[i64]| {
            let comparison =
                Comparison::of_sequences(&ids(got), &ids(expected), Metric::Exact).expect("ids");
            let first = comparison.first.clone().expect("they differ");
            (
                comparison.count(),
                first.index[0],
                first.got,
                first.expected,
            )
        };
        assert_eq!(
            compare(&[1, 2], &[1, 2, 3, 4]),
            (2, 2, Entry::Missing, Entry::Id(3))
        );
        assert_eq!(
            compare(&[7, 2, 3], &[1, 2]),
            (2, 0, Entry::Id(7), Entry::Id(1))
        );
        assert_eq!(compare(&[5], &[]), (1, 0, Entry::Id(5), Entry::Missing));
    }
}
