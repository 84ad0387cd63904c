//! The rotary embedding, with frequencies that may be scaled.

use std::f64::consts::TAU;

use ndarray::{Array2, ArrayViewMut2, Zip, s};

use crate::config::{Rotary, RotaryScaling};

/// The frequency of each pair of a head's features.
#[derive(Debug)]
pub(crate) struct Rotation {
    frequencies: Vec<f64>,
}

/// The cosines and sines of successive positions, (positions, head_dim / 2).
#[derive(Debug)]
pub(crate) struct Angles {
    cos: Array2<f32>,
    sin: Array2<f32>,
}

impl Rotation {
    /// The frequencies base^(−2i / head_dim), scaled.
    pub(crate) fn new(rotary: &Rotary, head_dim: usize) -> Self {
        let base = f64::from(rotary.base);
        let pairs = 0..head_dim / 2;
        let plain = pairs.map(|pair| base.powf(-2.0 * pair as f64 / head_dim as f64));
        let frequencies = match rotary.scaling {
            Some(scaling) => plain.map(|plain| scaled(plain, &scaling)).collect(),
            None => plain.collect(),
        };
        Self { frequencies }
    }

    /// The frequency of each pair.
    pub(crate) fn frequencies(&self) -> &[f64] {
        &self.frequencies
    }

    /// The angles of `new` positions after the first `past`. They are computed in `f64`: an angle of thousands of radians
    /// has too few digits after the point in `f32`.
    pub(crate) fn angles(&self, past: usize, new: usize) -> Angles {
        let shape = (new, self.frequencies.len());
        let angles = Array2::from_shape_fn(shape, |(row, pair)| {
            (past + row) as f64 * self.frequencies[pair]
        });
        Angles {
            cos: angles.mapv(|angle| angle.cos() as f32),
            sin: angles.mapv(|angle| angle.sin() as f32),
        }
    }
}

impl Angles {
    /// Rotates the vectors of all heads, (positions, heads · head_dim): feature i of a head with feature i + head_dim / 2.
    pub(crate) fn rotate(&self, mut rows: ArrayViewMut2<'_, f32>) {
        let half = self.cos.ncols();
        for head in 0..rows.ncols() / (2 * half) {
            let start = head * 2 * half;
            let (first, second) = rows.multi_slice_mut((
                s![.., start..start + half],
                s![.., start + half..start + 2 * half],
            ));
            Zip::from(first)
                .and(second)
                .and(&self.cos)
                .and(&self.sin)
                .for_each(|a, b, cos, sin| (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos));
        }
    }
}

/// A frequency after the scaling.
fn scaled(frequency: f64, scaling: &RotaryScaling) -> f64 {
    match *scaling {
        RotaryScaling::Linear { factor } => frequency / factor,
        RotaryScaling::Llama3 {
            factor,
            low_turns,
            high_turns,
            original_context,
        } => {
            let turns = original_context * frequency / TAU;
            // 0 where the frequency is divided, 1 where it stays.
            let stays = ((turns - low_turns) / (high_turns - low_turns)).clamp(0.0, 1.0);
            frequency * (stays + (1.0 - stays) / factor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_frequencies_are_divided_and_high_ones_stay() {
        let rotary = Rotary {
            base: 10_000.0,
            scaling: Some(RotaryScaling::Llama3 {
                factor: 8.0,
                low_turns: 1.0,
                high_turns: 4.0,
                original_context: 1000.0 * TAU,
            }),
        };
        // 1000, 100, 10 and 1 turns in the original context.
        let high = Rotation::new(&rotary, 8).frequencies;
        let expected = [1.0, 0.1, 0.01, 0.001 / 8.0];
        for (found, expected) in high.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{high:?}");
        }
        let between = scaled(0.0025, &rotary.scaling.expect("it is scaled"));
        assert!((between - 0.0025 * (0.5 + 0.5 / 8.0)).abs() < 1e-12);
    }
}
