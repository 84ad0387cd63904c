//! The figure of the lesson on Llama, computed by its solution.

use ::llama::{BlockWeights, Config, Llama, rotate};
use ndarray::{Array1, Array2, Array3};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "bases",
    compute: bases,
}];

const HEAD_DIM: usize = 64;
/// The distances are those from 1, 2, 4, … on, up to twice as far.
const OCTAVES: usize = 17;
/// The number of distances of an octave over which the mean is taken.
const SAMPLES: usize = 16;

/// The product of two equal vectors, by their distance, for three bases.
fn bases() -> Figure {
    let series = [("10,000", 1e4), ("100,000", 1e5), ("500,000", 5e5)];
    Figure {
        caption: "The product of a query and a key that are equal before the rotation, as a share of what it is at \
                  distance 0, for heads of 64 features whose pairs are all equally long. Each point is the mean of \
                  distances from one power of 2 to the next. The larger the base, the further away a key can be and \
                  still be found by what it is.",
        description: "three curves that fall from nearly 1 at distance 1 to about 0. The one for the base 10,000 is \
                      at the bottom, the one for 500,000 at the top.",
        panels: vec![Panel::Lines(Lines {
            title: "share that is left".to_owned(),
            x: Ticks {
                name: "distance",
                ticks: vec![1.0, 16.0, 256.0, 4096.0, 65_536.0],
                logarithmic: true,
            },
            y: Ticks {
                name: "share",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: (0..OCTAVES).map(|octave| (1 << octave) as f32).collect(),
            series: series
                .map(|(name, base)| Series {
                    name: name.to_owned(),
                    values: shares(base),
                })
                .into(),
        })],
    }
}

/// The mean share of the product in each octave of distances.
fn shares(base: f32) -> Vec<f32> {
    let mean = |octave: usize| {
        let from = 1 << octave;
        let sum: f32 = (0..SAMPLES)
            .map(|sample| share(from + sample * from / SAMPLES, base))
            .sum();
        sum / SAMPLES as f32
    };
    (0..OCTAVES).map(mean).collect()
}

/// The product of two vectors of ones at a distance, as a share of the product at distance 0.
fn share(distance: usize, base: f32) -> f32 {
    let ones = Array3::ones((1, 1, HEAD_DIM));
    let rotated = rotate(ones.view(), distance, base);
    (rotated * &ones).sum() / HEAD_DIM as f32
}

/// The sizes of a model with random weights.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Number of tokens of the vocabulary.
    pub vocabulary: usize,
    /// Width of the model.
    pub d_model: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Width within the feed-forward network.
    pub d_ff: usize,
    /// Number of blocks.
    pub blocks: usize,
    /// The settings.
    pub config: Config,
}

/// The weights of a model with tied weights. Its norms have γ between 0.5 and 1.5.
#[derive(Debug)]
pub struct RandomLlama {
    token_embedding: Array2<f32>,
    gammas: Vec<Array1<f32>>,
    matrices: Vec<[Array2<f32>; 7]>,
    config: Config,
}

impl RandomLlama {
    /// Draws the weights.
    pub fn new(sizes: Sizes) -> Self {
        let Config {
            heads, kv_heads, ..
        } = sizes.config;
        let (inner, shared) = (heads * sizes.head_dim, kv_heads * sizes.head_dim);
        let d_model = sizes.d_model;
        let matrix = |block: usize, part: u64, rows: usize, columns: usize| -> Array2<f32> {
            normals((rows, columns), 100 * block as u64 + part) / (columns as f32).sqrt()
        };
        let of_block = |block: usize| {
            let block = block + 1;
            [
                matrix(block, 0, inner, d_model),
                matrix(block, 1, shared, d_model),
                matrix(block, 2, shared, d_model),
                matrix(block, 3, d_model, inner),
                matrix(block, 4, sizes.d_ff, d_model),
                matrix(block, 5, sizes.d_ff, d_model),
                matrix(block, 6, d_model, sizes.d_ff),
            ]
        };
        let gamma = |norm: usize| {
            Array1::from_shape_fn(d_model, |i| 0.5 + ((7 * i + 3 * norm) % 11) as f32 / 10.0)
        };
        Self {
            token_embedding: normals((sizes.vocabulary, d_model), 0),
            gammas: (0..=2 * sizes.blocks).map(gamma).collect(),
            matrices: (0..sizes.blocks).map(of_block).collect(),
            config: sizes.config,
        }
    }

    /// The weights as exercise 21 takes them.
    pub fn model(&self) -> Llama<'_> {
        Llama {
            token_embedding: self.token_embedding.view(),
            blocks: (0..self.matrices.len())
                .map(|block| self.block(block))
                .collect(),
            final_norm: self.gammas[2 * self.matrices.len()].view(),
            head: None,
            config: self.config,
        }
    }

    fn block(&self, block: usize) -> BlockWeights<'_> {
        let [w_q, w_k, w_v, w_o, w_gate, w_up, w_down] = &self.matrices[block];
        BlockWeights {
            norm_1: self.gammas[2 * block].view(),
            w_q: w_q.view(),
            w_k: w_k.view(),
            w_v: w_v.view(),
            w_o: w_o.view(),
            norm_2: self.gammas[2 * block + 1].view(),
            w_gate: w_gate.view(),
            w_up: w_up.view(),
            w_down: w_down.view(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_base_keeps_more_at_every_distance() {
        let [small, middle, large] = [1e4, 1e5, 5e5].map(shares);
        for octave in 4..OCTAVES - 3 {
            assert!(small[octave] < middle[octave] && middle[octave] < large[octave]);
        }
        assert!(large[0] > 0.9 && small[OCTAVES - 1].abs() < 0.2);
    }
}
