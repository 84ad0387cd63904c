//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use attentive_variants::softmax::{in_f64, of_allowed, with_a_sentinel};
use ndarray::{Array2, ArrayView2, s};

type Scores = fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Array2<f32>;
type Attention = fn(
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>);

fn with(scores: Scores, attention: Attention) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("scores", move |case| {
            Ok(case.reply("scores", scores(case.view("q")?, case.view("k")?)))
        })
        .task("attention", move |case| {
            let (q, k, v) = (case.view("q")?, case.view("k")?, case.view("v")?);
            let (output, weights) = attention(q, k, v, case.optional_mask("mask")?);
            Ok(case.reply("output", output).and("weights", weights))
        })
}

#[test]
fn everything_in_f64() {
    fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f64> {
        q.mapv(f64::from).dot(&k.mapv(f64::from).t()) / (k.ncols() as f64).sqrt()
    }
    with(
        |q, k| scores(q, k).mapv(|x| x as f32),
        |q, k, v, mask| {
            let weights = in_f64(scores(q, k), mask);
            (
                weights.dot(&v.mapv(f64::from)).mapv(|x| x as f32),
                weights.mapv(|x| x as f32),
            )
        },
    )
    .accept();
}

#[test]
fn loops_from_the_last_feature_to_the_first() {
    fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
        Array2::from_shape_fn((q.nrows(), k.nrows()), |(i, j)| {
            let sum = (0..q.ncols())
                .rev()
                .fold(0.0, |sum, d| sum + q[(i, d)] * k[(j, d)]);
            sum / (q.ncols() as f32).sqrt()
        })
    }
    with(scores, |q, k, v, mask| {
        let weights = of_allowed(scores(q, k).view(), mask);
        let output = Array2::from_shape_fn((q.nrows(), v.ncols()), |(i, d)| {
            (0..k.nrows())
                .rev()
                .map(|j| weights[(i, j)] * v[(j, d)])
                .sum()
        });
        (output, weights)
    })
    .accept();
}

#[test]
fn queries_and_keys_scaled_before_the_product() {
    fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
        let root = (q.ncols() as f32).powf(-0.25);
        (&q * root).dot(&(&k * root).t())
    }
    with(scores, |q, k, v, mask| {
        let weights = of_allowed(scores(q, k).view(), mask);
        (weights.dot(&v), weights)
    })
    .accept();
}

#[test]
fn a_sentinel_of_minus_1e9_and_weights_set_to_zero_afterwards() {
    fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
        k.dot(&q.t()).reversed_axes() * (1.0 / (q.ncols() as f32).sqrt())
    }
    with(scores, |q, k, v, mask| {
        let weights = with_a_sentinel(scores(q, k), mask);
        (weights.dot(&v), weights)
    })
    .accept();
}

#[test]
fn one_pass_with_a_running_maximum() {
    // The softmax of FlashAttention: the output is rescaled whenever a larger score appears.
    with(
        |q, k| q.dot(&k.t()).mapv(|x| x / (q.ncols() as f32).sqrt()),
        |q, k, v, mask| {
            let mut output = Array2::zeros((q.nrows(), v.ncols()));
            let mut weights = Array2::zeros((q.nrows(), k.nrows()));
            for i in 0..q.nrows() {
                let (mut max, mut sum) = (f32::NEG_INFINITY, 0.0);
                for j in (0..k.nrows()).filter(|&j| mask.is_none_or(|mask| mask[(i, j)])) {
                    let score = q.row(i).dot(&k.row(j)) / (q.ncols() as f32).sqrt();
                    let new = score.max(max);
                    let (old, now) = ((max - new).exp(), (score - new).exp());
                    output
                        .row_mut(i)
                        .zip_mut_with(&v.row(j), |o, &v| *o = *o * old + now * v);
                    weights.slice_mut(s![i, ..j]).mapv_inplace(|w| w * old);
                    weights[(i, j)] = now;
                    (max, sum) = (new, sum * old + now);
                }
                if sum > 0.0 {
                    output.row_mut(i).mapv_inplace(|o: f32| o / sum);
                    weights.row_mut(i).mapv_inplace(|w: f32| w / sum);
                }
            }
            (output, weights)
        },
    )
    .accept();
}
