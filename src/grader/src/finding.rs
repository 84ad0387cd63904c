//! One output that is wrong, and what can be said about it.

use ndarray::ArrayD;

use crate::case::Case;
use crate::compare::Comparison;
use crate::items::Items;
use crate::metric::Tolerance;
use crate::output::{Labels, Output, OutputKind};
use crate::pattern::Pattern;
use crate::tensor::Tensor;

/// One output that is not what libtorch returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The output's name.
    pub output: String,
    /// The thing that each axis counts.
    pub axes: Vec<String>,
    /// The names of the indices of those axes that have any.
    pub labels: Labels,
    /// The output's kind.
    pub kind: OutputKind,
    /// The bytes of each id in this case, for an output whose kind [asks for them](OutputKind::Pieces).
    pub pieces: Vec<Vec<u8>>,
    /// The learner's entries as numbers.
    pub got: ArrayD<f32>,
    /// libtorch's entries as numbers (or, for a property, what the relation demands).
    pub expected: ArrayD<f32>,
    /// The differences; `None` when the shapes differ. Sequences of different lengths have differences, too.
    pub comparison: Option<Comparison>,
    /// The patterns of the differences, most telling first.
    pub patterns: Vec<Pattern>,
    /// The outputs of a case that are computed before this one: they are all right.
    pub right_before: Vec<String>,
    /// `true` if it is the only wrong one, and others are computed after it.
    pub rest_right: bool,
}

impl Finding {
    /// Compares an output with what it should be; what can be said about why it differs is left to be added.
    pub(crate) fn new(
        output: Output,
        got: &Tensor,
        expected: &Tensor,
        tolerance: Tolerance,
    ) -> Self {
        let comparison = output.compare(got, expected, tolerance);
        Self {
            output: output.name,
            axes: output.axes,
            labels: output.labels,
            kind: output.kind,
            pieces: Vec::new(),
            got: got.numbers(),
            expected: expected.numbers(),
            comparison,
            patterns: Vec::new(),
            right_before: Vec::new(),
            rest_right: false,
        }
    }

    /// Adds the pieces that a case's ids are, if the output's kind asks for them.
    pub(crate) fn add_pieces_of(&mut self, case: &Case) {
        if let OutputKind::Pieces { pieces } = &self.kind {
            self.pieces = pieces.pieces(case).unwrap_or_default();
        }
    }

    /// Returns the items of yours and of what is expected, if the output is read item by item.
    pub fn items(&self) -> Option<(Items, Items)> {
        let items = |numbers: &ArrayD<f32>| {
            let entries: Vec<i64> = numbers.iter().map(|&entry| entry as i64).collect();
            Items::new(&self.kind, &entries, &self.pieces)
        };
        items(&self.got).zip(items(&self.expected))
    }

    /// Returns an index of an axis in words: its label, or its number after what the axis counts.
    pub fn index_in_words(&self, axis: &str, index: usize) -> String {
        match self.label(axis, index) {
            Some(label) => label.to_owned(),
            None => format!("{axis} {index}"),
        }
    }

    /// Returns the label of an index of an axis, if it has one.
    pub(crate) fn label(&self, axis: &str, index: usize) -> Option<&str> {
        let label = self.labels.get(axis)?.get(index)?;
        Some(label)
    }

    /// Returns `true` if both have one shape, so that entries can be told apart by their places.
    pub(crate) fn has_one_shape(&self) -> bool {
        self.got.shape() == self.expected.shape()
    }
}
