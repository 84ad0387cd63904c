//! Random numbers that are the same on every machine and at every build.

use ndarray::{Array, Dimension, ShapeBuilder};

/// Returns an array of standard normal numbers.
pub fn normals<D: Dimension>(shape: impl ShapeBuilder<Dim = D>, seed: u64) -> Array<f32, D> {
    // SplitMix64 for the uniform numbers, twelve of which sum to a variance of 1 (Irwin–Hall).
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
    };
    Array::from_shape_simple_fn(shape, || (0..12).map(|_| uniform()).sum::<f32>() - 6.0)
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
