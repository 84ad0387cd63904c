//! Ways of comparing two numbers.

use serde::{Deserialize, Serialize};

/// The distance from libtorch's number that a right one may have: `absolute + relative · |expected|`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// The part that does not depend on the number's size.
    pub absolute: f32,
    /// The part that grows with it.
    pub relative: f32,
}

/// The growth of a tolerance along an axis: at the index `i`, it is `1 + i · per_index` times as large.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The axis.
    pub axis: usize,
    /// The part of the first tolerance that is added at each index.
    pub per_index: f32,
}

/// A way of comparing entries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// Right within a tolerance.
    Within {
        /// The tolerance.
        tolerance: Tolerance,
        /// Its growth along an axis.
        growth: Option<Growth>,
    },
    /// Right if equal.
    Exact,
    /// Right if not larger.
    AtMost,
}

impl From<Tolerance> for Metric {
    fn from(tolerance: Tolerance) -> Self {
        Self::Within {
            tolerance,
            growth: None,
        }
    }
}

impl Tolerance {
    /// Returns the number of tolerances between two numbers: at most 1 where `got` is right.
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

    /// Returns `true` if it is a number that an error can exceed.
    pub(crate) fn is_usable(self) -> bool {
        let Self { absolute, relative } = self;
        [absolute, relative]
            .iter()
            .all(|part| part.is_finite() && *part >= 0.0)
    }
}

impl Metric {
    /// Returns the distance of two numbers: at most 1 where `got` is right.
    pub(crate) fn distance(self, got: f32, expected: f32) -> f64 {
        match self {
            Self::Within { tolerance, .. } => tolerance.distance(got, expected),
            Self::Exact => all_or_nothing(got == expected),
            Self::AtMost => all_or_nothing(got <= expected),
        }
    }

    /// Returns the distance of two whole numbers: at most 1 where `got` is right.
    pub(crate) fn whole_distance(self, got: i64, expected: i64) -> f64 {
        match self {
            Self::Within { tolerance, .. } => tolerance.distance(got as f32, expected as f32),
            Self::Exact => all_or_nothing(got == expected),
            Self::AtMost => all_or_nothing(got <= expected),
        }
    }

    /// Returns the part of a distance that is left at an index where the tolerance has grown.
    pub(crate) fn grown(self, distance: f64, index: &[usize]) -> f64 {
        match self {
            Self::Within {
                growth: Some(Growth { axis, per_index }),
                ..
            } => {
                let index = index.get(axis).copied().unwrap_or(0);
                distance / (1.0 + index as f64 * f64::from(per_index))
            }
            _ => distance,
        }
    }
}

fn all_or_nothing(right: bool) -> f64 {
    if right { 0.0 } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
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
                let distance = TOLERANCE.distance(a, b);
                assert_eq!(distance == 0.0, i == j, "{a} and {b}");
                assert_eq!(distance.is_infinite(), i != j, "{a} and {b}");
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
    fn ids_are_equal_or_wrong_and_counts_are_bounded_from_above() {
        assert_eq!(Metric::Exact.whole_distance(50_256, 50_256), 0.0);
        for off in [-5, -1, 1, 5] {
            assert!(Metric::Exact.whole_distance(50_256 + off, 50_256) > 1.0);
        }
        assert_eq!(Metric::AtMost.whole_distance(3, 4), 0.0);
        assert!(Metric::AtMost.whole_distance(5, 4) > 1.0);
    }
}
