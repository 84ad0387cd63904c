//! Random numbers that depend on a seed and on what they are for, and on nothing that was drawn before.

use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The stream of the first parameters. The batch of step t has the stream t, and the first step is step 1.
pub(crate) const PARAMETERS: u64 = 0;

/// The generator of one stream of a seed.
pub(crate) fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// A normal number with a deviation of 1 (Box and Muller 1958, "A Note on the Generation of Random Normal Deviates").
pub(crate) fn normal(random: &mut ChaCha8Rng) -> f32 {
    // Above 0, because of the logarithm.
    let uniform = 1.0 - random.random::<f64>();
    let angle = TAU * random.random::<f64>();
    ((-2.0 * uniform.ln()).sqrt() * angle.cos()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_do_not_depend_on_each_other() {
        let first = |stream| generator(42, stream).random::<u64>();
        assert_eq!(first(3), first(3));
        assert_ne!(first(3), first(4));
        assert_ne!(first(3), generator(43, 3).random::<u64>());
    }

    #[test]
    fn normal_numbers_have_the_mean_0_and_the_deviation_1() {
        let mut random = generator(7, PARAMETERS);
        let drawn: Vec<f32> = (0..20_000).map(|_| normal(&mut random)).collect();
        let count = drawn.len() as f32;
        let mean = drawn.iter().sum::<f32>() / count;
        let square = drawn.iter().map(|number| number * number).sum::<f32>() / count;
        // Deviations of both: 0.007 and 0.01.
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((square - 1.0).abs() < 0.04, "{square}");
        assert!(drawn.iter().all(|number| number.is_finite()));
    }
}
