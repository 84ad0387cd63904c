//! From scores to weights to a weighted sum: the second half of every kind of attention, right and wrong.

use attentive_grader::{Edit, Property, Relation};
use tch::{Device, Kind, Tensor};

use crate::case::Inputs;
use crate::exercise::Task;
use crate::softmax::formula::{masked_softmax, softmax};

/// Beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104.
const FAR: f64 = 150.0;
/// What looks small enough to block and is not, beside scores near −[`FAR`].
const TOO_SMALL: f64 = -100.0;

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
    (attend(values), attend(&Tensor::eye(columns, (Kind::Float, Device::Cpu))))
}

/// The same by the formula: a softmax over what the mask allows, 0 where it allows nothing, and a weighted sum.
pub fn formula(scores: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> (Tensor, Tensor) {
    let weights = weights(scores, mask);
    (weighted_sum(&weights, values), weights)
}

/// A way from scores and a mask to weights.
pub(crate) type Weigh = fn(&Tensor, Option<&Tensor>) -> Tensor;

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
        move |x| {
            let weights = weigh(&x[self.scores], x.get("mask"));
            let output = weighted_sum(&weights, &x[self.values]);
            vec![weights, output]
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
        task.mistake(
            across_rows,
            self.with(|scores, mask| weights(&scores.tr(), mask.map(Tensor::tr).as_ref()).tr()),
        )
        .mistake(
            "normalised-over-everything",
            self.with(|scores, mask| {
                filled(scores, mask, f64::NEG_INFINITY).flatten(0, -1).softmax(0, Kind::Float).view_as(scores)
            }),
        )
        .mistake("no-maximum", self.with(|scores, mask| ratio(scores, &Tensor::from(0_f32), mask)))
        .mistake(
            "global-maximum",
            self.with(|scores, mask| ratio(scores, &filled(scores, mask, f64::NEG_INFINITY).max(), mask)),
        )
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
        task.mistake("mask-ignored", self.with(|scores, _| softmax(scores)))
            .mistake(
                "mask-inverted",
                self.with(|scores, mask| weights(scores, mask.map(Tensor::logical_not).as_ref())),
            )
            .mistake("masked-scores-zeroed", self.with(|scores, mask| softmax_filled(scores, mask, 0.0)))
            .mistake("sentinel-too-small", self.with(|scores, mask| softmax_filled(scores, mask, TOO_SMALL)))
            .mistake(
                "mask-after-softmax",
                self.with(|scores, mask| mask.map_or_else(|| softmax(scores), |mask| softmax(scores) * mask)),
            )
            .mistake(
                "nan-on-masked-rows",
                self.with(|scores, mask| softmax(&filled(scores, mask, f64::NEG_INFINITY))),
            )
            .mistake("uniform-on-masked-rows", self.with(|scores, mask| softmax(&filled(scores, mask, -1e9))))
    }

    /// The property that weights add up to 1 in a case, whatever the scores are.
    pub(crate) fn sums_to_one(self, case: &str) -> Property {
        Property {
            name: "weights-sum-to-one".into(),
            sentence: format!("the weights of each {} add up to 1", self.row),
            case: case.into(),
            edits: vec![Edit::Disturb { input: self.scores.into(), axis: 0, from: 0 }],
            relations: vec![Relation::SumsToOne { output: "weights".into(), axis: 1 }],
        }
    }

    /// The property that only differences of scores matter.
    pub(crate) fn a_constant_does_not_matter(self, case: &str) -> Property {
        Property {
            name: "a-constant-does-not-matter".into(),
            sentence: "adding 10 to all scores changes nothing".into(),
            case: case.into(),
            edits: vec![Edit::Add { input: self.scores.into(), value: 10.0 }],
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
                Edit::Disturb { input: self.scores.into(), axis: 1, from },
                Edit::Disturb { input: self.values.into(), axis, from },
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
                Edit::Rotate { input: self.scores.into(), axis: 1 },
                Edit::Rotate { input: self.values.into(), axis },
                // Where there is no mask, this changes nothing.
                Edit::Rotate { input: "mask".into(), axis: 1 },
            ],
            relations: vec![
                Relation::Rotated { output: "weights".into(), axis: 1 },
                Relation::Same { output: self.output.into() },
            ],
        }
    }

    /// The property that a row depends on its own scores alone.
    pub(crate) fn rows_are_independent(self, case: &str, from: usize) -> Property {
        Property {
            name: "rows-are-independent".into(),
            sentence: format!("changing the scores from {} {from} on changes nothing before it", self.row),
            case: case.into(),
            edits: vec![Edit::Disturb { input: self.scores.into(), axis: 0, from }],
            relations: ["weights", self.output]
                .map(|output| Relation::SameBefore { output: output.into(), axis: 0, before: from })
                .into(),
        }
    }

    fn same(self) -> Vec<Relation> {
        ["weights", self.output].map(|output| Relation::Same { output: output.into() }).into()
    }
}

/// What is added to three rows of scores so that `exp` overflows in one and is 0 throughout another: (3, 1).
pub(crate) fn levels() -> Tensor {
    Tensor::from_slice(&[FAR as f32, 0.0, -FAR as f32]).unsqueeze(ALONG)
}

/// A mask (rows, columns) that allows the first few columns of each row, a number for each row.
pub(crate) fn first_columns(columns: i64, allowed: &[i64]) -> Tensor {
    let allowed = Tensor::from_slice(allowed).unsqueeze(ALONG);
    Tensor::arange(columns, (Kind::Int64, Device::Cpu)).unsqueeze(DOWN).less_tensor(&allowed)
}

/// Σ weight · value in each row.
pub(crate) fn weighted_sum(weights: &Tensor, values: &Tensor) -> Tensor {
    weights.unsqueeze(1).matmul(values).squeeze_dim(1)
}

/// The right weights.
pub(crate) fn weights(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    mask.map_or_else(|| softmax(scores), |mask| masked_softmax(scores, mask))
}

/// The softmax with another constant than the row's maximum subtracted.
fn ratio(scores: &Tensor, constant: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let exp = (filled(scores, mask, f64::NEG_INFINITY) - constant).exp();
    let weights = &exp / exp.sum_dim_intlist(ALONG, true, Kind::Float);
    mask.map_or_else(|| weights.shallow_clone(), |mask| weights.masked_fill(&nothing(mask), 0.0))
}

fn filled(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    mask.map_or_else(|| scores.shallow_clone(), |mask| scores.masked_fill(&mask.logical_not(), sentinel))
}

/// Softmax with a sentinel that is not −∞, but with 0 in the rows that are blocked altogether.
fn softmax_filled(scores: &Tensor, mask: Option<&Tensor>, sentinel: f64) -> Tensor {
    let weights = softmax(&filled(scores, mask, sentinel));
    mask.map_or_else(|| weights.shallow_clone(), |mask| weights.masked_fill(&nothing(mask), 0.0))
}

/// Where (rows, 1) a row is blocked altogether.
fn nothing(mask: &Tensor) -> Tensor {
    mask.any_dim(ALONG, true).logical_not()
}
