//! Softmax over rows, its logarithm, and the softmax of what a mask allows, from libtorch's own kernels.

mod masked;

use attentive_grader::{Edit, Property, Relation, Tolerance};
use tch::{Kind, Tensor};

use crate::case::{Inputs, Random};
use crate::exercise::{Exercise, Task};

/// Correct `f32` implementations differ most where logits are near ±[`FAR`]: a sum such as max + ln Σ is rounded
/// to 2⁻¹⁸ there, an absolute error of 4 · 10⁻⁶ of the logarithm and a relative one of the weight.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 1e-4,
};

/// Beyond what `exp` can do in `f32`: it is infinite above 88.7 and 0 below −104. Not further, because the rounding
/// error of a logit grows with it.
const FAR: f64 = 120.0;

/// The axes of the matrices.
const DOWN: i64 = 0;
const ALONG: i64 = 1;

/// The exercise `softmax`.
pub fn exercise() -> Exercise {
    Exercise::new("softmax", TOLERANCE)
        .task(softmax())
        .task(log_softmax())
        .task(masked::masked_softmax())
}

/// What libtorch itself has for each task, along the rows of a matrix.
pub mod kernel {
    use tch::{Kind, Tensor};

    /// softmax(x).
    pub fn softmax(logits: &Tensor) -> Tensor {
        logits.softmax(super::ALONG, Kind::Float)
    }

    /// ln softmax(x).
    pub fn log_softmax(logits: &Tensor) -> Tensor {
        logits.log_softmax(super::ALONG, Kind::Float)
    }

    /// The softmax that attention uses since libtorch 2.5: a row of −∞ gives zeros, not NaN.
    pub fn masked_softmax(logits: &Tensor, mask: &Tensor) -> Tensor {
        super::filled(logits, mask, f64::NEG_INFINITY)
            .internal_safe_softmax(super::ALONG, Kind::Float)
    }
}

/// The same by the formulas, each with the row's maximum subtracted.
pub mod formula {
    use tch::Tensor;

    use super::{filled, log_ratio, nothing, ratio, row_max};

    /// eˣ / Σ eˣ.
    pub fn softmax(logits: &Tensor) -> Tensor {
        ratio(logits, &row_max(logits))
    }

    /// x − ln Σ eˣ.
    pub fn log_softmax(logits: &Tensor) -> Tensor {
        log_ratio(logits, &row_max(logits))
    }

    /// The softmax of the allowed logits; 0 for the others.
    pub fn masked_softmax(logits: &Tensor, mask: &Tensor) -> Tensor {
        softmax(&filled(logits, mask, f64::NEG_INFINITY)).masked_fill(&nothing(mask), 0.0)
    }
}

fn softmax() -> Task {
    let task = Task::new("softmax", |x| vec![kernel::softmax(&x["logits"])]);
    logits_cases(task.output("weights", &["row", "column"]))
        .mistake("no-maximum", of_logits(|x| ratio(x, &Tensor::from(0_f32))))
        .mistake(
            "no-maximum-guarded",
            of_logits(|x| x.exp() / row_sum(&x.exp()).clamp_min(1e-30)),
        )
        .mistake("global-maximum", of_logits(|x| ratio(x, &x.max())))
        .mistake("not-the-maximum", of_logits(|x| ratio(x, &row_mean(x))))
        .mistake(
            "maximum-from-zero",
            of_logits(|x| ratio(x, &row_max(x).clamp_min(0.0))),
        )
        .mistake(
            "maximum-per-column",
            of_logits(|x| ratio(x, &x.amax(DOWN, true))),
        )
        .mistake(
            "softmax-over-columns",
            of_logits(|x| x.softmax(DOWN, Kind::Float)),
        )
        .mistake(
            "normalised-over-everything",
            of_logits(|x| x.view(-1).softmax(0, Kind::Float).view_as(x)),
        )
        .mistake(
            "softmax-twice",
            of_logits(|x| kernel::softmax(&kernel::softmax(x))),
        )
        .mistake("not-normalised", of_logits(|x| (x - row_max(x)).exp()))
        .mistake("exp-forgotten", of_logits(|x| x / row_sum(x)))
        .mistake("base-2", of_logits(|x| normalised((x - row_max(x)).exp2())))
        .mistake("logits-negated", of_logits(|x| kernel::softmax(&x.neg())))
        .mistake_in(
            &["square"],
            "sums-across-columns",
            of_logits(|x| {
                let exp = (x - row_max(x)).exp();
                &exp / exp.sum_dim_intlist(ALONG, false, Kind::Float)
            }),
        )
        .property(Property {
            name: "rows-sum-to-one".into(),
            sentence: "each row of the weights adds up to 1".into(),
            case: "plain".into(),
            edits: vec![disturbed(DOWN, 0)],
            relations: vec![Relation::SumsToOne {
                output: "weights".into(),
                axis: 1,
            }],
        })
        .property(a_constant_does_not_matter("plain", "weights"))
        .property(columns_in_another_order("weights"))
        .property(rows_are_independent("weights"))
}

fn log_softmax() -> Task {
    let task = Task::new("log_softmax", |x| vec![kernel::log_softmax(&x["logits"])]);
    logits_cases(task.output("logs", &["row", "column"]))
        .mistake("log-of-softmax", of_logits(|x| kernel::softmax(x).log()))
        .mistake(
            "epsilon-in-the-logarithm",
            of_logits(|x| (kernel::softmax(x) + 1e-9).log()),
        )
        .mistake("log-forgotten", of_logits(kernel::softmax))
        .mistake(
            "no-maximum",
            of_logits(|x| log_ratio(x, &Tensor::from(0_f32))),
        )
        .mistake("global-maximum", of_logits(|x| log_ratio(x, &x.max())))
        .mistake("not-the-maximum", of_logits(|x| log_ratio(x, &row_mean(x))))
        .mistake(
            "maximum-from-zero",
            of_logits(|x| log_ratio(x, &row_max(x).clamp_min(0.0))),
        )
        .mistake(
            "maximum-not-restored",
            of_logits(|x| x - row_sum(&(x - row_max(x)).exp()).log()),
        )
        .mistake(
            "maximum-subtracted-twice",
            of_logits(|x| kernel::log_softmax(x) - row_max(x)),
        )
        .mistake(
            "softmax-over-columns",
            of_logits(|x| x.log_softmax(DOWN, Kind::Float)),
        )
        .mistake(
            "normalised-over-everything",
            of_logits(|x| x - x.view(-1).logsumexp(0, false)),
        )
        .mistake(
            "sum-added",
            of_logits(|x| minus_of_sum(x, |sum| sum.log().neg())),
        )
        .mistake(
            "sum-without-logarithm",
            of_logits(|x| minus_of_sum(x, Tensor::shallow_clone)),
        )
        .mistake("log-base-2", of_logits(|x| minus_of_sum(x, Tensor::log2)))
        .mistake("log-base-10", of_logits(|x| minus_of_sum(x, Tensor::log10)))
        .mistake(
            "result-negated",
            of_logits(|x| kernel::log_softmax(x).neg()),
        )
        .property(a_constant_does_not_matter("plain", "logs"))
        .property(columns_in_another_order("logs"))
        .property(rows_are_independent("logs"))
}

/// The cases that `softmax` and `log_softmax` share.
fn logits_cases(task: Task) -> Task {
    let normal = |rows, columns| {
        move |random: &Random| Inputs::default().with("logits", random.normal(&[rows, columns]))
    };
    task.case("plain", "5 rows of 7, so that rows and columns cannot be taken for each other", normal(5, 7))
        .case("square", "as many rows as columns: here a sum of the wrong shape goes through", normal(4, 4))
        .case(
            "rows-far-apart",
            "rows near 120, 0 and −120: exp overflows or gives 0 unless each row's own maximum is subtracted",
            |random| Inputs::default().with("logits", random.normal(&[3, 6]) + levels()),
        )
        .case(
            "one-far-above",
            "one logit of each row is 120 above the others: no other number is safe to subtract, not even their mean; \
             and where a weight is 0 in f32, its logarithm is not −∞",
            |random| Inputs::default().with("logits", random.normal(&[3, 5]) + one_of(5, &[2, 3, 1]) * FAR),
        )
        .case("one-far-below", "one logit of each row is 120 below the others, which share the weight", |random| {
            Inputs::default().with("logits", random.normal(&[2, 4]) - one_of(4, &[0, 2]) * FAR)
        })
        .case("single", "rows of one entry, which takes all the weight", normal(3, 1))
}

fn a_constant_does_not_matter(case: &str, output: &str) -> Property {
    Property {
        name: "a-constant-does-not-matter".into(),
        sentence: "adding 10 to all logits changes nothing".into(),
        case: case.into(),
        edits: vec![Edit::Add {
            input: "logits".into(),
            value: 10.0,
        }],
        relations: vec![Relation::Same {
            output: output.into(),
        }],
    }
}

fn columns_in_another_order(output: &str) -> Property {
    Property {
        name: "columns-in-another-order".into(),
        sentence: "moving the columns of the logits moves the columns of the result".into(),
        case: "plain".into(),
        edits: vec![Edit::Rotate {
            input: "logits".into(),
            axis: 1,
        }],
        relations: vec![Relation::Rotated {
            output: output.into(),
            axis: 1,
        }],
    }
}

fn rows_are_independent(output: &str) -> Property {
    Property {
        name: "rows-are-independent".into(),
        sentence: "changing rows 3 and 4 changes nothing in the rows before them".into(),
        case: "plain".into(),
        edits: vec![disturbed(DOWN, 3)],
        relations: vec![Relation::SameBefore {
            output: output.into(),
            axis: 0,
            before: 3,
        }],
    }
}

fn disturbed(axis: i64, from: usize) -> Edit {
    Edit::Disturb {
        input: "logits".into(),
        axis: axis as usize,
        from,
    }
}

fn of_logits(compute: impl Fn(&Tensor) -> Tensor) -> impl Fn(&Inputs) -> Vec<Tensor> {
    move |x| vec![compute(&x["logits"])]
}

/// What is added to three rows to have one that overflows, one that does not and one that underflows: (3, 1).
fn levels() -> Tensor {
    Tensor::from_slice(&[FAR as f32, 0.0, -FAR as f32]).unsqueeze(ALONG)
}

/// 1 for one column of each row, and 0 for the others: (rows, columns).
fn one_of(columns: i64, which: &[i64]) -> Tensor {
    Tensor::from_slice(which).one_hot(columns)
}

fn row_max(x: &Tensor) -> Tensor {
    x.amax(ALONG, true)
}

fn row_sum(x: &Tensor) -> Tensor {
    x.sum_dim_intlist(ALONG, true, Kind::Float)
}

fn row_mean(x: &Tensor) -> Tensor {
    x.mean_dim(ALONG, true, Kind::Float)
}

fn normalised(x: Tensor) -> Tensor {
    &x / row_sum(&x)
}

/// e^(x − c) / Σ e^(x − c).
fn ratio(x: &Tensor, constant: &Tensor) -> Tensor {
    normalised((x - constant).exp())
}

/// (x − c) − ln Σ e^(x − c).
fn log_ratio(x: &Tensor, constant: &Tensor) -> Tensor {
    let x = x - constant;
    &x - row_sum(&x.exp()).log()
}

/// (x − max) minus something else of Σ e^(x − max) than its logarithm.
fn minus_of_sum(x: &Tensor, something: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let x = x - row_max(x);
    &x - something(&row_sum(&x.exp()))
}

fn filled(logits: &Tensor, mask: &Tensor, sentinel: f64) -> Tensor {
    logits.masked_fill(&mask.logical_not(), sentinel)
}

/// Where (rows, 1) a row is blocked altogether.
fn nothing(mask: &Tensor) -> Tensor {
    mask.any_dim(ALONG, true).logical_not()
}
