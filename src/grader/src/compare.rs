//! Two tensors of one shape, entry by entry.

use ndarray::{ArrayD, Dimension, IxDyn, Zip};
use serde::{Deserialize, Serialize};

/// How far from libtorch's number a right one may be: `absolute + relative · |expected|`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// The part that does not depend on the number's size.
    pub absolute: f32,
    /// The part that grows with it.
    pub relative: f32,
}

impl Tolerance {
    /// How many tolerances lie between two numbers: at most 1 where `got` is right.
    ///
    /// An infinity is at distance 0 from itself and infinitely far from all else, and so is NaN.
    pub fn distance(self, got: f32, expected: f32) -> f64 {
        if got == expected || (got.is_nan() && expected.is_nan()) {
            0.0
        } else if got.is_finite() && expected.is_finite() {
            let allowed =
                f64::from(self.absolute) + f64::from(self.relative) * f64::from(expected).abs();
            (f64::from(got) - f64::from(expected)).abs() / allowed
        } else {
            f64::INFINITY
        }
    }
}

/// One entry in which two tensors differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its index, axis by axis.
    pub index: Vec<usize>,
    /// The learner's number.
    pub got: f32,
    /// libtorch's number.
    pub expected: f32,
}

/// What comparing two tensors of one shape found.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// `true` where an entry is wrong.
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
    /// Compares two tensors; `None` when their shapes differ.
    pub fn new(got: &ArrayD<f32>, expected: &ArrayD<f32>, tolerance: Tolerance) -> Option<Self> {
        if got.shape() != expected.shape() {
            return None;
        }
        let distance = Zip::from(got)
            .and(expected)
            .map_collect(|&got, &expected| tolerance.distance(got, expected));
        let wrong = distance.mapv(|distance| distance > 1.0);
        let difference = |index: IxDyn| Difference {
            got: got[&index],
            expected: expected[&index],
            index: index.slice().to_vec(),
        };
        let largest = distance.fold(0.0, |largest: f64, &d| largest.max(d));
        let find = |found: &dyn Fn(f64) -> bool| {
            distance
                .indexed_iter()
                .find(|(_, distance)| found(**distance))
                .map(|(index, _)| difference(index))
        };
        let first = find(&|distance| distance > 1.0);
        let farthest = first
            .as_ref()
            .and_then(|_| find(&|distance| distance == largest));
        let not_finite = got
            .iter()
            .zip(expected)
            .filter(|(got, want)| !got.is_finite() && want.is_finite())
            .count();
        Some(Self {
            wrong,
            first,
            farthest,
            largest,
            not_finite,
        })
    }

    /// Whether every entry is within the tolerance.
    pub fn is_equal(&self) -> bool {
        self.first.is_none()
    }

    /// The number of wrong entries.
    pub fn count(&self) -> usize {
        self.wrong.iter().filter(|wrong| **wrong).count()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    const TOLERANCE: Tolerance = Tolerance {
        absolute: 1e-3,
        relative: 1e-2,
    };

    #[test]
    fn infinities_and_nan_equal_only_themselves() {
        let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0];
        for (i, &a) in special.iter().enumerate() {
            for (j, &b) in special.iter().enumerate() {
                assert_eq!(TOLERANCE.distance(a, b) == 0.0, i == j, "{a} and {b}");
                assert_eq!(
                    TOLERANCE.distance(a, b).is_infinite(),
                    i != j,
                    "{a} and {b}"
                );
            }
        }
    }

    #[test]
    fn the_tolerance_grows_with_the_expected_number() {
        assert!(TOLERANCE.distance(100.9, 100.0) < 1.0);
        assert!(TOLERANCE.distance(1.012, 1.0) > 1.0);
        assert!(TOLERANCE.distance(0.0009, 0.0) < 1.0);
    }

    #[test]
    fn the_first_wrong_entry_and_their_number() {
        let expected = arr1(&[1.0, 2.0, 3.0, f32::NEG_INFINITY]).into_dyn();
        let got = arr1(&[1.0, 2.5, f32::NAN, f32::NEG_INFINITY]).into_dyn();
        let comparison = Comparison::new(&got, &expected, TOLERANCE).expect("one shape");
        assert_eq!((comparison.count(), comparison.not_finite), (2, 1));
        assert_eq!(
            comparison.first,
            Some(Difference {
                index: vec![1],
                got: 2.5,
                expected: 2.0
            })
        );
        assert!(Comparison::new(&arr1(&[1.0]).into_dyn(), &expected, TOLERANCE).is_none());
    }
}
