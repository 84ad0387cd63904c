//! From scores to weights to a weighted sum: the second half of every kind of attention, right and wrong.

mod properties;

use tch::{Device, Kind, Tensor};

use crate::attention_weights::{
    Attention, MASK_MISTAKES, SOFTMAX_MISTAKES, SPLIT_MISTAKES, WeightsFn, attention_forms,
    blocked, weights,
};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;

/// A score beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104.
const OVERFLOWING_LOGIT: f64 = 150.0;

/// The axis of the columns in scores and weights.
const COLUMNS: i64 = 1;

/// Weights (rows, columns) and output (rows, width) from scores (rows, columns), by libtorch's kernel.
///
/// The values are (columns, width), or (rows, columns, width) where each row has its own. The kernel is that of scaled
/// dot-product attention: with queries and keys of 0, the scores can be handed to it as the bias that it adds to its
/// products, and with the identity as values its output is the weights.
pub fn kernel(scores: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> Attention {
    let (rows, columns) = (scores.size()[0], scores.size()[1]);
    let zeros = |length| Tensor::zeros([rows, length, 1], (Kind::Float, Device::Cpu));
    let bias = blocked(scores, mask).unsqueeze(1);
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
    Attention {
        weights: attend(&Tensor::eye(columns, (Kind::Float, Device::Cpu))),
        output: attend(values),
    }
}

/// The formula: a softmax over what the mask allows, 0 where it allows nothing, and a weighted sum.
pub fn formula(scores: &Tensor, values: &Tensor, mask: Option<&Tensor>) -> Attention {
    let weights = weights(scores, mask);
    Attention {
        output: weighted_sum(&weights, values),
        weights,
    }
}

/// The names that a task has for scores, values and output, and for what a row and a column of its scores belong to.
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
        let right =
            move |x: &Inputs| self.outputs(kernel(&x[self.scores], &x[self.values], x.get("mask")));
        Task::new(name, right)
            .output("weights", [self.row, self.column])
            .output(self.output, [self.row, "feature"])
    }

    /// Computes the task with other weights than the right ones.
    pub(crate) fn with_weights(self, weights: WeightsFn) -> impl Fn(&Inputs) -> Outputs {
        self.with_two_weights(weights, weights)
    }

    /// Computes the task so that it returns some weights, and an output that is made with others.
    fn with_two_weights(
        self,
        returned: WeightsFn,
        summed_with: WeightsFn,
    ) -> impl Fn(&Inputs) -> Outputs {
        move |x| {
            let (scores, mask) = (&x[self.scores], x.get("mask"));
            self.outputs(Attention {
                weights: returned(scores, mask),
                output: weighted_sum(&summed_with(scores, mask), &x[self.values]),
            })
        }
    }

    /// Computes the task with the right weights and a wrong output.
    pub(crate) fn with_output(
        self,
        output: impl Fn(&Tensor, &Tensor) -> Tensor,
    ) -> impl Fn(&Inputs) -> Outputs {
        move |x| {
            let weights = weights(&x[self.scores], x.get("mask"));
            self.outputs(Attention {
                output: output(&weights, &x[self.values]),
                weights,
            })
        }
    }

    /// Adds the mistakes that need no mask. `across_rows` is the id of a softmax along the wrong axis.
    pub(crate) fn softmax_mistakes(self, task: Task, across_rows: &'static str) -> Task {
        let over_rows: WeightsFn =
            |scores, mask| weights(&scores.tr(), mask.map(Tensor::tr).as_ref()).tr();
        let task = task.mistake(across_rows, self.with_weights(over_rows));
        SOFTMAX_MISTAKES
            .into_iter()
            .fold(task, |task, (id, weights)| {
                task.mistake(id, self.with_weights(weights))
            })
            .mistake("weights-before-softmax", move |x| {
                let right = formula(&x[self.scores], &x[self.values], x.get("mask"));
                self.outputs(Attention {
                    weights: x[self.scores].shallow_clone(),
                    ..right
                })
            })
            .mistake(
                "divided-by-length",
                self.with_output(|weights, values| {
                    let length = weights.size()[COLUMNS as usize] as f64;
                    weighted_sum(weights, values) / length
                }),
            )
    }

    /// Adds the mistakes that have to do with the mask.
    pub(crate) fn mask_mistakes(self, task: Task) -> Task {
        let task = MASK_MISTAKES.into_iter().fold(task, |task, (id, weights)| {
            task.mistake(id, self.with_weights(weights))
        });
        let task = attention_forms().fold(task, |task, form| {
            let weights = form.weights;
            form.add_to(task, self.with_weights(weights))
        });
        SPLIT_MISTAKES.into_iter().fold(task, |task, mistake| {
            let wrong = self.with_two_weights(mistake.returned, mistake.summed_with);
            task.mistake(mistake.id, wrong)
        })
    }

    fn outputs(self, Attention { weights, output }: Attention) -> Outputs {
        [("weights", weights), (self.output, output)].into()
    }
}

/// The levels (3, 1) of a row of scores for which `exp` overflows, of one for which it does not, and of one for which it
/// is 0 throughout.
pub(crate) fn logit_levels() -> Tensor {
    Tensor::from_slice(&[OVERFLOWING_LOGIT as f32, 0.0, -OVERFLOWING_LOGIT as f32])
        .unsqueeze(COLUMNS)
}

/// [`OVERFLOWING_LOGIT`] in one column of each row, and 0 in the others: (rows, columns). Added to scores, it puts one
/// of each row far above the others; subtracted, far below.
/// `which` has its column for each row.
pub(crate) fn far_above(columns: i64, which: &[i64]) -> Tensor {
    Tensor::from_slice(which).one_hot(columns) * OVERFLOWING_LOGIT
}

/// Σ weight · value in each row.
pub(crate) fn weighted_sum(weights: &Tensor, values: &Tensor) -> Tensor {
    weights.unsqueeze(1).matmul(values).squeeze_dim(1)
}
