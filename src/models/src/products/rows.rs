//! Functions of the rows between two products, in place: activations, softmax and layer norm.
//!
//! Each loop is compiled for several processors, as those of the products are. The library's exp takes one number at a time,
//! so there is one here that the compiler puts into wide registers. It does so only in a function that is compiled for a
//! processor, so what these call is always a part of them.

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

use attentive_given::erf;
use multiversion::multiversion;

use super::kernels::LANES;

/// From here on, exp is 0 or larger than any number that is needed: 2⁻¹²⁷ and 2¹²⁷.
const LIMIT: f32 = 88.0;
/// Added to a number and taken away again, it leaves a whole one: behind it no digit is left for a fraction.
const TO_WHOLE: f32 = 12_582_912.0;
/// ln 2 in two parts. The first has so few digits that its products with whole numbers are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// 1 / 7!, 1 / 6!, and so on to 1 / 0!.
const TAYLOR: [f32; 8] = [
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];
/// Bits of the fraction of a float, and what is added to its exponent.
const FRACTION: u32 = 23;
const BIAS: u32 = 127;

/// The exact GELU of x + b, for each row x.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn gelu(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        for (x, bias) in row.iter_mut().zip(bias) {
            let sum = *x + bias;
            *x = 0.5 * sum * (1.0 + erf(sum * FRAC_1_SQRT_2));
        }
    }
}

/// SiLU of each gate, times the number beside it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn swiglu(gates: &mut [f32], numbers: &[f32]) {
    for (gate, number) in gates.iter_mut().zip(numbers) {
        *gate = *gate / (1.0 + exp(-*gate)) * number;
    }
}

/// The layer norm of x + b, for each row x.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn layer_norm(
    rows: &mut [f32],
    bias: &[f32],
    (gamma, beta): (&[f32], &[f32]),
    epsilon: f32,
) {
    let width = bias.len() as f32;
    for row in rows.chunks_exact_mut(bias.len()) {
        for (x, bias) in row.iter_mut().zip(bias) {
            *x += bias;
        }
        let mean = sum(row, |x| x) / width;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / width;
        let scale = (variance + epsilon).sqrt().recip();
        for (x, (gamma, beta)) in row.iter_mut().zip(gamma.iter().zip(beta)) {
            *x = (*x - mean) * scale * gamma + beta;
        }
    }
}

/// Attention weights from scores (queries, keys), which are scaled first. A key whose `mask` is `false` gets 0 from every
/// query.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn masked_softmax(scores: &mut [f32], mask: &[bool], scale: f32) {
    for row in scores.chunks_exact_mut(mask.len()) {
        for (score, &allowed) in row.iter_mut().zip(mask) {
            *score = if allowed { *score } else { f32::NEG_INFINITY };
        }
        softmax(row, scale);
    }
}

/// Attention weights from scores (queries, keys), which are scaled first. The last query may attend to all keys, and each
/// other one to one key less than the next.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(crate) fn causal_softmax(scores: &mut [f32], keys: usize, scale: f32) {
    for (later, row) in scores.rchunks_exact_mut(keys).enumerate() {
        let (past, future) = row.split_at_mut(keys - later);
        softmax(past, scale);
        future.fill(0.0);
    }
}

/// The softmax of a row that is scaled first. All of −∞, it becomes 0; any NaN makes all of it NaN.
#[inline(always)]
fn softmax(row: &mut [f32], scale: f32) {
    // A largest number skips NaN, which must not be taken for −∞: a broken model would look sound.
    if row.iter().all(|&score| score == f32::NEG_INFINITY) {
        row.fill(0.0);
        return;
    }
    let largest = largest(row);
    for score in row.iter_mut() {
        *score = exp((*score - largest) * scale);
    }
    let scale = sum(row, |weight| weight).recip();
    for weight in row {
        *weight *= scale;
    }
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut all = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            all[lane] = larger(all[lane], chunk[lane]);
        }
    }
    all.iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, larger)
}

/// The sum of what `term` makes of each number.
#[inline(always)]
fn sum(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += term(chunk[lane]);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|&x| term(x)).sum::<f32>()
}

/// exp(x) is 2ⁿ · exp(r), for a whole n and an r of at most ½ ln 2. There, eight terms of the series are as good as `f32`.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-LIMIT, LIMIT);
    let shifted = x * LOG2_E + TO_WHOLE;
    let n = shifted - TO_WHOLE;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let series = TAYLOR.iter().fold(0.0, |sum, term| sum * r + term);
    // The last bits of the shifted number are n, so they make the exponent of 2ⁿ.
    series * f32::from_bits(shifted.to_bits().wrapping_add(BIAS) << FRACTION)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    /// Numbers of all sizes, some more than a chunk.
    fn some(rows: usize, columns: usize) -> Array2<f32> {
        let number = |(row, column)| ((row * 7 + column * 13) % 29) as f32 / 3.0 - 5.0;
        Array2::from_shape_fn((rows, columns), number)
    }

    fn assert_close(found: &[f32], expected: &Array2<f32>) {
        assert_eq!(found.len(), expected.len());
        for (&found, &expected) in found.iter().zip(expected) {
            let allowed = 1e-6 * expected.abs().max(1.0);
            assert!(
                (found - expected).abs() <= allowed,
                "{found}, not {expected}"
            );
        }
    }

    #[test]
    fn exp_is_as_good_as_the_librarys_and_ends_at_0() {
        for step in -8700..=8700 {
            let x = step as f32 / 100.0;
            let (found, expected) = (f64::from(exp(x)), f64::from(x).exp());
            let error = (found - expected).abs() / expected;
            assert!(error <= 2.0 * f64::from(f32::EPSILON), "exp({x}): {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        for small in [-88.0, -1e30, f32::NEG_INFINITY] {
            assert_eq!(exp(small), 0.0);
        }
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn rows_become_what_the_exercises_make_of_them() {
        let (x, bias) = (some(3, 37), some(1, 37));
        let sum = &x + &bias;
        let (bias, numbers) = (bias.row(0), some(3, 37) / 2.0);
        let changed = |change: &dyn Fn(&mut [f32])| {
            let mut rows = x.iter().copied().collect::<Vec<_>>();
            change(&mut rows);
            rows
        };
        let bias = bias.to_slice().expect("a row");

        let found = changed(&|rows| gelu(rows, bias));
        assert_close(&found, &feed_forward::gelu(sum.view()));

        let found = changed(&|rows| swiglu(rows, numbers.as_slice().expect("rows")));
        assert_close(&found, &(x.mapv(|x| x / (1.0 + (-x).exp())) * &numbers));

        let found = changed(&|rows| {
            layer_norm(rows, bias, (bias, &x.as_slice().expect("rows")[..37]), 0.1)
        });
        let expected = layer_norm::layer_norm(sum.view(), some(1, 37).row(0), x.row(0), 0.1);
        assert_close(&found, &expected);

        let mask = Array2::from_shape_fn((3, 37), |(_, key)| key % 3 != 0);
        let found =
            changed(&|rows| masked_softmax(rows, mask.row(0).to_slice().expect("a row"), 0.5));
        let scaled = &x * 0.5;
        assert_close(&found, &softmax::masked_softmax(scaled.view(), mask.view()));

        let found = changed(&|rows| causal_softmax(rows, 37, 0.5));
        let mask = masks::causal(3, 37);
        assert_close(&found, &softmax::masked_softmax(scaled.view(), mask.view()));
    }

    #[test]
    fn a_query_that_may_attend_to_nothing_attends_to_nothing() {
        let mut scores = array![1.0, f32::NAN, 3.0, 4.0].to_vec();
        masked_softmax(&mut scores, &[false, false], 1.0);
        assert_eq!(scores, [0.0; 4]);
    }

    #[test]
    fn nan_stays_nan() {
        for row in [[f32::NAN; 2], [f32::NAN, 1.0], [1.0, f32::NAN]] {
            let mut scores = row;
            masked_softmax(&mut scores, &[true, true], 1.0);
            assert!(scores.iter().all(|weight| weight.is_nan()), "{row:?}");
        }
    }
}
