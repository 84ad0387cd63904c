//! The figures of the lesson on the encoder block, computed by its solution.

use encoder_block::{
    EncoderSteps, EncoderWeights, FeedForward, Norm, Projections, keras_block, post_norm_block,
    pre_norm_block,
};
use layer_norm::layer_norm;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis as Dimension};

use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, Lines, NamedFigure, Panel, Range, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "keras-block",
        compute: keras,
    },
    NamedFigure {
        name: "stacks",
        compute: stacks,
    },
    NamedFigure {
        name: "weight-changes",
        compute: weight_changes,
    },
];

const LENGTH: usize = 10;
const D_MODEL: usize = 32;
const HEADS: usize = 2;
const D_FF: usize = 64;

/// A projection to `out` features that keeps the variance.
fn weight(out: usize, from: usize, seed: u64) -> Array2<f32> {
    normals((out, from), seed) * (from as f32).sqrt().recip()
}

/// Ten tokens with 32 features before and after the block that Keras's examples build, when it is not training.
fn keras() -> Figure {
    let x = normals((1, LENGTH, D_MODEL), 41);
    // In Keras, each head is as wide as the model.
    let wide = HEADS * D_MODEL;
    let [w_q, w_k, w_v] = [42, 43, 44].map(|seed| weight(wide, D_MODEL, seed));
    let (w_o, w_1, w_2) = (
        weight(D_MODEL, wide, 45),
        weight(D_FF, D_MODEL, 46),
        weight(D_MODEL, D_FF, 47),
    );
    let (none, wide_none, ff_none) = (
        Array1::zeros(D_MODEL),
        Array1::zeros(wide),
        Array1::zeros(D_FF),
    );
    let ones = Array1::ones(D_MODEL);
    let norm = Norm {
        gamma: ones.view(),
        beta: none.view(),
    };
    let weights = EncoderWeights {
        attention: Projections {
            w_q: w_q.view(),
            b_q: wide_none.view(),
            w_k: w_k.view(),
            b_k: wide_none.view(),
            w_v: w_v.view(),
            b_v: wide_none.view(),
            w_o: w_o.view(),
            b_o: none.view(),
        },
        norm_1: norm,
        feed_forward: FeedForward {
            w_1: w_1.view(),
            b_1: ff_none.view(),
            w_2: w_2.view(),
            b_2: none.view(),
        },
        norm_2: norm,
    };
    let output = keras_block(x.view(), &weights, HEADS, None).output;
    let panel = |title: &str, values: &ndarray::Array3<f32>| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::numbers("token", 0, LENGTH),
            columns: Axis::numbers("feature", 0, D_MODEL),
            values: values.index_axis(Dimension(0), 0).to_owned(),
            mask: None,
            range: Range::Of(2.5),
        })
    };
    Figure {
        caption: "Ten tokens with 32 features, before and after a block as Keras’s examples build it, with random \
                  weights: two heads of size 32, a feed-forward layer of 64, and the norm after each. Every row of the \
                  output has mean 0 and variance 1; it still resembles the input, because the residual connections \
                  add it.",
        description: "two heat maps of ten tokens and 32 features, of the same size and with similar patterns.",
        panels: vec![panel("input", &x), panel("output", &output)],
    }
}

pub(super) const STACK_WIDTH: usize = 64;

/// A block with random weights, no biases, and norms that have learned nothing.
pub(super) struct RandomBlock {
    /// Query, key, value and output.
    projections: [Array2<f32>; 4],
    pub(super) w_1: Array2<f32>,
    pub(super) w_2: Array2<f32>,
    zeros: Array1<f32>,
    hidden_zeros: Array1<f32>,
    ones: Array1<f32>,
}

impl RandomBlock {
    pub(super) fn draw(seed: u64) -> Self {
        let projection = |i| weight(STACK_WIDTH, STACK_WIDTH, seed + i);
        Self {
            projections: [0, 1, 2, 3].map(projection),
            w_1: weight(2 * STACK_WIDTH, STACK_WIDTH, seed + 4),
            w_2: weight(STACK_WIDTH, 2 * STACK_WIDTH, seed + 5),
            zeros: Array1::zeros(STACK_WIDTH),
            hidden_zeros: Array1::zeros(2 * STACK_WIDTH),
            ones: Array1::ones(STACK_WIDTH),
        }
    }

    /// Returns the block with each weight changed at random, on average by `share` of the size of its matrix's weights.
    fn changed(&self, share: f32, seed: u64) -> Self {
        let change = |w: &Array2<f32>, i: u64| {
            let changes: Array2<f32> = normals(w.dim(), seed + i) * (share * w.std(0.0));
            w + &changes
        };
        let [w_q, w_k, w_v, w_o] = &self.projections;
        Self {
            projections: [
                change(w_q, 0),
                change(w_k, 1),
                change(w_v, 2),
                change(w_o, 3),
            ],
            w_1: change(&self.w_1, 4),
            w_2: change(&self.w_2, 5),
            ..Self::draw(0)
        }
    }

    pub(super) fn weights(&self) -> EncoderWeights<'_> {
        let [w_q, w_k, w_v, w_o] = self.projections.each_ref().map(|w| w.view());
        let b = self.zeros.view();
        let norm = Norm {
            gamma: self.ones.view(),
            beta: b,
        };
        EncoderWeights {
            attention: Projections {
                w_q,
                b_q: b,
                w_k,
                b_k: b,
                w_v,
                b_v: b,
                w_o,
                b_o: b,
            },
            norm_1: norm,
            feed_forward: FeedForward {
                w_1: self.w_1.view(),
                b_1: self.hidden_zeros.view(),
                w_2: self.w_2.view(),
                b_2: b,
            },
            norm_2: norm,
        }
    }
}

/// Input of a stack with random weights, and the output of each of its blocks, in both orders: post-norm, pre-norm.
fn stack_outputs(draw: u64) -> [Vec<Array3<f32>>; 2] {
    const DEPTH: u64 = 24;
    // Seeds of draws and blocks must not meet.
    let seed = 1000 * draw;
    let x = normals((1, 16, STACK_WIDTH), seed + 51);
    let mut outputs = [vec![x.clone()], vec![x]];
    for i in 0..DEPTH {
        let block = RandomBlock::draw(seed + 100 + 6 * i);
        for (order, outputs) in [post_norm_block, pre_norm_block]
            .into_iter()
            .zip(&mut outputs)
        {
            let last = &outputs[outputs.len() - 1];
            let output = order(last.view(), &block.weights(), 4, None).output;
            outputs.push(output);
        }
    }
    outputs
}

/// The size of the numbers after each block of a stack in both orders, on average over many stacks.
fn stacks() -> Figure {
    const DRAWS: u16 = 30;
    let mut sizes = [Array1::zeros(25), Array1::zeros(25)];
    for draw in 0..DRAWS {
        for (sizes, outputs) in sizes.iter_mut().zip(stack_outputs(u64::from(draw))) {
            *sizes += &outputs.iter().map(|x| x.std(0.0)).collect::<Array1<f32>>();
        }
    }
    let [post, pre] = sizes.map(|sizes| (sizes / f32::from(DRAWS)).to_vec());
    Figure {
        caption: "The standard deviation of what comes out of a stack of blocks with random weights, 64 features wide \
                  with 4 heads, on average over 30 stacks. In post-norm each block ends at 1. In pre-norm each adds to \
                  what it was given, and the numbers grow a little faster than the root of the depth.",
        description: "two curves over the number of blocks; the first stays at 1, the second rises from 1 to 5.3.",
        panels: vec![Panel::Lines(Lines {
            title: "a stack of blocks".to_owned(),
            x: Ticks {
                name: "blocks",
                ticks: vec![0.0, 6.0, 12.0, 18.0, 24.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "standard deviation",
                ticks: vec![0.0, 2.0, 4.0, 6.0],
                logarithmic: false,
            },
            points: (0..pre.len()).map(|block| block as f32).collect(),
            series: both_orders(post, pre),
        })],
    }
}

/// The curves of both orders of a block.
fn both_orders(post: Vec<f32>, pre: Vec<f32>) -> Vec<Series> {
    [("post-norm", post), ("pre-norm", pre)]
        .map(|(name, values)| Series {
            name: name.to_owned(),
            values,
        })
        .into()
}

/// One of the two orders of a block.
type Order = fn(
    ArrayView3<'_, f32>,
    &EncoderWeights<'_>,
    usize,
    Option<ArrayView3<'_, bool>>,
) -> EncoderSteps;

/// Passes `x` through a stack of blocks, and keeps its input and the output of each block.
fn states<'a>(
    order: Order,
    blocks: impl IntoIterator<Item = &'a RandomBlock>,
    x: Array3<f32>,
) -> Vec<Array3<f32>> {
    let mut states = vec![x];
    for block in blocks {
        let last = &states[states.len() - 1];
        let output = order(last.view(), &block.weights(), 4, None).output;
        states.push(output);
    }
    states
}

/// The last state after the norm at the end of a stack, which changes nothing in post-norm.
fn normed_output(states: &[Array3<f32>]) -> Array2<f32> {
    let (ones, zeros) = (Array1::ones(STACK_WIDTH), Array1::zeros(STACK_WIDTH));
    let rows = states[states.len() - 1].index_axis(Dimension(0), 0);
    layer_norm(rows, ones.view(), zeros.view(), 1e-5)
}

/// Change of a stack's output, in percent of its size, when the weights of one block change by 1 %: for each block.
fn changes_by_block(order: Order) -> Vec<f32> {
    const DEPTH: usize = 12;
    const DRAWS: u64 = 8;
    let mut squares = Array1::<f32>::zeros(DEPTH);
    for draw in 0..DRAWS {
        // Seeds of draws, blocks and changes must not meet.
        let seed = |part: usize| 100_000 + 1000 * draw + 10 * part as u64;
        let blocks: Vec<RandomBlock> = (0..DEPTH).map(|i| RandomBlock::draw(seed(i))).collect();
        let x = normals((1, 16, STACK_WIDTH), seed(2 * DEPTH));
        let before = states(order, &blocks, x);
        for i in 0..DEPTH {
            let changed = blocks[i].changed(0.01, seed(DEPTH + i));
            let rest = std::iter::once(&changed).chain(&blocks[i + 1..]);
            let after = states(order, rest, before[i].clone());
            let moved = normed_output(&after) - normed_output(&before);
            squares[i] += moved.mapv(|entry| entry * entry).mean().unwrap_or_default();
        }
    }
    squares
        .mapv(|square| 100.0 * (square / DRAWS as f32).sqrt())
        .to_vec()
}

/// Effect of a small change of one block's weights on the output of a stack, in both orders.
fn weight_changes() -> Figure {
    let [post, pre] = [post_norm_block, pre_norm_block].map(|order| changes_by_block(order));
    Figure {
        caption: "How far the output of a stack of 12 random blocks moves when the weights of one block change by 1 %. \
                  The output has a size of 1 in both orders: pre-norm has its norm at the end.",
        description: "two curves over the twelve blocks; post-norm stays above 0.9 percent and rises a little, pre-norm \
                      falls from the first block to the last.",
        panels: vec![Panel::Lines(Lines {
            title: "a change of 1 % in one block".to_owned(),
            x: Ticks {
                name: "block",
                ticks: vec![1.0, 4.0, 8.0, 12.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "change of the output in %",
                ticks: vec![0.0, 0.5, 1.0, 1.5, 2.0],
                logarithmic: false,
            },
            points: (1..=post.len()).map(|block| block as f32).collect(),
            series: both_orders(post, pre),
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_blocks_move_a_post_norm_stack_more() {
        let figure = weight_changes();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("curves")
        };
        let [post, pre] = [0, 1].map(|series: usize| &lines.series[series].values);
        let mean = |changes: &[f32]| changes.iter().sum::<f32>() / changes.len() as f32;
        assert!(post.iter().all(|&change| change > 0.9), "{post:?}");
        assert!(mean(&post[9..]) > mean(&post[..3]), "{post:?}");
        assert!(
            pre[11] < 0.5 * pre[0] && pre[11] < 0.5 * post[11],
            "{pre:?}"
        );
    }

    #[test]
    fn only_pre_norm_grows_and_faster_than_the_root_of_the_depth() {
        let figure = stacks();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("curves")
        };
        let [post, pre] = [0, 1].map(|series: usize| &lines.series[series].values);
        assert!(post[1..].iter().all(|size| (size - 1.0).abs() < 0.01));
        assert!(figure.description.contains(&format!("{:.1}", pre[24])));
        // The root of the depth would add the same to the variance with each block.
        let gain =
            |from: usize, to: usize| (pre[to].powi(2) - pre[from].powi(2)) / (to - from) as f32;
        let gains = [gain(0, 1), gain(1, 4), gain(4, 10), gain(10, 24)];
        assert!(gains.is_sorted(), "{gains:?}");
    }

    #[test]
    fn the_tokens_of_a_pre_norm_stack_become_alike() {
        // The mean of unit vectors is the longer the more alike they are.
        let alike = |x: &Array3<f32>| {
            let mut tokens = x.index_axis(Dimension(0), 0).to_owned();
            for mut token in tokens.rows_mut() {
                token /= token.dot(&token).sqrt();
            }
            let mean = tokens.mean_axis(Dimension(0)).expect("not empty");
            mean.dot(&mean)
        };
        let [_, outputs] = stack_outputs(0);
        let alike = [0, 1, 4, 10, 24].map(|block| alike(&outputs[block]));
        assert!(
            alike.is_sorted() && alike[0] < 0.1 && alike[4] > 0.4,
            "{alike:?}"
        );
    }

    #[test]
    fn the_rows_are_normal_and_resemble_the_input() {
        let figure = keras();
        let [input, output] =
            [0, 1].map(|i| &figure.panels[i].heat_map().expect("a heat map").values);
        for row in output.rows() {
            assert!(
                row.mean().expect("not empty").abs() < 1e-5 && (row.var(0.0) - 1.0).abs() < 1e-3
            );
        }
        assert!(
            (input * output).mean().expect("not empty") > 0.3,
            "the rows are correlated"
        );
    }
}
