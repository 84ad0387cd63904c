//! Properties: relations between the outputs of related calls, which no list of cases can hold.
//!
//! A property takes a case, calls the function on it, changes the inputs, calls it again and compares the two. No
//! expected value takes part, so an answer that only knows the recorded numbers does not get through.

use serde::{Deserialize, Serialize};

use crate::case::{Case, Outputs};
use crate::edit::Edit;
use crate::output::Output;
use crate::relation::Relation;

/// One relation that a task's outputs must satisfy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Its name, such as `permuted-keys`.
    pub name: String,
    /// The relation that must hold, as a sentence.
    pub sentence: String,
    /// The case whose inputs are changed.
    pub case: String,
    /// The changes to the inputs.
    pub edits: Vec<Edit>,
    /// The relations that must then hold.
    pub relations: Vec<Relation>,
}

impl Property {
    /// Returns the reason for which the property would demand nothing, or what cannot be: then the pack is at fault.
    /// `right` is what libtorch returns for the property's case.
    pub(crate) fn fault(&self, case: &Case, right: &Outputs, outputs: &[Output]) -> Option<String> {
        let mut edited = case.clone();
        for edit in &self.edits {
            edit.apply(&mut edited);
        }
        if !self.edits.is_empty() && edited == *case {
            return Some(format!(
                "its edits change nothing in the case `{}`",
                case.name
            ));
        }
        for relation in &self.relations {
            let output = outputs.iter().find(|it| it.name == relation.output);
            let pair = output.zip(right.get(&relation.output));
            if !pair.is_some_and(|(output, right)| relation.kind.fits(output, right)) {
                return Some(format!("{relation:?} is about entries that are not there"));
            }
        }
        if self.relations.is_empty() {
            return Some("it demands nothing".to_owned());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;
    use crate::edit::Change;
    use crate::output::{Labels, OutputKind};
    use crate::relation::RelationKind;
    use crate::tensor::Tensor;

    /// The fault of a property of a function whose input and output are four rows of two.
    fn fault(edits: &[(&str, Change)], relations: &[(&str, RelationKind)]) -> Option<String> {
        let rows = Tensor::from(arr2(&[[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]));
        let case = Case {
            name: "plain".into(),
            inputs: [
                ("x".to_owned(), rows.clone()),
                ("length".to_owned(), Tensor::from(4)),
            ]
            .into(),
        };
        let output = Output {
            name: "output".into(),
            axes: vec!["row".into(), "column".into()],
            labels: Labels::new(),
            kind: OutputKind::default(),
        };
        let edit = |&(input, change): &(&str, Change)| Edit {
            input: input.into(),
            change,
        };
        let relation = |&(output, kind): &(&str, RelationKind)| Relation {
            output: output.into(),
            kind,
        };
        let property = Property {
            name: String::new(),
            sentence: String::new(),
            case: case.name.clone(),
            edits: edits.iter().map(edit).collect(),
            relations: relations.iter().map(relation).collect(),
        };
        let right = Outputs::from([("output".to_owned(), rows)]);
        property.fault(&case, &right, &[output])
    }

    #[test]
    fn a_property_that_demands_nothing_is_at_fault() {
        let same = [("output", RelationKind::Same)];
        assert_eq!(fault(&[("x", Change::Rotate { axis: 0 })], &same), None);
        assert_eq!(fault(&[("x", Change::Double { axis: 1 })], &same), None);
        let window = RelationKind::Window { axis: 0, from: 3 };
        assert_eq!(fault(&[], &[("output", window)]), None);
        for edit in [
            ("y", Change::Add(1.0)),
            ("x", Change::Multiply(1.0)),
            ("x", Change::Rotate { axis: 2 }),
            ("x", Change::Double { axis: 2 }),
            ("x", Change::Disturb { axis: 0, from: 4 }),
            ("length", Change::Set(4)),
        ] {
            assert!(fault(&[edit], &same).is_some(), "{edit:?}");
        }
        for relation in [
            ("weights", RelationKind::Same),
            ("output", RelationKind::Rotated { axis: 2 }),
            ("output", RelationKind::SameBefore { axis: 0, before: 5 }),
            ("output", RelationKind::SameBefore { axis: 0, before: 0 }),
            ("output", RelationKind::Window { axis: 0, from: 4 }),
            ("output", RelationKind::SumsToZero { axis: 2 }),
            ("output", RelationKind::Multiplied(0.0)),
            // Numbers are no counts.
            ("output", RelationKind::AtMostTimes(2.0)),
        ] {
            assert!(fault(&[], &[relation]).is_some(), "{relation:?}");
        }
        assert!(fault(&[], &[]).is_some());
    }
}
