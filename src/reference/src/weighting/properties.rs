//! The properties of every task from scores to a weighted sum.

use super::Weighting;
use crate::property::Property;

impl Weighting {
    /// Weights add up to 1 in a case, whatever the scores are.
    pub(crate) fn sums_to_one(self, case: &str) -> Property {
        let sentence = format!("the weights of each {} add up to 1", self.row);
        Property::new("weights-sum-to-one", sentence)
            .in_case(case)
            .disturb([self.scores], 0, 0)
            .expect_sum_of_one(["weights"], 1)
    }

    /// Only differences of scores matter.
    pub(crate) fn a_constant_does_not_matter(self, case: &str) -> Property {
        Property::new(
            "a-constant-does-not-matter",
            "adding 10 to all scores changes nothing",
        )
        .in_case(case)
        .add([self.scores], 10.0)
        .expect_same(["weights", self.output])
    }

    /// Nothing is read of what the mask blocks, in every row of the case, from a column on. `axis` is the axis of the
    /// values that the columns are.
    pub(crate) fn blocked_does_not_matter(self, case: &str, axis: usize, from: usize) -> Property {
        Property::new(
            "padding-does-not-matter",
            "the numbers in padded positions change nothing",
        )
        .in_case(case)
        .disturb([self.scores], 1, from)
        .disturb([self.values], axis, from)
        .expect_same(["weights", self.output])
    }

    /// The order of the columns does not matter to the output. `axis` is the axis of the values that the columns are.
    pub(crate) fn order_does_not_matter(self, case: &str, axis: usize) -> Property {
        let Self { column, output, .. } = self;
        let sentence = format!(
            "moving the {column}s with all that belongs to them moves the weights and leaves the \
             {output} as it is"
        );
        Property::new(format!("{column}s-in-another-order"), sentence)
            .in_case(case)
            .rotate([self.scores], 1)
            .rotate([self.values], axis)
            // Where there is no mask, this changes nothing.
            .rotate(["mask"], 1)
            .expect_rotated(["weights"], 1)
            .expect_same([output])
    }

    /// A row depends on its own scores alone.
    pub(crate) fn rows_are_independent(self, case: &str, from: usize) -> Property {
        let sentence = format!(
            "changing the scores from {} {from} on changes nothing before it",
            self.row
        );
        Property::new("rows-are-independent", sentence)
            .in_case(case)
            .disturb([self.scores], 0, from)
            .expect_same_before(["weights", self.output], 0, from)
    }
}
