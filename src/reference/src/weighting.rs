//! From scores to weights to a weighted sum: the second half of every kind of attention, right and wrong.

mod mistakes;

use attentive_grader::{Edit, Property, Relation};
use tch::{Device, Kind, Tensor};

use crate::case::Inputs;
use crate::exercise::Task;
use crate::softmax::formula::{masked_softmax, softmax};

pub(crate) use mistakes::{OF_MASK, OF_ONE_RESULT, OF_SOFTMAX, Weigh};

/// Beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104.
const FAR: f64 = 150.0;

/// The axes of scores and weights.
const DOWN: i64 = 0;
const ALONG: i64 = 1;

/// The output (rows, width) and the weights (rows, columns) from scores (rows, columns), by libtorch's kernel.
///
/// The values are (columns, width), or (rows, columns, width) where each row has its own. The kernel is that of scaled
/// dot-product attention: with queries and keys of 0, the scores can be handed to it as the bias that it adds to its
/// products, and with the identity as values its output is the weights.
pub fn kernel(scores: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> (Tensor, Tensor) {
    let (rows, columns) = (scores.size()[0], scores.size()[1]);
    let zeros = |length| Tensor::zeros([rows, length, 1], (Kind::Float, Device::Cpu));
    let bias = filled(scores, mask, f64::NEG_INFINITY).unsqueeze(1);
    let attend = |values: &Tensor| {
        let values = values.expand([rows, columns, -1], false);
        Tensor::scaled_dot_product_attention(
            &zeros(1),
            &zeros(columns),
            &values,
            Some(&bias),
            0.0,
            false,
            None,
            false,
        )
        .squeeze_dim(1)
    };
    (
        attend(values),
        attend(&Tensor::eye(columns, (Kind::Float, Device::Cpu))),
    )
}

/// The same by the formula: a softmax over what the mask allows, 0 where it allows nothing, and a weighted sum.
pub fn formula(scores: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> (Tensor, Tensor) {
    let weights = weights(scores, mask);
    (weighted_sum(&weights, values), weights)
}

/// What a task calls the scores, the values and the output, and what each row of its scores belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Weighting {
    pub(crate) scores: &'static str,
    pub(crate) values: &'static str,
    pub(crate) output: &'static str,
    pub(crate) row: &'static str,
    pub(crate) column: &'static str,
}

impl Weighting {
    /// The task, without cases.
    pub(crate) fn task(self, name: &'static str) -> Task {
        let right = move |x: &Inputs| {
            let (output, weights) = kernel(&x[self.scores], &x[self.values], x.get("mask"));
            vec![weights, output]
        };
        Task::new(name, right)
            .output("weights", &[self.row, self.column])
            .output(self.output, &[self.row, "feature"])
    }

    /// What a task returns, with other weights than the right ones.
    pub(crate) fn with(self, weigh: Weigh) -> impl Fn(&Inputs) -> Vec<Tensor> {
        self.with_two(weigh, weigh)
    }

    /// What a task returns, with weights that are one thing and an output that is made with other ones.
    fn with_two(self, returned: Weigh, summed_with: Weigh) -> impl Fn(&Inputs) -> Vec<Tensor> {
        move |x| {
            let (scores, mask) = (&x[self.scores], x.get("mask"));
            let output = weighted_sum(&summed_with(scores, mask), &x[self.values]);
            vec![returned(scores, mask), output]
        }
    }

    /// What a task returns, with the right weights and another output than the right one.
    pub(crate) fn with_output(
        self,
        output: impl Fn(&Tensor, &Tensor) -> Tensor,
    ) -> impl Fn(&Inputs) -> Vec<Tensor> {
        move |x| {
            let weights = weights(&x[self.scores], x.get("mask"));
            let output = output(&weights, &x[self.values]);
            vec![weights, output]
        }
    }

    /// The mistakes that need no mask. `across_rows` is the id of a softmax along the wrong axis.
    pub(crate) fn softmax_mistakes(self, task: Task, across_rows: &'static str) -> Task {
        let task = task.mistake(
            across_rows,
            self.with(|scores, mask| weights(&scores.tr(), mask.map(Tensor::tr).as_ref()).tr()),
        );
        OF_SOFTMAX
            .into_iter()
            .fold(task, |task, (id, weigh)| task.mistake(id, self.with(weigh)))
            .mistake("weights-before-softmax", move |x| {
                let (output, _) = formula(&x[self.scores], &x[self.values], x.get("mask"));
                vec![x[self.scores].shallow_clone(), output]
            })
            .mistake(
                "divided-by-length",
                self.with_output(|weights, values| {
                    weighted_sum(weights, values) / weights.size()[ALONG as usize] as f64
                }),
            )
    }

    /// The mistakes that have to do with the mask.
    pub(crate) fn mask_mistakes(self, task: Task) -> Task {
        let task = OF_MASK
            .into_iter()
            .fold(task, |task, (id, weigh)| task.mistake(id, self.with(weigh)));
        OF_ONE_RESULT
            .into_iter()
            .fold(task, |task, (id, returned, summed_with)| {
                task.mistake(id, self.with_two(returned, summed_with))
            })
    }

    /// The property that weights add up to 1 in a case, whatever the scores are.
    pub(crate) fn sums_to_one(self, case: &str) -> Property {
        Property {
            name: "weights-sum-to-one".into(),
            sentence: format!("the weights of each {} add up to 1", self.row),
            case: case.into(),
            edits: vec![Edit::Disturb {
                input: self.scores.into(),
                axis: 0,
                from: 0,
            }],
            relations: vec![Relation::SumsToOne {
                output: "weights".into(),
                axis: 1,
            }],
        }
    }

    /// The property that only differences of scores matter.
    pub(crate) fn a_constant_does_not_matter(self, case: &str) -> Property {
        Property {
            name: "a-constant-does-not-matter".into(),
            sentence: "adding 10 to all scores changes nothing".into(),
            case: case.into(),
            edits: vec![Edit::Add {
                input: self.scores.into(),
                value: 10.0,
            }],
            relations: self.same(),
        }
    }

    /// The property that what the mask blocks from a column on, in every row of the case, is not read. `axis` is the
    /// axis of the values that the columns are.
    pub(crate) fn blocked_does_not_matter(self, case: &str, axis: usize, from: usize) -> Property {
        Property {
            name: "padding-does-not-matter".into(),
            sentence: "what stands in padded positions changes nothing".into(),
            case: case.into(),
            edits: vec![
                Edit::Disturb {
                    input: self.scores.into(),
                    axis: 1,
                    from,
                },
                Edit::Disturb {
                    input: self.values.into(),
                    axis,
                    from,
                },
            ],
            relations: self.same(),
        }
    }

    /// The property that the order of the columns does not matter to the output. `axis` is the axis of the values
    /// that the columns are.
    pub(crate) fn order_does_not_matter(self, case: &str, axis: usize) -> Property {
        Property {
            name: format!("{}s-in-another-order", self.column),
            sentence: format!(
                "moving the {}s with all that belongs to them moves the weights and leaves the {} as it is",
                self.column, self.output
            ),
            case: case.into(),
            edits: vec![
                Edit::Rotate {
                    input: self.scores.into(),
                    axis: 1,
                },
                Edit::Rotate {
                    input: self.values.into(),
                    axis,
                },
                // Where there is no mask, this changes nothing.
                Edit::Rotate {
                    input: "mask".into(),
                    axis: 1,
                },
            ],
            relations: vec![
                Relation::Rotated {
                    output: "weights".into(),
                    axis: 1,
                },
                Relation::Same {
                    output: self.output.into(),
                },
            ],
        }
    }

    /// The property that a row depends on its own scores alone.
    pub(crate) fn rows_are_independent(self, case: &str, from: usize) -> Property {
        Property {
            name: "rows-are-independent".into(),
            sentence: format!(
                "changing the scores from {} {from} on changes nothing before it",
                self.row
            ),
            case: case.into(),
            edits: vec![Edit::Disturb {
                input: self.scores.into(),
                axis: 0,
                from,
            }],
            relations: ["weights", self.output]
                .map(|output| Relation::SameBefore {
                    output: output.into(),
                    axis: 0,
                    before: from,
                })
                .into(),
        }
    }

    fn same(self) -> Vec<Relation> {
        ["weights", self.output]
            .map(|output| Relation::Same {
                output: output.into(),
            })
            .into()
    }
}

/// What is added to three rows of scores so that `exp` overflows in one and is 0 throughout another: (3, 1).
pub(crate) fn levels() -> Tensor {
    Tensor::from_slice(&[FAR as f32, 0.0, -FAR as f32]).unsqueeze(ALONG)
}

/// What is added to scores (rows, columns) so that one of each row is far above the others, or, negated, far below.
/// Which one, is given for each row.
pub(crate) fn one_far_above(columns: i64, which: &[i64]) -> Tensor {
    Tensor::from_slice(which).one_hot(columns) * FAR
}

/// A mask (rows, columns) that allows the first few columns of each row, a number for each row.
pub(crate) fn first_columns(columns: i64, allowed: &[i64]) -> Tensor {
    let allowed = Tensor::from_slice(allowed).unsqueeze(ALONG);
    Tensor::arange(columns, (Kind::Int64, Device::Cpu))
        .unsqueeze(DOWN)
        .less_tensor(&allowed)
}

/// Σ weight · value in each row.
pub(crate) fn weighted_sum(weights: &Tensor, values: &Tensor) -> Tensor {
    weights.unsqueeze(1).matmul(values).squeeze_dim(1)
}

/// The right weights.
pub(crate) fn weights(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    mask.map_or_else(|| softmax(scores), |mask| masked_softmax(scores, mask))
}

fn filled(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    mask.map_or_else(
        || scores.shallow_clone(),
        |mask| scores.masked_fill(&mask.logical_not(), sentinel),
    )
}
