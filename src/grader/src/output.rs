//! Outputs: the tensors that a task returns, and the way in which each kind is compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::compare::Comparison;
use crate::metric::{Growth, Metric, Tolerance};
use crate::pieces::pieces_of_pairs;
use crate::tensor::Tensor;

/// One tensor that a task returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name, such as `weights`.
    pub name: String,
    /// The thing that each axis counts, in the singular, such as `query`.
    pub axes: Vec<String>,
    /// The names of the indices of those axes that have any.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Its kind.
    #[serde(default, skip_serializing_if = "OutputKind::is_default")]
    pub kind: OutputKind,
}

/// Names of the indices of axes, in their order, by the name of the axis: `learning rate` says more than `quantity 2`. An
/// index without a name is called by its number.
pub type Labels = BTreeMap<String, Vec<String>>;

/// The kind of an output. Comparison, reports and pictures follow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// Numbers, compared within a tolerance.
    Numbers {
        /// A tolerance of its own in place of the pack's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tolerance: Option<OwnTolerance>,
    },
    /// Whole numbers such as token ids, compared exactly.
    Ids,
    /// Token ids that are shown as text, compared exactly.
    Text {
        /// The text of each id, in their order.
        vocabulary: Vec<String>,
    },
    /// A text or a string of bytes, compared exactly and shown character by character. It travels as its bytes.
    Bytes,
    /// A list of texts, compared exactly and shown text by text.
    Texts,
    /// Pairs of token ids that are joined, such as the merges of a tokenizer, compared exactly and shown as what they
    /// join.
    Pairs,
    /// Token ids, compared exactly and shown as the pieces of text that they are in the case at hand.
    Pieces {
        /// The input of the case that says which piece an id is.
        pieces: PieceSource,
    },
    /// Numbers along one axis, such as the losses of training: the first that differs tells most.
    Curve {
        /// A tolerance of its own in place of the pack's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tolerance: Option<OwnTolerance>,
    },
    /// Counts such as the rows computed or the peak of memory. The recorded ones are bounds: less is right, too.
    Count {
        /// The things that are counted, in the plural.
        unit: String,
    },
}

/// The input of a case that says which piece of text each token id is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PieceSource {
    /// A list of texts: the piece of each id, in their order.
    Texts(String),
    /// Pairs of ids: the single bytes are the first 256 pieces, and each pair joins two pieces into the next.
    Pairs(String),
}

impl PieceSource {
    /// Returns the bytes of each id in a case, or `None` if the case does not have the input.
    pub(crate) fn pieces(&self, case: &Case) -> Option<Vec<Vec<u8>>> {
        match self {
            Self::Texts(input) => case.inputs.get(input)?.to_texts(),
            Self::Pairs(input) => {
                let pairs = case.inputs.get(input)?.to_pairs()?;
                Some(pieces_of_pairs(&pairs))
            }
        }
    }
}

/// A tolerance of an output's own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OwnTolerance {
    /// The tolerance at the beginning of every axis.
    #[serde(flatten)]
    pub tolerance: Tolerance,
    /// Its growth along an axis, where errors add up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
}

impl Default for OutputKind {
    fn default() -> Self {
        Self::Numbers { tolerance: None }
    }
}

impl OutputKind {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns `true` if a tensor has the type in which packs and replies hold outputs of this kind.
    pub(crate) fn has_type_of(&self, tensor: &Tensor) -> bool {
        matches!(
            (self.is_whole(), tensor),
            (true, Tensor::I64(_)) | (false, Tensor::F32(_))
        )
    }

    /// Returns the name of that type.
    pub(crate) fn type_in_words(&self) -> &'static str {
        if self.is_whole() {
            "whole numbers"
        } else {
            "numbers"
        }
    }

    /// Returns `true` if outputs of this kind are whole numbers, which packs and replies hold as `i64`.
    pub fn is_whole(&self) -> bool {
        !matches!(self, Self::Numbers { .. } | Self::Curve { .. })
    }

    /// Returns `true` for counts, which say how much was computed and not what.
    pub(crate) fn is_count(&self) -> bool {
        matches!(self, Self::Count { .. })
    }

    /// Returns `true` if a picture says something about outputs of this kind.
    pub fn is_drawn(&self) -> bool {
        !self.is_read() && !self.is_count()
    }

    /// Returns `true` if outputs of this kind are read item by item.
    pub(crate) fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Bytes | Self::Texts | Self::Pairs | Self::Pieces { .. }
        )
    }

    /// Returns the text of each id, for a text.
    pub fn vocabulary(&self) -> Option<&[String]> {
        match self {
            Self::Text { vocabulary } => Some(vocabulary),
            _ => None,
        }
    }

    /// Returns an id as it is shown: its text where there is a vocabulary.
    pub(crate) fn show_id(&self, id: Option<f32>) -> String {
        let Some(id) = id else {
            return String::new();
        };
        match self.vocabulary() {
            Some(vocabulary) => piece(vocabulary, id as i64).to_owned(),
            None => format!("{id:.0}"),
        }
    }

    /// Returns the way in which entries are compared. `tolerance` is the pack's.
    pub(crate) fn metric(&self, tolerance: Tolerance) -> Metric {
        match self {
            Self::Numbers { tolerance: own } | Self::Curve { tolerance: own } => match own {
                Some(OwnTolerance { tolerance, growth }) => Metric::Within {
                    tolerance: *tolerance,
                    growth: *growth,
                },
                None => Metric::from(tolerance),
            },
            Self::Count { .. } => Metric::AtMost,
            _ => Metric::Exact,
        }
    }

    /// Returns `true` if two outputs of this kind may have different lengths: what is one after the other has a first
    /// difference even so.
    fn is_sequence(&self) -> bool {
        !matches!(self, Self::Numbers { .. } | Self::Count { .. })
    }
}

impl Output {
    /// Compares an output with what it should be. `tolerance` is the pack's. `None` when their shapes differ, unless
    /// the output is a sequence.
    pub fn compare(
        &self,
        got: &Tensor,
        expected: &Tensor,
        tolerance: Tolerance,
    ) -> Option<Comparison> {
        self.compare_by(self.kind.metric(tolerance), got, expected)
    }

    /// Compares two outputs of which neither is a bound.
    pub(crate) fn compare_alike(
        &self,
        one: &Tensor,
        other: &Tensor,
        tolerance: Tolerance,
    ) -> Option<Comparison> {
        let metric = match self.kind.metric(tolerance) {
            Metric::AtMost => Metric::Exact,
            other => other,
        };
        self.compare_by(metric, one, other)
    }

    fn compare_by(&self, metric: Metric, got: &Tensor, expected: &Tensor) -> Option<Comparison> {
        let sequences = self.kind.is_sequence() && self.axes.len() == 1;
        if sequences && got.shape().len() == 1 && got.shape() != expected.shape() {
            return Comparison::of_sequences(got, expected, metric);
        }
        Comparison::new(got, expected, metric)
    }
}

/// Returns the text of an id.
pub(crate) fn piece(vocabulary: &[String], id: i64) -> &str {
    let known = usize::try_from(id)
        .ok()
        .and_then(|index| vocabulary.get(index));
    known.map_or("?", String::as_str)
}
