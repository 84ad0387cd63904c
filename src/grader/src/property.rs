//! Relations between the outputs of related calls: what no list of cases can hold.
//!
//! A property takes a case, calls the function on it, changes the inputs, calls it again and compares the two. No
//! expected value takes part, so an answer that only knows the recorded numbers does not get through.

use ndarray::{ArrayD, Axis, Slice, concatenate};
use serde::{Deserialize, Serialize};

use crate::bundle::Tensor;
use crate::case::{Case, Outputs};

/// One relation that a task's outputs must satisfy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Its name, such as `permuted-keys`.
    pub name: String,
    /// What must hold, as a sentence.
    pub sentence: String,
    /// The case whose inputs are changed.
    pub case: String,
    /// The changes to the inputs.
    pub edits: Vec<Edit>,
    /// What must then hold.
    pub relations: Vec<Relation>,
}

/// One change to a case's inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Adds a number to every entry.
    Add {
        /// The input.
        input: String,
        /// The number.
        value: f32,
    },
    /// Moves every entry one place on along an axis, and the last to the front.
    Rotate {
        /// The input.
        input: String,
        /// The axis.
        axis: usize,
    },
    /// Adds noise where the index on an axis is `from` or larger. Token ids are moved one place on among themselves.
    Disturb {
        /// The input.
        input: String,
        /// The axis.
        axis: usize,
        /// The first index that changes.
        from: usize,
    },
    /// Sets a size.
    Set {
        /// The input.
        input: String,
        /// Its new value.
        value: i64,
    },
}

/// What must hold between the outputs before and after the edits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The output is as before.
    Same {
        /// The output.
        output: String,
    },
    /// The output is as before, moved one place on along an axis.
    Rotated {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
    },
    /// The output is as before where the index on an axis is smaller than `before`.
    SameBefore {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
        /// The first index that may change.
        before: usize,
    },
    /// The output is what was before from the index `from` on, to the end of an axis.
    Window {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
        /// The first index of what is left.
        from: usize,
    },
    /// Along an axis the entries add up to 1.
    SumsToOne {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
    },
    /// Along an axis the root of the sum of squares is as before, whatever the entries have become.
    SameNorm {
        /// The output.
        output: String,
        /// The axis.
        axis: usize,
    },
}

impl Edit {
    /// Changes the inputs of a case. An edit that does not fit them changes nothing.
    pub(crate) fn apply(&self, case: &mut Case) {
        let (Self::Add { input, .. }
        | Self::Rotate { input, .. }
        | Self::Disturb { input, .. }
        | Self::Set { input, .. }) = self;
        let Some(tensor) = case.inputs.get_mut(input) else {
            return;
        };
        match (self, &mut *tensor) {
            (Self::Add { value, .. }, Tensor::F32(array)) => *array += *value,
            (Self::Rotate { axis, .. }, Tensor::F32(array)) if *axis < array.ndim() => {
                *array = rotate(array, *axis)
            }
            (Self::Rotate { axis, .. }, Tensor::Bool(array)) if *axis < array.ndim() => {
                *array = rotate(array, *axis)
            }
            (Self::Rotate { axis, .. }, Tensor::I64(array)) if *axis < array.ndim() => {
                *array = rotate(array, *axis)
            }
            (Self::Disturb { axis, from, .. }, Tensor::F32(array)) if *axis < array.ndim() => {
                let from = (*from).min(array.len_of(Axis(*axis)));
                let mut later = array.slice_axis_mut(Axis(*axis), Slice::from(from..));
                // Any numbers do that are neither small nor regular.
                later
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, entry)| *entry += 2.0 * (12.9898 * (i + 1) as f32).sin() + 0.5);
            }
            (Self::Disturb { axis, from, .. }, Tensor::I64(array)) if *axis < array.ndim() => {
                let from = (*from).min(array.len_of(Axis(*axis)));
                let mut later = array.slice_axis_mut(Axis(*axis), Slice::from(from..));
                let moved = rotate(&later.to_owned(), *axis);
                later.assign(&moved);
            }
            (Self::Set { value, .. }, number @ Tensor::I64(_)) => *number = Tensor::from(*value),
            _ => {}
        }
    }
}

impl Relation {
    /// The output that the relation is about.
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Same { output }
            | Self::Rotated { output, .. }
            | Self::SameBefore { output, .. }
            | Self::Window { output, .. }
            | Self::SumsToOne { output, .. }
            | Self::SameNorm { output, .. } => output,
        }
    }

    /// What is to be compared: what the function returned after the edits, and what it should have returned.
    ///
    /// `before` is right, so that the relation fits it ([`Property::fault`]). `after` may be anything: where its shape does
    /// not fit, the two differ in shape.
    pub(crate) fn pair(
        &self,
        before: &ArrayD<f32>,
        after: &ArrayD<f32>,
    ) -> (ArrayD<f32>, ArrayD<f32>) {
        let part =
            |array: &ArrayD<f32>, axis, part: Slice| array.slice_axis(Axis(axis), part).to_owned();
        match *self {
            Self::SameBefore {
                axis, before: end, ..
            } => {
                let fits = after.ndim() == before.ndim() && end <= after.len_of(Axis(axis));
                let got = if fits {
                    part(after, axis, Slice::from(..end))
                } else {
                    after.clone()
                };
                (got, part(before, axis, Slice::from(..end)))
            }
            Self::Window { axis, from, .. } => {
                (after.clone(), part(before, axis, Slice::from(from..)))
            }
            _ if after.shape() != before.shape() => (after.clone(), before.clone()),
            Self::Same { .. } => (after.clone(), before.clone()),
            Self::Rotated { axis, .. } => (after.clone(), rotate(before, axis)),
            Self::SumsToOne { axis, .. } => {
                let sums = after.sum_axis(Axis(axis));
                let ones = ArrayD::ones(sums.raw_dim());
                (sums, ones)
            }
            Self::SameNorm { axis, .. } => {
                let norms =
                    |array: &ArrayD<f32>| (array * array).sum_axis(Axis(axis)).mapv(f32::sqrt);
                (norms(after), norms(before))
            }
        }
    }

    /// Whether a right output has the entries that the relation is about.
    fn fits(&self, right: &ArrayD<f32>) -> bool {
        let (axis, entries) = match *self {
            Self::Same { .. } => return true,
            Self::SameBefore { axis, before, .. } => (axis, before),
            Self::Window { axis, from, .. } => (axis, from + 1),
            Self::Rotated { axis, .. }
            | Self::SumsToOne { axis, .. }
            | Self::SameNorm { axis, .. } => (axis, 1),
        };
        axis < right.ndim() && (1..=right.len_of(Axis(axis))).contains(&entries)
    }
}

impl Property {
    /// Why the property would demand nothing, or what cannot be: then the pack is at fault. `right` is what libtorch
    /// returns for the property's case.
    pub(crate) fn fault(&self, case: &Case, right: &Outputs) -> Option<String> {
        let mut edited = case.clone();
        self.edits.iter().for_each(|edit| edit.apply(&mut edited));
        if !self.edits.is_empty() && edited == *case {
            return Some(format!(
                "its edits change nothing in the case `{}`",
                case.name
            ));
        }
        let fits = |relation: &&Relation| {
            right
                .get(relation.output())
                .is_some_and(|right| relation.fits(right))
        };
        match self.relations.iter().find(|relation| !fits(relation)) {
            Some(relation) => Some(format!("{relation:?} is about entries that are not there")),
            None => self
                .relations
                .is_empty()
                .then(|| "it demands nothing".to_owned()),
        }
    }
}

fn rotate<T: Clone>(array: &ArrayD<T>, axis: usize) -> ArrayD<T> {
    let length = array.len_of(Axis(axis));
    let (front, last) = array.view().split_at(Axis(axis), length.saturating_sub(1));
    concatenate(Axis(axis), &[last, front]).unwrap_or_else(|_| array.clone())
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn a_norm_is_kept_by_a_rotation_and_not_by_a_stretch() {
        let before = arr2(&[[3.0, 4.0], [0.0, 1.0]]).into_dyn();
        let norms = |after: ArrayD<f32>| {
            let relation = Relation::SameNorm {
                output: "output".into(),
                axis: 1,
            };
            relation.pair(&before, &after)
        };
        let (got, demanded) = norms(arr2(&[[-4.0, 3.0], [1.0, 0.0]]).into_dyn());
        assert_eq!(got, demanded);
        let (got, demanded) = norms(&before * 2.0);
        assert_eq!(got, &demanded * 2.0);
    }

    /// Four rows of two.
    fn rows() -> ArrayD<f32> {
        arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]).into_dyn()
    }

    #[test]
    fn an_output_that_the_relation_does_not_fit_differs_in_shape() {
        let output = || "output".to_owned();
        let relations = [
            Relation::Same { output: output() },
            Relation::Rotated {
                output: output(),
                axis: 1,
            },
            Relation::SameBefore {
                output: output(),
                axis: 0,
                before: 3,
            },
            Relation::Window {
                output: output(),
                axis: 0,
                from: 1,
            },
            Relation::SumsToOne {
                output: output(),
                axis: 1,
            },
            Relation::SameNorm {
                output: output(),
                axis: 1,
            },
        ];
        let others = [
            ArrayD::ones(vec![]),
            ArrayD::ones(vec![2]),
            ArrayD::ones(vec![0, 2]),
            ArrayD::ones(vec![9, 1]),
        ];
        for relation in relations {
            for after in &others {
                let (got, demanded) = relation.pair(&rows(), after);
                assert_ne!(
                    got.shape(),
                    demanded.shape(),
                    "{relation:?}, {:?}",
                    after.shape()
                );
            }
        }
    }

    #[test]
    fn a_property_that_demands_nothing_is_at_fault() {
        let inputs = [
            ("x".to_owned(), Tensor::F32(rows())),
            ("length".to_owned(), Tensor::from(4)),
        ];
        let case = Case {
            name: "plain".into(),
            inputs: inputs.into(),
        };
        let right = Outputs::from([("output".to_owned(), rows())]);
        let fault = |edits: &[Edit], relations: &[Relation]| {
            let (name, sentence, case_name) = (String::new(), String::new(), case.name.clone());
            let (edits, relations) = (edits.to_vec(), relations.to_vec());
            Property {
                name,
                sentence,
                case: case_name,
                edits,
                relations,
            }
            .fault(&case, &right)
        };
        let same = [Relation::Same {
            output: "output".into(),
        }];
        assert_eq!(
            fault(
                &[Edit::Rotate {
                    input: "x".into(),
                    axis: 0
                }],
                &same
            ),
            None
        );
        assert_eq!(
            fault(
                &[],
                &[Relation::Window {
                    output: "output".into(),
                    axis: 0,
                    from: 3
                }]
            ),
            None
        );
        for edit in [
            Edit::Add {
                input: "y".into(),
                value: 1.0,
            },
            Edit::Rotate {
                input: "x".into(),
                axis: 2,
            },
            Edit::Disturb {
                input: "x".into(),
                axis: 0,
                from: 4,
            },
            Edit::Set {
                input: "length".into(),
                value: 4,
            },
        ] {
            assert!(
                fault(std::slice::from_ref(&edit), &same).is_some(),
                "{edit:?}"
            );
        }
        for relation in [
            Relation::Same {
                output: "weights".into(),
            },
            Relation::Rotated {
                output: "output".into(),
                axis: 2,
            },
            Relation::SameBefore {
                output: "output".into(),
                axis: 0,
                before: 5,
            },
            Relation::SameBefore {
                output: "output".into(),
                axis: 0,
                before: 0,
            },
            Relation::Window {
                output: "output".into(),
                axis: 0,
                from: 4,
            },
        ] {
            assert!(
                fault(&[], std::slice::from_ref(&relation)).is_some(),
                "{relation:?}"
            );
        }
        assert!(fault(&[], &[]).is_some());
    }
}
