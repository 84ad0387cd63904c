//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};

type Matrix<'a> = ArrayView2<'a, f32>;
type Attend = fn(Matrix<'_>, Matrix<'_>) -> (Array2<f32>, Array2<f32>);

/// A way of solving all four tasks.
struct Solution {
    dot: fn(Matrix<'_>, Matrix<'_>) -> Array2<f32>,
    general: fn(Matrix<'_>, Matrix<'_>, Matrix<'_>) -> Array2<f32>,
    concat: fn(Matrix<'_>, Matrix<'_>, Matrix<'_>, ArrayView1<'_, f32>) -> Array2<f32>,
    attend: Attend,
}

fn with(
    Solution {
        dot,
        general,
        concat,
        attend,
    }: Solution,
) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("dot", move |case| {
            Ok(case.reply("scores", dot(case.view("queries")?, case.view("keys")?)))
        })
        .task("general", move |case| {
            let scores = general(case.view("queries")?, case.view("keys")?, case.view("w_a")?);
            Ok(case.reply("scores", scores))
        })
        .task("concat", move |case| {
            let (queries, keys) = (case.view("queries")?, case.view("keys")?);
            Ok(case.reply(
                "scores",
                concat(queries, keys, case.view("w_a")?, case.view("v_a")?),
            ))
        })
        .task("attend", move |case| {
            let (output, weights) = attend(case.view("scores")?, case.view("values")?);
            Ok(case.reply("output", output).and("weights", weights))
        })
}

#[test]
fn everything_in_f64() {
    fn wide(matrix: Matrix<'_>) -> Array2<f64> {
        matrix.mapv(f64::from)
    }
    fn narrow(matrix: &Array2<f64>) -> Array2<f32> {
        matrix.mapv(|x| x as f32)
    }
    with(Solution {
        dot: |queries, keys| narrow(&wide(queries).dot(&wide(keys).t())),
        general: |queries, keys, w_a| narrow(&wide(queries).dot(&wide(w_a)).dot(&wide(keys).t())),
        concat: |queries, keys, w_a, v_a| {
            let (left, right) = w_a.split_at(Axis(1), queries.ncols());
            let (projected_queries, projected_keys) = (
                wide(queries).dot(&wide(left).t()),
                wide(keys).dot(&wide(right).t()),
            );
            let v_a = v_a.mapv(f64::from);
            Array2::from_shape_fn((queries.nrows(), keys.nrows()), |(i, j)| {
                (&projected_queries.row(i) + &projected_keys.row(j))
                    .tanh()
                    .dot(&v_a) as f32
            })
        },
        attend: |scores, values| {
            let mut weights = wide(scores);
            for mut row in weights.rows_mut() {
                let max = row.fold(f64::NEG_INFINITY, |max, &x| max.max(x));
                row.mapv_inplace(|x| (x - max).exp());
                row /= row.sum();
            }
            (narrow(&weights.dot(&wide(values))), narrow(&weights))
        },
    })
    .accept();
}

#[test]
fn loops_from_the_last_entry_to_the_first() {
    fn all(queries: usize, keys: usize, score: impl Fn(usize, usize) -> f32) -> Array2<f32> {
        Array2::from_shape_fn((queries, keys), |(i, j)| score(i, j))
    }
    with(Solution {
        dot: |queries, keys| {
            all(queries.nrows(), keys.nrows(), |i, j| {
                (0..keys.ncols())
                    .rev()
                    .fold(0.0, |sum, d| sum + queries[(i, d)] * keys[(j, d)])
            })
        },
        general: |queries, keys, w_a| {
            all(queries.nrows(), keys.nrows(), |i, j| {
                w_a.indexed_iter()
                    .map(|((a, b), w)| queries[(i, a)] * w * keys[(j, b)])
                    .sum()
            })
        },
        concat: |queries, keys, w_a, v_a| {
            all(queries.nrows(), keys.nrows(), |i, j| {
                let entry = |d: usize| match d.checked_sub(queries.ncols()) {
                    None => queries[(i, d)],
                    Some(behind) => keys[(j, behind)],
                };
                let hidden = |h: usize| {
                    (0..w_a.ncols())
                        .rev()
                        .fold(0.0, |sum, d| sum + w_a[(h, d)] * entry(d))
                        .tanh()
                };
                (0..v_a.len()).rev().map(|h| v_a[h] * hidden(h)).sum()
            })
        },
        attend: |scores, values| {
            let mut weights = Array2::zeros(scores.raw_dim());
            for i in 0..scores.nrows() {
                let max = scores.row(i).fold(f32::MIN, |max, &x| max.max(x));
                let sum: f32 = (0..scores.ncols())
                    .rev()
                    .map(|j| (scores[(i, j)] - max).exp())
                    .sum();
                (0..scores.ncols())
                    .for_each(|j| weights[(i, j)] = (scores[(i, j)] - max).exp() / sum);
            }
            let output = Array2::from_shape_fn((scores.nrows(), values.ncols()), |(i, d)| {
                (0..values.nrows())
                    .rev()
                    .map(|j| weights[(i, j)] * values[(j, d)])
                    .sum()
            });
            (output, weights)
        },
    })
    .accept();
}

#[test]
fn keys_first_and_transposed_at_the_end() {
    with(Solution {
        dot: |queries, keys| keys.dot(&queries.t()).reversed_axes(),
        general: |queries, keys, w_a| keys.dot(&w_a.t()).dot(&queries.t()).reversed_axes(),
        concat: |queries, keys, w_a, v_a| {
            let projected_queries = w_a.slice(s![.., ..queries.ncols()]).dot(&queries.t());
            let projected_keys = w_a.slice(s![.., queries.ncols()..]).dot(&keys.t());
            // (hidden, queries, keys), summed over the hidden layer by a product for each query.
            let hidden =
                projected_queries.insert_axis(Axis(2)) + projected_keys.insert_axis(Axis(1));
            let hidden = hidden.tanh();
            let mut scores = Array2::zeros((queries.nrows(), keys.nrows()));
            for (i, mut row) in scores.rows_mut().into_iter().enumerate() {
                row.assign(&v_a.dot(&hidden.index_axis(Axis(1), i)));
            }
            scores
        },
        attend: |scores, values| {
            let max: Array1<f32> =
                scores.map_axis(Axis(1), |row| row.fold(f32::MIN, |max, &x| max.max(x)));
            let exp = (&scores - &max.insert_axis(Axis(1))).exp();
            let sum = exp.sum_axis(Axis(1)).insert_axis(Axis(1));
            // The values are summed first and divided afterwards.
            (exp.dot(&values) / &sum, &exp / &sum)
        },
    })
    .accept();
}

#[test]
fn one_pass_with_a_running_maximum() {
    with(Solution {
        dot: |queries, keys| {
            let products = &queries.insert_axis(Axis(1)) * &keys.insert_axis(Axis(0));
            products.sum_axis(Axis(2))
        },
        general: |queries, keys, w_a| queries.dot(&w_a.dot(&keys.t())),
        concat: |queries, keys, w_a, v_a| {
            let mut scores = Array2::zeros((queries.nrows(), keys.nrows()));
            for (i, query) in queries.rows().into_iter().enumerate() {
                for (j, key) in keys.rows().into_iter().enumerate() {
                    let pair: Array1<f32> = query.iter().chain(key).copied().collect();
                    let hidden = w_a.rows().into_iter().map(|row| row.dot(&pair).tanh());
                    scores[(i, j)] = hidden.zip(v_a).map(|(hidden, v)| hidden * v).sum();
                }
            }
            scores
        },
        attend: |scores, values| {
            let mut output = Array2::zeros((scores.nrows(), values.ncols()));
            let mut weights = Array2::zeros(scores.raw_dim());
            for i in 0..scores.nrows() {
                let (mut max, mut sum) = (f32::NEG_INFINITY, 0.0);
                for j in 0..scores.ncols() {
                    let new = scores[(i, j)].max(max);
                    let (old, now) = ((max - new).exp(), (scores[(i, j)] - new).exp());
                    output
                        .row_mut(i)
                        .zip_mut_with(&values.row(j), |o, &v| *o = *o * old + now * v);
                    weights.slice_mut(s![i, ..j]).mapv_inplace(|w| w * old);
                    weights[(i, j)] = now;
                    (max, sum) = (new, sum * old + now);
                }
                output.row_mut(i).mapv_inplace(|o: f32| o / sum);
                weights.row_mut(i).mapv_inplace(|w: f32| w / sum);
            }
            (output, weights)
        },
    })
    .accept();
}
