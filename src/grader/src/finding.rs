//! One output that is wrong, and what can be said about it.

use ndarray::ArrayD;

use crate::compare::{Comparison, Tolerance};
use crate::pack::Output;
use crate::pattern::Pattern;

/// One output that is not what libtorch returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The output's name.
    pub output: String,
    /// What each axis counts.
    pub axes: Vec<String>,
    /// For an output of symbols, the sign of each by its number.
    pub alphabet: Option<String>,
    /// The learner's numbers.
    pub got: ArrayD<f32>,
    /// libtorch's numbers (or, for a property, what the relation demands).
    pub expected: ArrayD<f32>,
    /// Where they differ; `None` when their shapes do.
    pub comparison: Option<Comparison>,
    /// What the differences have in common, most telling first.
    pub patterns: Vec<Pattern>,
    /// In a case, the outputs that are computed before this one: they are all right.
    pub right_before: Vec<String>,
    /// Whether it is the only wrong one, and others are computed after it.
    pub rest_right: bool,
}

impl Finding {
    /// Compares an output with what it should be; what can be said about why it differs is left to be added.
    pub(crate) fn new(
        output: Output,
        got: ArrayD<f32>,
        expected: ArrayD<f32>,
        tolerance: Tolerance,
    ) -> Self {
        let Output {
            name: output,
            axes,
            alphabet,
        } = output;
        let comparison = Comparison::new(&got, &expected, tolerance);
        let (patterns, right_before, rest_right) = (Vec::new(), Vec::new(), false);
        Self {
            output,
            axes,
            alphabet,
            got,
            expected,
            comparison,
            patterns,
            right_before,
            rest_right,
        }
    }
}
