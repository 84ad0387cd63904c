//! The figure of the lesson on GPT, computed by its solution.

use ::gpt::{BlockWeights, Linear, Norm, block};
use ndarray::{Array1, Array2, Array3, s};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "stream-growth",
    compute: stream_growth,
}];

const BLOCKS: u64 = 12;
const WIDTH: usize = 32;
const HEADS: usize = 4;

/// The size of the numbers after each block of a random model, without and with the last norm.
fn stream_growth() -> Figure {
    let sizes = sizes();
    Figure {
        caption: "The root mean square of the numbers in the stream of a random model: 12 blocks of 32 features, read \
                  by 16 tokens. Each block adds to the stream, and nothing makes it smaller. The last norm brings the \
                  numbers back to the size with which they came in.",
        description: "a curve that rises from 1 at the embedding, more and more slowly, to several times as much after \
                      12 blocks; next to it a straight line at 1, for the numbers after a layer norm.",
        panels: vec![Panel::Lines(Lines {
            title: "root mean square".to_owned(),
            x: Ticks {
                name: "blocks",
                ticks: vec![0.0, 3.0, 6.0, 9.0, 12.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "root mean square",
                ticks: vec![0.0, 1.0, 2.0, 3.0, 4.0],
                logarithmic: false,
            },
            points: (0..=BLOCKS).map(|blocks| blocks as f32).collect(),
            series: vec![
                Series {
                    name: "stream".to_owned(),
                    values: sizes.iter().map(|&(stream, _)| stream).collect(),
                },
                Series {
                    name: "after a norm".to_owned(),
                    values: sizes.iter().map(|&(_, normed)| normed).collect(),
                },
            ],
        })],
    }
}

/// The sizes of the stream, and of its layer norm, before the first block and after each.
fn sizes() -> Vec<(f32, f32)> {
    let (ones, zeros) = (Array1::ones(WIDTH), Array1::zeros(WIDTH));
    let norm = Norm {
        gamma: ones.view(),
        beta: zeros.view(),
    };
    let mut x: Array3<f32> = normals((1, 16, WIDTH), 0);
    let mut sizes = Vec::new();
    for seed in 0..=BLOCKS {
        let normed = norm.apply(x.view(), ::gpt::EPSILON);
        sizes.push((root_mean_square(&x), root_mean_square(&normed)));
        x = random_block(&x, seed + 1);
    }
    sizes
}

/// The output of a block with random weights, which keep the variance of what they multiply.
fn random_block(x: &Array3<f32>, seed: u64) -> Array3<f32> {
    let matrix = |rows: usize, columns: usize, part: u64| -> Array2<f32> {
        normals((rows, columns), 100 * seed + part) / (rows as f32).sqrt()
    };
    let qkv = matrix(WIDTH, 3 * WIDTH, 0);
    let attention_output = matrix(WIDTH, WIDTH, 1);
    let (widen, narrow) = (matrix(WIDTH, 4 * WIDTH, 2), matrix(4 * WIDTH, WIDTH, 3));
    let (ones, zeros) = (Array1::ones(WIDTH), Array1::zeros(4 * WIDTH));
    let norm = Norm {
        gamma: ones.view(),
        beta: zeros.slice(s![..WIDTH]),
    };
    let weights = BlockWeights {
        norm_1: norm,
        qkv: linear(&qkv, &zeros),
        attention_output: linear(&attention_output, &zeros),
        norm_2: norm,
        widen: linear(&widen, &zeros),
        narrow: linear(&narrow, &zeros),
    };
    block(x.view(), &weights, HEADS).output
}

/// A layer without a bias: `zeros` are at least as many as it has columns.
fn linear<'a>(weight: &'a Array2<f32>, zeros: &'a Array1<f32>) -> Linear<'a> {
    Linear {
        weight: weight.view(),
        bias: zeros.slice(s![..weight.ncols()]),
    }
}

fn root_mean_square(x: &Array3<f32>) -> f32 {
    let mean = x.mapv(|x| x * x).mean();
    mean.unwrap_or_default().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_grows_and_its_norm_does_not() {
        let sizes = sizes();
        assert!(sizes.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(sizes.iter().all(|(_, normed)| (normed - 1.0).abs() < 0.01));
    }
}
