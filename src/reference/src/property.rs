//! Relations between the outputs of related calls.

use attentive_grader::{Change, Edit, Relation, RelationKind};

/// A relation between what a function returns for a case and what it returns once the case's inputs are edited.
///
/// ```text
/// Property::new("keys-in-another-order", "moving keys and values together moves the weights and nothing else")
///     .in_case("plain")
///     .rotate(["k", "v"], 0)
///     .expect_rotated(["weights"], 1)
///     .expect_same(["output"])
/// ```
#[derive(Debug, Clone)]
pub struct Property(attentive_grader::Property);

impl Property {
    /// A property of this name. The sentence says what must hold.
    pub fn new(name: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self(attentive_grader::Property {
            name: name.into(),
            sentence: sentence.into(),
            case: String::new(),
            edits: Vec::new(),
            relations: Vec::new(),
        })
    }

    /// Names the case whose inputs are edited.
    #[must_use]
    pub fn in_case(mut self, case: &str) -> Self {
        self.0.case = case.into();
        self
    }

    /// Adds a number to every entry of these inputs.
    #[must_use]
    pub fn add(self, inputs: impl IntoIterator<Item = impl Into<String>>, value: f32) -> Self {
        self.edit(inputs, Change::Add(value))
    }

    /// Multiplies every entry of these inputs by a number.
    #[must_use]
    pub fn multiply(self, inputs: impl IntoIterator<Item = impl Into<String>>, value: f32) -> Self {
        self.edit(inputs, Change::Multiply(value))
    }

    /// Moves every entry of these inputs one place on along an axis, and the last to the front.
    ///
    /// An input that the case does not have, such as a mask, is left out.
    #[must_use]
    pub fn rotate(self, inputs: impl IntoIterator<Item = impl Into<String>>, axis: usize) -> Self {
        self.edit(inputs, Change::Rotate { axis })
    }

    /// Adds noise to these inputs where the index on an axis is `from` or larger. Ids are moved among themselves.
    #[must_use]
    pub fn disturb(
        self,
        inputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
        from: usize,
    ) -> Self {
        self.edit(inputs, Change::Disturb { axis, from })
    }

    /// Sets every entry of these inputs to a number where the index on an axis is `from` or larger.
    ///
    /// In a mask, 0 blocks and 1 allows.
    #[must_use]
    pub fn fill(
        self,
        inputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
        from: usize,
        value: f32,
    ) -> Self {
        self.edit(inputs, Change::Fill { axis, from, value })
    }

    /// Repeats these inputs along an axis, which is then twice as long.
    #[must_use]
    pub fn double(self, inputs: impl IntoIterator<Item = impl Into<String>>, axis: usize) -> Self {
        self.edit(inputs, Change::Double { axis })
    }

    /// Sets a size.
    #[must_use]
    pub fn set(self, input: &str, value: i64) -> Self {
        self.edit([input], Change::Set(value))
    }

    /// Expects these outputs to be as before.
    #[must_use]
    pub fn expect_same(self, outputs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expect(outputs, RelationKind::Same)
    }

    /// Expects these outputs to be as before, moved one place on along an axis.
    #[must_use]
    pub fn expect_rotated(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
    ) -> Self {
        self.expect(outputs, RelationKind::Rotated { axis })
    }

    /// Expects these outputs to be as before where the index on an axis is smaller than `before`.
    #[must_use]
    pub fn expect_same_before(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
        before: usize,
    ) -> Self {
        self.expect(outputs, RelationKind::SameBefore { axis, before })
    }

    /// Expects these outputs to be what they were before from an index on, to the end of an axis.
    #[must_use]
    pub fn expect_window(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
        from: usize,
    ) -> Self {
        self.expect(outputs, RelationKind::Window { axis, from })
    }

    /// Expects the entries of these outputs to add up to 1 along an axis.
    #[must_use]
    pub fn expect_sum_of_one(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
    ) -> Self {
        self.expect(outputs, RelationKind::SumsToOne { axis })
    }

    /// Expects the entries of these outputs to add up to 0 along an axis.
    #[must_use]
    pub fn expect_sum_of_zero(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
    ) -> Self {
        self.expect(outputs, RelationKind::SumsToZero { axis })
    }

    /// Expects every entry of these outputs to be so many times what it was before.
    #[must_use]
    pub fn expect_multiplied(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        factor: f32,
    ) -> Self {
        self.expect(outputs, RelationKind::Multiplied(factor))
    }

    /// Expects the Euclidean norm along an axis of these outputs to be as before.
    #[must_use]
    pub fn expect_same_norm(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        axis: usize,
    ) -> Self {
        self.expect(outputs, RelationKind::SameNorm { axis })
    }

    /// Expects these counts to be at most so many times as large as before.
    #[must_use]
    pub fn expect_at_most_times(
        self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        factor: f32,
    ) -> Self {
        self.expect(outputs, RelationKind::AtMostTimes(factor))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn case(&self) -> &str {
        &self.0.case
    }

    fn edit(mut self, inputs: impl IntoIterator<Item = impl Into<String>>, change: Change) -> Self {
        for input in inputs {
            let input = input.into();
            self.0.edits.push(Edit { input, change });
        }
        self
    }

    fn expect(
        mut self,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        kind: RelationKind,
    ) -> Self {
        for output in outputs {
            let output = output.into();
            self.0.relations.push(Relation { output, kind });
        }
        self
    }
}

impl From<Property> for attentive_grader::Property {
    fn from(property: Property) -> Self {
        property.0
    }
}

/// Computes each position of `x` from itself alone, in a case `plain` of at least 4 positions.
pub(crate) fn positions_are_independent() -> Property {
    Property::new(
        "positions-are-independent",
        "changing positions 3 and 4 changes nothing in those before them",
    )
    .in_case("plain")
    .disturb(["x"], 0, 3)
    .expect_same_before(["output"], 0, 3)
}
