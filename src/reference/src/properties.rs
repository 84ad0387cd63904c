//! Properties that tasks of several exercises have.

use attentive_grader::{Edit, Property, Relation};

/// That each position of `x` is computed from itself alone, in a case `plain` of at least 4 positions.
pub(crate) fn positions_are_independent() -> Property {
    Property {
        name: "positions-are-independent".into(),
        sentence: "changing positions 3 and 4 changes nothing in those before them".into(),
        case: "plain".into(),
        edits: vec![Edit::Disturb {
            input: "x".into(),
            axis: 0,
            from: 3,
        }],
        relations: vec![Relation::SameBefore {
            output: "output".into(),
            axis: 0,
            before: 3,
        }],
    }
}
