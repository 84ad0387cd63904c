//! The figure of the lesson on layer norm, computed by its solution.

use ::feed_forward::relu;
use ::layer_norm::{layer_norm, rms_norm};
use encoder_block::{post_norm_block, pre_norm_block};
use ndarray::{Array1, Array2, Axis as Dimension, array};

use super::encoder_block::{RandomBlock, STACK_WIDTH};
use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, Lines, NamedFigure, Panel, Range, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "norms",
        compute: norms,
    },
    NamedFigure {
        name: "gradient-sizes",
        compute: gradient_sizes,
    },
];

/// One row in three sizes, before and after both norms.
fn norms() -> Figure {
    let row = array![1.0, 3.0, 5.0, 11.0];
    let x = ndarray::stack![Dimension(0), row, &row * 10.0, &row + 100.0];
    let (gamma, beta) = (Array1::ones(4), Array1::zeros(4));
    let panel = |title: &str, values: Array2<f32>, largest: f32| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::words("row", &["x", "10 x", "x + 100"]),
            columns: Axis::numbers("feature", 0, 4),
            values,
            mask: None,
            range: Range::Of(largest),
        })
    };
    let layer = layer_norm(x.view(), gamma.view(), beta.view(), 1e-5);
    let rms = rms_norm(x.view(), gamma.view(), 1e-5);
    Figure {
        caption: "One row, ten times the row, and the row moved up by 100. To layer norm all three are the same. RMS \
                  norm ignores the factor, too, but not the move: it does not subtract the mean, so a row far from 0 \
                  comes out nearly constant.",
        description: "three rows of four numbers; after layer norm the rows are equal, after RMS norm the third is \
                      nearly constant.",
        panels: vec![
            panel("x", x, 111.0),
            panel("layer norm", layer, 2.0),
            panel("RMS norm", rms, 2.0),
        ],
    }
}

const DEPTH: usize = 24;
const LENGTH: usize = 16;
const HEADS: usize = 4;
const EPSILON: f32 = 1e-5;

/// Order of the parts in a block.
#[derive(Clone, Copy)]
enum Order {
    PostNorm,
    PreNorm,
}

/// Normalises rows, without γ and β.
fn normed(rows: &Array2<f32>) -> Array2<f32> {
    let width = rows.ncols();
    let (gamma, beta) = (Array1::ones(width), Array1::zeros(width));
    layer_norm(rows.view(), gamma.view(), beta.view(), EPSILON)
}

/// Returns the gradient, by `rows`, of the sum of `slope` times the normalised rows.
fn gradient_of_norm(rows: &Array2<f32>, slope: &Array2<f32>) -> Array2<f32> {
    let y = normed(rows);
    let mean =
        |x: &Array2<f32>| x.sum_axis(Dimension(1)).insert_axis(Dimension(1)) / rows.ncols() as f32;
    let deviation = rows.std_axis(Dimension(1), 0.0).insert_axis(Dimension(1));
    (slope - &mean(slope) - &y * &mean(&(slope * &y))) / deviation
}

/// Returns the size of the gradient in the last block of stacks of 1, 2 and more blocks with random weights: that of
/// `w_2`, by a random linear function of the normalised output.
fn gradients_in_the_last_block(order: Order, draw: u64) -> Array1<f32> {
    let seed = 1000 * (draw + 1);
    let slope = normals((LENGTH, STACK_WIDTH), seed);
    let mut x = normals((1, LENGTH, STACK_WIDTH), seed + 1);
    let mut sizes = Array1::zeros(DEPTH);
    for (i, size) in sizes.iter_mut().enumerate() {
        let block = RandomBlock::draw(seed + 10 + 6 * i as u64);
        let steps = match order {
            Order::PostNorm => post_norm_block(x.view(), &block.weights(), HEADS, None),
            Order::PreNorm => pre_norm_block(x.view(), &block.weights(), HEADS, None),
        };
        let stream = steps.after_attention.index_axis(Dimension(0), 0).to_owned();
        let sum = &stream + &steps.feed_forward.index_axis(Dimension(0), 0);
        let read = match order {
            Order::PostNorm => stream,
            Order::PreNorm => normed(&stream),
        };
        let hidden = relu(read.dot(&block.w_1.t()).view());
        // In post-norm the norm is the block's own, in pre-norm it is the one after the last block.
        let gradient = gradient_of_norm(&sum, &slope).t().dot(&hidden);
        *size = (&gradient * &gradient).sum().sqrt();
        x = steps.output;
    }
    sizes
}

/// The size of the gradient in the last block of a stack, before training, in both orders.
fn gradient_sizes() -> Figure {
    const DRAWS: u64 = 10;
    let series = |name: &str, order| {
        let mut sizes = Array1::zeros(DEPTH);
        for draw in 0..DRAWS {
            sizes += &gradients_in_the_last_block(order, draw);
        }
        let first = sizes[0];
        Series {
            name: name.to_owned(),
            values: (sizes / first).to_vec(),
        }
    };
    Figure {
        caption: "The size of the gradient in the last block of a stack before training, as a share of that in a stack \
                  of one block, on average over 10 stacks with random weights. In post-norm it is as large in a deep \
                  stack as in a single block. In pre-norm the stream has grown on its way, the norm at the end divides \
                  by its size, and the gradient falls: the first steps of training are smaller without a warm-up.",
        description: "two curves over the number of blocks, which begin at 1; the first stays there, the second falls \
                      to a quarter.",
        panels: vec![Panel::Lines(Lines {
            title: "gradient in the last block".to_owned(),
            x: Ticks {
                name: "blocks in the stack",
                ticks: vec![1.0, 6.0, 12.0, 18.0, 24.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "size, one block = 1",
                ticks: vec![0.0, 0.5, 1.0, 1.5],
                logarithmic: false,
            },
            points: (1..=DEPTH).map(|block| block as f32).collect(),
            series: vec![
                series("post-norm", Order::PostNorm),
                series("pre-norm", Order::PreNorm),
            ],
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layer_norm_sees_neither_factor_nor_move_and_rms_norm_sees_the_move() {
        let figure = norms();
        let row = |panel: usize, row: usize| {
            figure.panels[panel]
                .heat_map()
                .expect("a heat map")
                .values
                .row(row)
                .to_owned()
        };
        let same = |a: Array1<f32>, b: Array1<f32>| {
            (a - b).iter().all(|difference| difference.abs() < 1e-3)
        };
        assert!(same(row(1, 0), row(1, 1)) && same(row(1, 0), row(1, 2)));
        assert!(same(row(2, 0), row(2, 1)) && row(2, 2).std(0.0) < 0.1);
    }

    #[test]
    fn the_gradient_of_the_norm_is_its_derivative() {
        let (rows, slope) = (normals((2, 8), 1), normals((2, 8), 2));
        let gradient = gradient_of_norm(&rows, &slope);
        let direction = normals((2, 8), 3);
        let at = |step: f32| (normed(&(&rows + &(&direction * step))) * &slope).sum();
        let derivative = (at(0.01) - at(-0.01)) / 0.02;
        let expected = (gradient * direction).sum();
        assert!((derivative - expected).abs() < 0.01 * expected.abs());
    }

    #[test]
    fn the_gradient_of_a_deep_stack_falls_in_pre_norm_only() {
        let figure = gradient_sizes();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("curves")
        };
        let [post, pre] = [0, 1].map(|series: usize| &lines.series[series].values);
        assert!(
            post.iter().all(|size| (0.8..1.25).contains(size)),
            "{post:?}"
        );
        assert!(pre[5] < 0.6 && (0.2..0.3).contains(&pre[23]), "{pre:?}");
    }
}
