//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use attentive_variants::linear::backwards;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip, concatenate, s};

type Activation = fn(ArrayView2<'_, f32>) -> Array2<f32>;
type FeedForward = fn(
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView1<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView1<'_, f32>,
) -> Array2<f32>;
type SwiGlu = fn(
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
    ArrayView2<'_, f32>,
) -> Array2<f32>;

/// The activations in the order relu, gelu, gelu_tanh.
fn with(activations: [Activation; 3], feed_forward: FeedForward, swiglu: SwiGlu) -> Exercise {
    let [relu, gelu, gelu_tanh] = activations;
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("relu", move |case| {
            Ok(case.reply("output", relu(case.view("x")?)))
        })
        .task("gelu", move |case| {
            Ok(case.reply("output", gelu(case.view("x")?)))
        })
        .task("gelu_tanh", move |case| {
            Ok(case.reply("output", gelu_tanh(case.view("x")?)))
        })
        .task("feed_forward", move |case| {
            let (w_1, b_1) = (case.view("w_1")?, case.view("b_1")?);
            let (w_2, b_2) = (case.view("w_2")?, case.view("b_2")?);
            Ok(case.reply("output", feed_forward(case.view("x")?, w_1, b_1, w_2, b_2)))
        })
        .task("swiglu", move |case| {
            let (w, v, w_2) = (case.view("w")?, case.view("v")?, case.view("w_2")?);
            Ok(case.reply("output", swiglu(case.view("x")?, w, v, w_2)))
        })
}

#[test]
fn everything_in_f64() {
    /// By the plain power series of erf, Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), which only f64 can bear.
    fn erf(x: f64) -> f64 {
        if x.abs() > 4.0 {
            return x.signum();
        }
        let mut power = x;
        let mut sum = x;
        for n in 1..100 {
            power *= -x * x / f64::from(n);
            sum += power / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }
    fn wide(x: ArrayView2<'_, f32>) -> Array2<f64> {
        x.mapv(f64::from)
    }
    with(
        [
            |x| wide(x).mapv(|x| x.max(0.0) as f32),
            |x| wide(x).mapv(|x| (x * (1.0 + erf(x / 2_f64.sqrt())) / 2.0) as f32),
            |x| {
                let factor = (2.0 / std::f64::consts::PI).sqrt();
                wide(x).mapv(|x| {
                    (x / 2.0 * (1.0 + (factor * (x + 0.044715 * x * x * x)).tanh())) as f32
                })
            },
        ],
        |x, w_1, b_1, w_2, b_2| {
            let hidden = (wide(x).dot(&wide(w_1).t()) + b_1.mapv(f64::from)).mapv(|x| x.max(0.0));
            (hidden.dot(&wide(w_2).t()) + b_2.mapv(f64::from)).mapv(|x| x as f32)
        },
        |x, w, v, w_2| {
            let gate = wide(x).dot(&wide(w).t()).mapv(|x| x / (1.0 + (-x).exp()));
            (gate * wide(x).dot(&wide(v).t()))
                .dot(&wide(w_2).t())
                .mapv(|x| x as f32)
        },
    )
    .accept();
}

#[test]
fn loops_from_the_last_feature_to_the_first() {
    with(
        [
            |x| x.mapv(|x| if x > 0.0 { x } else { 0.0 }),
            |x| {
                x.mapv(|x| x * (0.5 + 0.5 * feed_forward::erf(x * std::f32::consts::FRAC_1_SQRT_2)))
            },
            // tanh(y) = 2 σ(2y) − 1, so that ½ (1 + tanh(y)) = σ(2y).
            |x| {
                let factor = (8.0 / std::f32::consts::PI).sqrt();
                x.mapv(|x| x / (1.0 + (-factor * x * (1.0 + 0.044715 * x * x)).exp()))
            },
        ],
        |x, w_1, b_1, w_2, b_2| {
            let hidden = backwards(x, w_1, Some(b_1)).mapv(|x| x.max(0.0));
            backwards(hidden.view(), w_2, Some(b_2))
        },
        |x, w, v, w_2| {
            let sigmoid = |x: f32| 0.5 + 0.5 * (0.5 * x).tanh();
            let mut hidden = backwards(x, w, None);
            hidden.zip_mut_with(&backwards(x, v, None), |g, v| *g *= sigmoid(*g) * v);
            backwards(hidden.view(), w_2, None)
        },
    )
    .accept();
}

#[test]
fn other_arrangements_of_the_same_products() {
    /// Abramowitz and Stegun 1964, formula 7.1.26: off by at most 1.5 · 10⁻⁷.
    fn erf(x: f32) -> f32 {
        let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
        let powers = [
            1.061_405_4,
            -1.453_152,
            1.421_413_8,
            -0.284_496_74,
            0.254_829_6_f32,
        ];
        let polynomial = powers.iter().fold(0.0, |sum, power| (sum + power) * t);
        (1.0 - polynomial * (-x * x).exp()).copysign(x)
    }
    with(
        [
            |x| (&x + &x.abs()) / 2.0,
            |x| Zip::from(x).map_collect(|&x| x * (1.0 + erf(x / 2_f32.sqrt())) / 2.0),
            |x| {
                let inner = (&x + &(x.powi(3) * 0.044715)) * (2.0 / std::f32::consts::PI).sqrt();
                &x * 0.5 + &x * inner.tanh() * 0.5
            },
        ],
        // The bias as one more column of the weights, and one more feature that is always 1.
        |x, w_1, b_1, w_2, b_2| {
            let ones = Array2::ones((x.nrows(), 1));
            let join = |a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>| {
                concatenate(Axis(1), &[a, b]).expect("as many rows")
            };
            let layer = |x: ArrayView2<'_, f32>, w, b: ArrayView1<'_, f32>| {
                join(x, ones.view()).dot(&join(w, b.insert_axis(Axis(1))).t())
            };
            let mut hidden = layer(x, w_1, b_1);
            hidden.mapv_inplace(|x| x.clamp(0.0, f32::MAX));
            layer(hidden.view(), w_2, b_2)
        },
        // Both products at once, as many models store their weights.
        |x, w, v, w_2| {
            let d_ff = w.nrows();
            let both = concatenate(Axis(0), &[w, v])
                .expect("as many columns")
                .dot(&x.t());
            let mut hidden = both.slice(s![..d_ff, ..]).to_owned();
            hidden.mapv_inplace(|x| x * (1.0 + (-x).exp()).recip());
            hidden *= &both.slice(s![d_ff.., ..]);
            w_2.dot(&hidden).reversed_axes()
        },
    )
    .accept();
}
