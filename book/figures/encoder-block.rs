//! The figures of the lesson on the encoder block, computed by its solution.

use encoder_block::{
    EncoderWeights, FeedForward, Norm, Projections, keras_block, post_norm_block, pre_norm_block,
};
use ndarray::{Array1, Array2, Array3, Axis as Dimension};

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
                  output has mean 0 and variance 1; a trace of the input is left, which the residual connections \
                  carried past everything.",
        description: "two heat maps of ten tokens and 32 features, of the same size and with similar patterns.",
        panels: vec![panel("input", &x), panel("output", &output)],
    }
}

/// The size of the numbers after each block of a stack, in both orders, with random weights.
fn stacks() -> Figure {
    const DEPTH: usize = 24;
    const WIDTH: usize = 64;
    let (none, ones) = (Array1::zeros(WIDTH), Array1::ones(WIDTH));
    let ff_none = Array1::zeros(2 * WIDTH);
    let x = normals((1, 16, WIDTH), 51);
    let (mut post, mut pre) = (x.clone(), x);
    let mut sizes = [vec![post.std(0.0)], vec![pre.std(0.0)]];
    for block in 0..DEPTH as u64 {
        let seed = 100 + 6 * block;
        let w: [Array2<f32>; 4] = [0, 1, 2, 3].map(|i| weight(WIDTH, WIDTH, seed + i));
        let (w_1, w_2) = (
            weight(2 * WIDTH, WIDTH, seed + 4),
            weight(WIDTH, 2 * WIDTH, seed + 5),
        );
        let [w_q, w_k, w_v, w_o] = w.each_ref().map(|w| w.view());
        let b = none.view();
        let norm = Norm {
            gamma: ones.view(),
            beta: b,
        };
        let weights = EncoderWeights {
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
                w_1: w_1.view(),
                b_1: ff_none.view(),
                w_2: w_2.view(),
                b_2: b,
            },
            norm_2: norm,
        };
        post = post_norm_block(post.view(), &weights, 4, None).output;
        pre = pre_norm_block(pre.view(), &weights, 4, None).output;
        sizes
            .iter_mut()
            .zip([&post, &pre])
            .for_each(|(sizes, x): (_, &Array3<f32>)| sizes.push(x.std(0.0)));
    }
    let [post, pre] = sizes;
    Figure {
        caption: "The standard deviation of what comes out of a stack of blocks with random weights, 64 features wide \
                  with 4 heads. In post-norm each block ends at 1. In pre-norm each adds to what is there, and the sum \
                  grows about like the root of the depth.",
        description: "two curves over the number of blocks; the first stays at 1, the second rises from 1 to 4.6, \
                      ever more slowly.",
        panels: vec![Panel::Lines(Lines {
            title: "a stack of blocks".to_owned(),
            x: Ticks {
                name: "blocks",
                ticks: vec![0.0, 6.0, 12.0, 18.0, 24.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "standard deviation",
                ticks: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
                logarithmic: false,
            },
            points: (0..=DEPTH).map(|block| block as f32).collect(),
            series: vec![
                Series {
                    name: "post-norm".to_owned(),
                    values: post,
                },
                Series {
                    name: "pre-norm".to_owned(),
                    values: pre,
                },
            ],
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pre_norm_grows() {
        let Panel::Lines(lines) = &stacks().panels[0] else {
            panic!("curves")
        };
        let [post, pre] = [0, 1].map(|series: usize| &lines.series[series].values);
        assert!(post[1..].iter().all(|size| (size - 1.0).abs() < 0.01));
        assert!(
            [1, 2, 4, 8, 16, 24].map(|block| pre[block]).is_sorted()
                && (4.0..5.0).contains(&pre[24])
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
