//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use attentive_variants::softmax::{in_f64, of_allowed, with_a_sentinel};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, concatenate, s};

type Alignment = fn(
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView1<'_, f32>,
) -> Array2<f32>;
type Context = fn(
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>);

fn with(alignment: Alignment, context: Context) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("alignment", move |case| {
            let (queries, keys) = (case.view("queries")?, case.view("keys")?);
            let alignment = alignment(
                queries,
                keys,
                case.view("w_a")?,
                case.view("u_a")?,
                case.view("v_a")?,
            );
            Ok(case.reply("alignment", alignment))
        })
        .task("context", move |case| {
            let (context, weights) = context(
                case.view("alignment")?,
                case.view("values")?,
                case.optional_mask("mask")?,
            );
            Ok(case.reply("context", context).and("weights", weights))
        })
}

#[test]
fn everything_in_f64() {
    with(
        |queries, keys, w_a, u_a, v_a| {
            let wide = |matrix: ArrayView2<'_, f32>| matrix.mapv(f64::from);
            let (projected_queries, projected_keys) = (
                wide(queries).dot(&wide(w_a).t()),
                wide(keys).dot(&wide(u_a).t()),
            );
            let v_a = v_a.mapv(f64::from);
            Array2::from_shape_fn((queries.nrows(), keys.nrows()), |(i, j)| {
                (&projected_queries.row(i) + &projected_keys.row(j))
                    .tanh()
                    .dot(&v_a) as f32
            })
        },
        |alignment, values, mask| {
            let weights = in_f64(alignment.mapv(f64::from), mask);
            (
                weights.dot(&values.mapv(f64::from)).mapv(|x| x as f32),
                weights.mapv(|x| x as f32),
            )
        },
    )
    .accept();
}

#[test]
fn loops_from_the_last_entry_to_the_first() {
    with(
        |queries, keys, w_a, u_a, v_a| {
            Array2::from_shape_fn((queries.nrows(), keys.nrows()), |(i, j)| {
                let hidden = |h: usize| {
                    let projected_query: f32 = (0..w_a.ncols())
                        .rev()
                        .map(|d| w_a[(h, d)] * queries[(i, d)])
                        .sum();
                    (0..u_a.ncols())
                        .rev()
                        .fold(projected_query, |sum, d| sum + u_a[(h, d)] * keys[(j, d)])
                        .tanh()
                };
                (0..v_a.len()).rev().map(|h| v_a[h] * hidden(h)).sum()
            })
        },
        |alignment, values, mask| {
            let weights = of_allowed(alignment, mask);
            let context = Array2::from_shape_fn((weights.nrows(), values.ncols()), |(i, d)| {
                (0..values.nrows())
                    .rev()
                    .map(|j| weights[(i, j)] * values[(j, d)])
                    .sum()
            });
            (context, weights)
        },
    )
    .accept();
}

#[test]
fn all_pairs_at_once_by_broadcasting() {
    with(
        |queries, keys, w_a, u_a, v_a| {
            let projected_queries = queries.dot(&w_a.t()).insert_axis(Axis(1));
            let projected_keys = keys.dot(&u_a.t()).insert_axis(Axis(0));
            (&projected_queries + &projected_keys)
                .tanh()
                .map_axis(Axis(2), |hidden| hidden.dot(&v_a))
        },
        |alignment, values, mask| {
            let weights = with_a_sentinel(alignment.to_owned(), mask);
            (weights.dot(&values), weights)
        },
    )
    .accept();
}

#[test]
fn one_matrix_beside_the_other_and_tanh_by_its_formula() {
    // tanh(x) = sign(x) (1 − e^(−2|x|)) / (1 + e^(−2|x|)), which cannot overflow.
    fn tanh(x: f32) -> f32 {
        let small = (-2.0 * x.abs()).exp();
        x.signum() * (1.0 - small) / (1.0 + small)
    }
    with(
        |queries, keys, w_a, u_a, v_a| {
            let side_by_side = concatenate![Axis(1), w_a, u_a];
            Array2::from_shape_fn((queries.nrows(), keys.nrows()), |(i, j)| {
                let pair = concatenate![Axis(0), queries.row(i), keys.row(j)];
                side_by_side.dot(&pair).mapv(tanh).dot(&v_a)
            })
        },
        |alignment, values, mask| {
            // The weights as e^(score − ln Σ e^score).
            let mut weights = Array2::zeros(alignment.raw_dim());
            let mut context = Array2::zeros((alignment.nrows(), values.ncols()));
            for (i, row) in alignment.rows().into_iter().enumerate() {
                let allowed = |j: &usize| mask.is_none_or(|mask| mask[(i, *j)]);
                let keys: Vec<usize> = (0..row.len()).filter(allowed).collect();
                let max = keys.iter().fold(f32::MIN, |max, &j| max.max(row[j]));
                let log = keys.iter().map(|&j| (row[j] - max).exp()).sum::<f32>().ln();
                for j in keys {
                    weights[(i, j)] = (row[j] - max - log).exp();
                    context
                        .row_mut(i)
                        .scaled_add(weights[(i, j)], &values.row(j));
                }
            }
            (context, weights)
        },
    )
    .accept();
}

#[test]
fn a_query_at_a_time() {
    with(
        |queries, keys, w_a, u_a, v_a| {
            let mut alignment = Array2::zeros((queries.nrows(), keys.nrows()));
            for (query, mut row) in queries.rows().into_iter().zip(alignment.rows_mut()) {
                let hidden = u_a.dot(&keys.t()) + w_a.dot(&query).insert_axis(Axis(1));
                row.assign(&v_a.dot(&hidden.tanh()));
            }
            alignment
        },
        |alignment, values, mask| {
            let weights = of_allowed(alignment, mask);
            let mut context = Array2::zeros((weights.nrows(), values.ncols()));
            for i in 0..weights.nrows() {
                context
                    .slice_mut(s![i, ..])
                    .assign(&values.t().dot(&weights.row(i)));
            }
            (context, weights)
        },
    )
    .accept();
}
