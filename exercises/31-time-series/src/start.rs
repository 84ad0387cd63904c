//! A forecaster before its first step, and random numbers. Everything in this file is given.

use ndarray::{Array1, ArrayD, IxDyn};
use training::Tensors;

use crate::model::Shape;

/// Random numbers that are the same on all machines (SplitMix64, Steele et al. 2014, "Fast Splittable Pseudorandom
/// Number Generators").
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A whole number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        // A limit is far smaller than 2⁶⁴, so that all numbers are about as likely.
        (self.next() % limit as u64) as usize
    }

    /// A normal number with a deviation of 1: the sum of twelve uniform ones, less their mean.
    pub fn normal(&mut self) -> f32 {
        let uniform = (0..12).map(|_| (self.next() >> 40) as f32 / (1_u32 << 24) as f32);
        uniform.sum::<f32>() - 6.0
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Sizes of all parameters of a forecaster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The sizes that do not follow from its parameters.
    pub shape: Shape,
    /// The number of values that it forecasts at once.
    pub horizon: usize,
    /// The number of its blocks.
    pub blocks: usize,
    /// The width of the vectors: a multiple of the number of heads.
    pub d_model: usize,
    /// The width inside the feed-forward networks.
    pub d_ff: usize,
}

/// Parameters as training begins with them.
///
/// Matrices are random, and so small that the variance of what they return stays near 1. P is smaller still, biases and
/// β are 0, and γ is 1.
pub fn untrained(sizes: Sizes, random: &mut Random) -> Tensors {
    let Sizes {
        shape,
        horizon,
        blocks,
        d_model,
        d_ff,
    } = sizes;
    let mut matrix = |rows: usize, columns: usize, deviation: f32| {
        ArrayD::from_shape_simple_fn(IxDyn(&[rows, columns]), || deviation * random.normal())
    };
    let all = |length: usize, value: f32| Array1::from_elem(length, value).into_dyn();
    let of = |d_in: usize| 1.0 / (d_in as f32).sqrt();
    let places = shape.context / shape.patch;

    let mut named = vec![
        (
            "w_patch".to_owned(),
            matrix(d_model, shape.patch, of(shape.patch)),
        ),
        ("b_patch".to_owned(), all(d_model, 0.0)),
        ("positions".to_owned(), matrix(places, d_model, 0.1)),
        ("gamma_f".to_owned(), all(d_model, 1.0)),
        ("beta_f".to_owned(), all(d_model, 0.0)),
        ("w_head".to_owned(), matrix(horizon, d_model, of(d_model))),
        ("b_head".to_owned(), all(horizon, 0.0)),
    ];
    for block in 0..blocks {
        for (name, d_in, d_out) in [
            ("qkv", d_model, 3 * d_model),
            ("o", d_model, d_model),
            ("fc", d_model, d_ff),
            ("proj", d_ff, d_model),
        ] {
            let weight = matrix(d_in, d_out, of(d_in));
            named.push((format!("blocks.{block}.w_{name}"), weight));
            named.push((format!("blocks.{block}.b_{name}"), all(d_out, 0.0)));
        }
        for norm in [1, 2] {
            named.push((format!("blocks.{block}.gamma_{norm}"), all(d_model, 1.0)));
            named.push((format!("blocks.{block}.beta_{norm}"), all(d_model, 0.0)));
        }
    }
    named.into_iter().collect()
}
