//! Softmax over rows, its logarithm, and the softmax of what a mask allows, from libtorch's own kernels.

mod log_softmax;
mod masked_softmax;

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use crate::attention_weights::{FAR_BELOW, normalised, row_max, row_sum, softmax_less};
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// Correct `f32` implementations differ most where logits are near ±[`OVERFLOWING_LOGIT`]: a sum such as max + ln Σ is
/// rounded to 2⁻¹⁸ there, an absolute error of 4 · 10⁻⁶ of the logarithm and a relative one of the weight. It must not
/// be much larger: a sum with 10⁻⁴ added to it, against a division by 0, is to be rejected.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 2e-5,
};

/// A logit beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104. Not further, because the
/// rounding error of a logit grows with it.
const OVERFLOWING_LOGIT: f64 = 120.0;

/// The axes of a matrix: along `ROWS` lie the entries of a column, along `COLUMNS` those of a row.
const ROWS: i64 = 0;
const COLUMNS: i64 = 1;

/// The exercise `softmax`.
pub fn exercise() -> Exercise {
    Exercise::new("softmax", TOLERANCE)
        .task(softmax())
        .task(log_softmax::log_softmax())
        .task(masked_softmax::masked_softmax())
}

/// libtorch's own kernels, along the rows of a matrix.
pub mod kernel {
    use tch::{Kind, Tensor};

    use super::COLUMNS;
    use crate::attention_weights::blocked;

    /// softmax(x). There may be axes before the two.
    pub fn softmax(logits: &Tensor) -> Tensor {
        logits.softmax(-1, Kind::Float)
    }

    /// ln softmax(x).
    pub fn log_softmax(logits: &Tensor) -> Tensor {
        logits.log_softmax(COLUMNS, Kind::Float)
    }

    /// The softmax that attention uses since libtorch 2.5: a row of −∞ gives zeros, not NaN.
    pub fn masked_softmax(logits: &Tensor, mask: &Tensor) -> Tensor {
        blocked(logits, Some(mask)).internal_safe_softmax(COLUMNS, Kind::Float)
    }
}

/// The formulas, each with the row's maximum subtracted.
pub mod formula {
    use tch::Tensor;

    use crate::attention_weights::{self, row_max};

    /// eˣ / Σ eˣ.
    pub fn softmax(logits: &Tensor) -> Tensor {
        attention_weights::softmax(logits)
    }

    /// x − ln Σ eˣ.
    pub fn log_softmax(logits: &Tensor) -> Tensor {
        super::log_softmax::less(logits, &row_max(logits))
    }

    /// The softmax of the allowed logits; 0 for the others.
    pub fn masked_softmax(logits: &Tensor, mask: &Tensor) -> Tensor {
        attention_weights::masked_softmax(logits, mask)
    }
}

fn softmax() -> Task {
    let task =
        Task::new("softmax", of_logits(kernel::softmax)).output("weights", ["row", "column"]);
    logits_cases(task)
        .mistake(
            "no-maximum",
            of_logits(|x| softmax_less(x, &Tensor::from(0_f32))),
        )
        .mistake(
            "no-maximum-guarded",
            of_logits(|x| x.exp() / row_sum(&x.exp()).clamp_min(1e-30)),
        )
        .mistake("global-maximum", of_logits(|x| softmax_less(x, &x.max())))
        .mistake(
            "not-the-maximum",
            of_logits(|x| softmax_less(x, &row_mean(x))),
        )
        .mistake(
            "maximum-from-zero",
            of_logits(|x| softmax_less(x, &row_max(x).clamp_min(0.0))),
        )
        .mistake(
            "maximum-per-column",
            of_logits(|x| softmax_less(x, &x.amax(ROWS, true))),
        )
        .mistake(
            "softmax-over-columns",
            of_logits(|x| x.softmax(ROWS, Kind::Float)),
        )
        .mistake(
            "normalised-over-everything",
            of_logits(|x| x.view(-1).softmax(0, Kind::Float).view_as(x)),
        )
        .form(
            "normalised-over-everything",
            "one-sum-for-everything",
            of_logits(|x| {
                let exponentials = (x - row_max(x)).exp();
                &exponentials / exponentials.sum(Kind::Float)
            }),
        )
        .mistake(
            "divided-by-length",
            of_logits(|x| (x - row_max(x)).exp() / row_length(x)),
        )
        .form(
            "divided-by-length",
            "softmax-divided-by-length",
            of_logits(|x| kernel::softmax(x) / row_length(x)),
        )
        .mistake(
            "softmax-twice",
            of_logits(|x| kernel::softmax(&kernel::softmax(x))),
        )
        .mistake("not-normalised", of_logits(|x| (x - row_max(x)).exp()))
        .mistake("exp-forgotten", of_logits(normalised))
        .mistake(
            "base-2",
            of_logits(|x| normalised(&(x - row_max(x)).exp2())),
        )
        .mistake("logits-negated", of_logits(|x| kernel::softmax(&x.neg())))
        .mistake(
            "sums-across-columns",
            of_logits(|x| {
                let exponentials = (x - row_max(x)).exp();
                &exponentials / exponentials.sum_dim_intlist(COLUMNS, false, Kind::Float)
            }),
        )
        .only_in(["square"])
        .property(
            Property::new("rows-sum-to-one", "each row of the weights adds up to 1")
                .in_case("plain")
                .disturb(["logits"], 0, 0)
                .expect_sum_of_one(["weights"], 1),
        )
        .property(a_constant_does_not_matter("plain", "weights"))
        .property(columns_in_another_order("weights"))
        .property(rows_are_independent("weights"))
}

/// Adds the cases that `softmax` and `log_softmax` share.
fn logits_cases(task: Task) -> Task {
    let logits = |tensor: Tensor| Inputs::default().with("logits", tensor);
    let normal =
        move |rows, columns| move |random: &Random| logits(random.normal(&[rows, columns]));
    task.case(
        "plain",
        "5 rows of 7, so that rows and columns cannot be taken for each other",
        normal(5, 7),
    )
    .case(
        "square",
        "as many rows as columns: here a sum of the wrong shape goes through",
        normal(4, 4),
    )
    .case(
        "rows-far-apart",
        "rows near 120, 0 and −120: exp overflows or gives 0 unless each row's own maximum is \
         subtracted",
        move |random| logits(random.normal(&[3, 6]) + logit_levels()),
    )
    .case(
        "one-far-above",
        "one logit of each row is 120 above the others: no other number is safe to subtract, not \
         even their mean; and where a weight is 0 in f32, its logarithm is not −∞",
        move |random| logits(random.normal(&[3, 5]) + far_above(5, &[2, 3, 1])),
    )
    .case(
        "one-far-below",
        "one logit of each row is 120 below the others, which share the weight",
        move |random| logits(random.normal(&[2, 4]) - far_above(4, &[0, 2])),
    )
    .case(
        "single",
        "rows of one entry, which takes all the weight, however large it is: near 1,000,000, 0 and \
         −1,000,000",
        move |random| {
            let levels = Tensor::from_slice(&[FAR_BELOW as f32, 0.0, -FAR_BELOW as f32]);
            logits(random.normal(&[3, 1]) + levels.unsqueeze(COLUMNS))
        },
    )
}

fn a_constant_does_not_matter(case: &str, output: &str) -> Property {
    Property::new(
        "a-constant-does-not-matter",
        "adding 10 to all logits changes nothing",
    )
    .in_case(case)
    .add(["logits"], 10.0)
    .expect_same([output])
}

fn columns_in_another_order(output: &str) -> Property {
    Property::new(
        "columns-in-another-order",
        "moving the columns of the logits moves the columns of the result",
    )
    .in_case("plain")
    .rotate(["logits"], 1)
    .expect_rotated([output], 1)
}

fn rows_are_independent(output: &str) -> Property {
    Property::new(
        "rows-are-independent",
        "changing rows 3 and 4 changes nothing in the rows before them",
    )
    .in_case("plain")
    .disturb(["logits"], 0, 3)
    .expect_same_before([output], 0, 3)
}

/// A computation from the input `logits` alone.
fn of_logits(compute: impl Fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| compute(&x["logits"])
}

/// The levels (3, 1) of a row that overflows, of one that does not and of one that underflows.
fn logit_levels() -> Tensor {
    Tensor::from_slice(&[OVERFLOWING_LOGIT as f32, 0.0, -OVERFLOWING_LOGIT as f32])
        .unsqueeze(COLUMNS)
}

/// [`OVERFLOWING_LOGIT`] in one column of each row, and 0 in the others: (rows, columns).
fn far_above(columns: i64, which: &[i64]) -> Tensor {
    Tensor::from_slice(which).one_hot(columns) * OVERFLOWING_LOGIT
}

fn row_length(x: &Tensor) -> f64 {
    x.size()[1] as f64
}

fn row_mean(x: &Tensor) -> Tensor {
    x.mean_dim(COLUMNS, true, Kind::Float)
}
