//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip};

type OfLogits = fn(ArrayView2<'_, f32>) -> Array2<f32>;
type OfMasked = fn(ArrayView2<'_, f32>, ArrayView2<'_, bool>) -> Array2<f32>;

fn with(softmax: OfLogits, log_softmax: OfLogits, masked_softmax: OfMasked) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("softmax", move |case| {
            Ok(case.reply("weights", softmax(case.view("logits")?)))
        })
        .task("log_softmax", move |case| {
            Ok(case.reply("logs", log_softmax(case.view("logits")?)))
        })
        .task("masked_softmax", move |case| {
            Ok(case.reply(
                "weights",
                masked_softmax(case.view("logits")?, case.mask("mask")?),
            ))
        })
}

/// Does something with each row.
fn by_rows(x: ArrayView2<'_, f32>, row: impl Fn(ArrayView1<'_, f32>) -> Vec<f32>) -> Array2<f32> {
    let entries = x.rows().into_iter().flat_map(row).collect();
    Array2::from_shape_vec(x.raw_dim(), entries).expect("a row for each row")
}

#[test]
fn everything_in_f64() {
    fn exp(x: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
        let max = x.map_axis(Axis(1), |row| {
            row.fold(f64::NEG_INFINITY, |max, &x| max.max(x))
        });
        let exp = (x - max.insert_axis(Axis(1))).exp();
        let sum = exp.sum_axis(Axis(1)).insert_axis(Axis(1));
        (exp, sum)
    }
    fn softmax(x: &Array2<f64>) -> Array2<f64> {
        let (exp, sum) = exp(x);
        exp / sum
    }
    with(
        |x| softmax(&x.mapv(f64::from)).mapv(|weight| weight as f32),
        |x| {
            let (exp, sum) = exp(&x.mapv(f64::from));
            (exp.ln() - sum.ln()).mapv(|log| log as f32)
        },
        |x, mask| {
            let mut x = x.mapv(f64::from);
            x.zip_mut_with(&mask, |x, &may| {
                *x = if may { *x } else { f64::NEG_INFINITY }
            });
            softmax(&x).mapv(|weight| if weight.is_nan() { 0.0 } else { weight as f32 })
        },
    )
    .accept();
}

#[test]
fn all_from_the_logarithm_of_the_sum_of_exp() {
    fn log_sum_exp(row: ArrayView1<'_, f32>) -> f32 {
        let max = row.fold(f32::MIN, |max, &x| max.max(x));
        let sum: f32 = row.iter().map(|x| (x - max).exp()).sum();
        // At least 1, except in a row of −∞: there, this keeps the difference below at −∞.
        max + sum.max(f32::MIN_POSITIVE).ln()
    }
    fn logs(x: ArrayView2<'_, f32>) -> Array2<f32> {
        let sums: Array1<f32> = x.rows().into_iter().map(log_sum_exp).collect();
        &x - &sums.insert_axis(Axis(1))
    }
    with(
        |x| logs(x).exp(),
        logs,
        |x, mask| {
            let allowed = Zip::from(x)
                .and(mask)
                .map_collect(|&x, &may| if may { x } else { f32::NEG_INFINITY });
            logs(allowed.view()).exp()
        },
    )
    .accept();
}

#[test]
fn one_pass_with_a_running_maximum_from_the_last_column_to_the_first() {
    fn sum(row: impl Iterator<Item = f32>) -> (f32, f32) {
        row.fold((f32::NEG_INFINITY, 0.0), |(max, sum), x| {
            let new = x.max(max);
            (new, sum * (max - new).exp() + (x - new).exp())
        })
    }
    with(
        |x| {
            by_rows(x, |row| {
                let (max, sum) = sum(row.iter().rev().copied());
                row.iter().map(|x| (x - max).exp() / sum).collect()
            })
        },
        |x| {
            by_rows(x, |row| {
                let (max, sum) = sum(row.iter().rev().copied());
                row.iter().map(|x| x - max - sum.ln()).collect()
            })
        },
        |x, mask| {
            let mut weights = Array2::zeros(x.raw_dim());
            for i in 0..x.nrows() {
                let allowed: Vec<usize> = (0..x.ncols()).rev().filter(|&j| mask[(i, j)]).collect();
                let (max, sum) = sum(allowed.iter().map(|&j| x[(i, j)]));
                allowed
                    .iter()
                    .for_each(|&j| weights[(i, j)] = (x[(i, j)] - max).exp() / sum);
            }
            weights
        },
    )
    .accept();
}

#[test]
fn a_sentinel_of_minus_1e9_and_weights_set_to_zero_afterwards() {
    fn softmax(mut x: Array2<f32>) -> Array2<f32> {
        x -= &x
            .map_axis(Axis(1), |row| row.fold(f32::MIN, |max, &x| max.max(x)))
            .insert_axis(Axis(1));
        x.mapv_inplace(f32::exp);
        let scale = x.sum_axis(Axis(1)).recip().insert_axis(Axis(1));
        x * scale
    }
    with(
        |x| softmax(x.to_owned()),
        |x| {
            // The largest logit adds exp(0) = 1 to the sum, whatever it is.
            by_rows(x, |row| {
                let largest = (0..row.len())
                    .max_by(|&i, &j| row[i].total_cmp(&row[j]))
                    .expect("a column");
                let max = row[largest];
                let others = (0..row.len()).filter(|&i| i != largest);
                let log = others.map(|i| (row[i] - max).exp()).sum::<f32>().ln_1p();
                row.iter().map(|x| x - max - log).collect()
            })
        },
        |x, mask| {
            let allowed = mask.mapv(|may| f32::from(u8::from(may)));
            softmax(&x + (&allowed - 1.0) * 1e9) * allowed
        },
    )
    .accept();
}

#[test]
fn powers_of_two_after_a_change_of_base() {
    use std::f32::consts::{LN_2, LOG2_E};
    fn powers(row: ArrayView1<'_, f32>) -> (f32, Vec<f32>, f32) {
        let max = row.fold(f32::MIN, |max, &x| max.max(x));
        let powers: Vec<f32> = row.iter().map(|x| ((x - max) * LOG2_E).exp2()).collect();
        let sum = powers.iter().sum();
        (max, powers, sum)
    }
    fn softmax(x: ArrayView2<'_, f32>) -> Array2<f32> {
        by_rows(x, |row| {
            let (_, powers, sum) = powers(row);
            powers.iter().map(|power| power / sum).collect()
        })
    }
    with(
        softmax,
        |x| {
            by_rows(x, |row| {
                let (max, _, sum) = powers(row);
                row.iter().map(|x| x - max - LN_2 * sum.log2()).collect()
            })
        },
        |x, mask| {
            let mut x = x.to_owned();
            x.zip_mut_with(&mask, |x, &may| *x = if may { *x } else { f32::MIN });
            let mut weights = softmax(x.view());
            weights.zip_mut_with(&mask, |weight, &may| {
                *weight = if may { *weight } else { 0.0 }
            });
            weights
        },
    )
    .accept();
}
