//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use attentive_variants::softmax::{in_f64, with_a_sentinel};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayView3, Axis, Zip, s};

type Scores = fn(ArrayView3<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32>;
type Pool = fn(
    ArrayView3<'_, f32>,
    ArrayView2<'_, f32>,
    Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>);

fn with(scores: Scores, pool: Pool) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("scores", move |case| {
            let scores = scores(
                case.view("hidden")?,
                case.view("weight")?,
                case.number("bias")?,
            );
            Ok(case.reply("scores", scores))
        })
        .task("pool", move |case| {
            let (context, weights) = pool(
                case.view("hidden")?,
                case.view("scores")?,
                case.optional_mask("mask")?,
            );
            Ok(case.reply("context", context).and("weights", weights))
        })
}

#[test]
fn everything_in_f64() {
    with(
        |hidden, weight, bias| {
            let weight = weight.mapv(f64::from);
            let score = |position: ArrayView1<'_, f32>| {
                position.mapv(f64::from).dot(&weight) + f64::from(bias)
            };
            hidden.map_axis(Axis(2), |position| score(position) as f32)
        },
        |hidden, scores, mask| {
            let weights = in_f64(scores.mapv(f64::from), mask);
            let weighted = hidden.mapv(f64::from) * weights.view().insert_axis(Axis(2));
            (
                weighted.sum_axis(Axis(1)).mapv(|x| x as f32),
                weights.mapv(|x| x as f32),
            )
        },
    )
    .accept();
}

#[test]
fn loops_from_the_last_entry_to_the_first_over_real_positions_alone() {
    with(
        |hidden, weight, bias| {
            let (batch, length, width) = hidden.dim();
            Array2::from_shape_fn((batch, length), |(b, t)| {
                (0..width)
                    .rev()
                    .fold(bias, |sum, d| sum + hidden[(b, t, d)] * weight[d])
            })
        },
        |hidden, scores, mask| {
            let (batch, length, width) = hidden.dim();
            let mut weights = Array2::zeros((batch, length));
            let mut context = Array2::zeros((batch, width));
            for b in 0..batch {
                let real: Vec<usize> = (0..length)
                    .rev()
                    .filter(|&t| mask.is_none_or(|mask| mask[(b, t)]))
                    .collect();
                let max = real
                    .iter()
                    .fold(f32::MIN, |max, &t| max.max(scores[(b, t)]));
                let sum: f32 = real.iter().map(|&t| (scores[(b, t)] - max).exp()).sum();
                for &t in &real {
                    weights[(b, t)] = (scores[(b, t)] - max).exp() / sum;
                    context
                        .row_mut(b)
                        .scaled_add(weights[(b, t)], &hidden.slice(s![b, t, ..]));
                }
            }
            (context, weights)
        },
    )
    .accept();
}

#[test]
fn one_matrix_product_and_a_product_for_each_sequence() {
    with(
        |hidden, weight, bias| {
            let (batch, length, width) = hidden.dim();
            let flat = hidden
                .to_shape((batch * length, width))
                .expect("as many entries");
            let scores = flat.dot(&weight) + bias;
            scores
                .into_shape_with_order((batch, length))
                .expect("as many entries")
        },
        |hidden, scores, mask| {
            // The divisor comes last: the weighted sum of unnormalised weights, then one division.
            let mut exp = scores.to_owned();
            let mut context = Array2::zeros((hidden.dim().0, hidden.dim().2));
            for (b, mut row) in exp.axis_iter_mut(Axis(0)).enumerate() {
                let real = |t: usize| mask.is_none_or(|mask| mask[(b, t)]);
                let of_real = |max: f32, (t, &score): (usize, &f32)| {
                    if real(t) { max.max(score) } else { max }
                };
                let max = row.iter().enumerate().fold(f32::MIN, of_real);
                for (t, score) in row.iter_mut().enumerate() {
                    *score = if real(t) { (*score - max).exp() } else { 0.0 };
                }
                let sum = if row.sum() > 0.0 { row.sum() } else { 1.0 };
                context
                    .row_mut(b)
                    .assign(&(row.dot(&hidden.index_axis(Axis(0), b)) / sum));
                row /= sum;
            }
            (context, exp)
        },
    )
    .accept();
}

#[test]
fn a_sentinel_of_minus_1e9_and_weights_set_to_zero_afterwards() {
    with(
        |hidden, weight, bias| (&hidden * &weight).sum_axis(Axis(2)) + bias,
        |hidden, scores, mask| {
            let weights = with_a_sentinel(scores.to_owned(), mask);
            let mut context = Array2::zeros((hidden.dim().0, hidden.dim().2));
            Zip::from(context.rows_mut())
                .and(hidden.outer_iter())
                .and(weights.rows())
                .for_each(|mut context, hidden, weights| context.assign(&hidden.t().dot(&weights)));
            (context, weights)
        },
    )
    .accept();
}
