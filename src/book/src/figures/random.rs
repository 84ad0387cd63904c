//! Random numbers that are the same on every machine and at every build.

use ndarray::{Array, Dimension, ShapeBuilder};

/// Returns an array of standard normal numbers.
pub fn normals<D: Dimension>(shape: impl ShapeBuilder<Dim = D>, seed: u64) -> Array<f32, D> {
    let mut state = seed;
    Array::from_shape_simple_fn(shape, || normal(&mut state))
}

/// Returns the sum of twelve uniform numbers, which has a variance of 1 (Irwin–Hall), about zero.
fn normal(state: &mut u64) -> f32 {
    let (mut sum, mut drawn) = (0.0, 0);
    // Figures draw millions of numbers, and a `for` takes twice as long where nothing is optimised.
    while drawn < 12 {
        sum += uniform(state);
        drawn += 1;
    }
    sum - 6.0
}

/// Returns a number between 0 and 1 (SplitMix64).
fn uniform(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_numbers_are_standard() {
        let sample = normals((100, 100), 5);
        assert!(sample.mean().expect("not empty").abs() < 0.05);
        assert!((sample.std(0.0) - 1.0).abs() < 0.05);
    }
}
