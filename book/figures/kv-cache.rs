//! The figure of the lesson on the key–value cache: rows of keys, counted while its solution reads.

use ::gpt::{BlockWeights, Gpt, Linear, Norm};
use ::kv_cache::{Model, read};
use ndarray::{Array1, Array2, s};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "rows-of-keys",
    compute: rows_of_keys,
}];

const PROMPT: usize = 32;
const WRITTEN: usize = 64;
const VOCABULARY: usize = 5;
const WIDTH: usize = 4;
const HEADS: usize = 2;

/// The rows of keys that one block computes for each token that is written, and until then.
fn rows_of_keys() -> Figure {
    let (with, without) = (rows(Reading::Cached), rows(Reading::Anew));
    let panel = |title: &str, y: &[f32], with: Vec<f32>, without: Vec<f32>| {
        Panel::Lines(Lines {
            title: title.to_owned(),
            x: Ticks {
                name: "tokens written",
                ticks: vec![1.0, 16.0, 32.0, 48.0, 64.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "rows of keys",
                ticks: y.to_vec(),
                logarithmic: false,
            },
            points: (1..=WRITTEN).map(|token| token as f32).collect(),
            series: vec![
                Series {
                    name: "without".to_owned(),
                    values: without,
                },
                Series {
                    name: "with".to_owned(),
                    values: with,
                },
            ],
        })
    };
    let (with_sums, without_sums) = (in_all(&with), in_all(&without));
    Figure {
        caption: "The rows of keys that each block computes after a prompt of 32 tokens, without and with a cache, as \
                  `Block::project` counts them. On the left for each token that is written, on the right for all up to \
                  it. With a cache, the first token costs the prompt, and every other token costs one row.",
        description: "on the left a line that rises from 32 to 95 rows without a cache, and one that falls from 32 to 1 \
                      and stays there with a cache; on the right a curve that rises to 4064 rows without a cache, and \
                      one that stays close to the bottom, at 95, with it.",
        panels: vec![
            panel(
                "for each token",
                &[0.0, 25.0, 50.0, 75.0, 100.0],
                with,
                without,
            ),
            panel(
                "in all",
                &[0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0],
                with_sums,
                without_sums,
            ),
        ],
    }
}

/// A way of reading what has been written.
#[derive(Clone, Copy)]
enum Reading {
    /// The newest token only, after a cache.
    Cached,
    /// The whole text.
    Anew,
}

/// The rows that are computed for each token.
fn rows(reading: Reading) -> Vec<f32> {
    let weights = SmallModel::random(PROMPT + WRITTEN, 1);
    let model = Model::new(&weights.gpt());
    let text: Vec<usize> = (0..PROMPT + WRITTEN).map(|i| i % VOCABULARY).collect();
    let (mut caches, mut before, mut rows) = (model.empty_caches(), 0, Vec::new());
    for length in PROMPT..PROMPT + WRITTEN {
        let counted = model.projected();
        if let Reading::Anew = reading {
            (caches, before) = (model.empty_caches(), 0);
        }
        (_, caches) = read(&text[before..length], &caches, &model);
        before = length;
        rows.push((model.projected() - counted) as f32);
    }
    rows
}

/// The sum of the rows up to each token.
fn in_all(rows: &[f32]) -> Vec<f32> {
    let mut sum = 0.0;
    rows.iter()
        .map(|rows| {
            sum += rows;
            sum
        })
        .collect()
}

/// The weights of a small model whose matrices are square but for W_qkv, and which has no biases. Its norms have γ = 1.
#[derive(Debug)]
pub struct SmallModel {
    /// E (vocabulary, d_model).
    pub e: Array2<f32>,
    /// P (context, d_model).
    pub p: Array2<f32>,
    /// W_qkv (d_model, 3 · d_model) of each block.
    pub qkv: Vec<Array2<f32>>,
    /// The other matrix (d_model, d_model) of each block, which is used in three places.
    pub square: Vec<Array2<f32>>,
    /// The number of heads of every block.
    pub heads: usize,
    ones: Array1<f32>,
    zeros: Array1<f32>,
}

impl SmallModel {
    /// A model with random weights.
    pub fn random(context: usize, blocks: u64) -> Self {
        let seeds = 2..2 + blocks;
        let qkv = seeds.clone().map(|seed| normals((WIDTH, 3 * WIDTH), seed));
        let square = seeds.map(|seed| normals((WIDTH, WIDTH), 100 + seed));
        Self::new(
            normals((VOCABULARY, WIDTH), 0),
            normals((context, WIDTH), 1),
            qkv.collect(),
            square.collect(),
            HEADS,
        )
    }

    /// A model with these weights.
    pub fn new(
        e: Array2<f32>,
        p: Array2<f32>,
        qkv: Vec<Array2<f32>>,
        square: Vec<Array2<f32>>,
        heads: usize,
    ) -> Self {
        let (ones, zeros) = (Array1::ones(e.ncols()), Array1::zeros(3 * e.ncols()));
        Self {
            e,
            p,
            qkv,
            square,
            heads,
            ones,
            zeros,
        }
    }

    /// The weights as exercise 18 takes them.
    pub fn gpt(&self) -> Gpt<'_> {
        let blocks = self.qkv.iter().zip(&self.square);
        Gpt {
            token_embedding: self.e.view(),
            position_embedding: self.p.view(),
            blocks: blocks
                .map(|(qkv, square)| self.block(qkv, square))
                .collect(),
            final_norm: self.norm(),
            heads: self.heads,
        }
    }

    fn block<'a>(&'a self, qkv: &'a Array2<f32>, square: &'a Array2<f32>) -> BlockWeights<'a> {
        let layer = |weight: &'a Array2<f32>| Linear {
            weight: weight.view(),
            bias: self.zeros.slice(s![..weight.ncols()]),
        };
        BlockWeights {
            norm_1: self.norm(),
            qkv: layer(qkv),
            attention_output: layer(square),
            norm_2: self.norm(),
            widen: layer(square),
            narrow: layer(square),
        }
    }

    fn norm(&self) -> Norm<'_> {
        Norm {
            gamma: self.ones.view(),
            beta: self.zeros.slice(s![..self.ones.len()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_has_the_right_numbers() {
        let (with, without) = (rows(Reading::Cached), rows(Reading::Anew));
        assert_eq!([without[0], without[WRITTEN - 1]], [32.0, 95.0]);
        assert_eq!([with[0], with[1], with[WRITTEN - 1]], [32.0, 1.0, 1.0]);
        let last = |rows: &[f32]| in_all(rows)[WRITTEN - 1];
        assert_eq!([last(&without), last(&with)], [4064.0, 95.0]);
    }
}
