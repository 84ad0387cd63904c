//! The figures of the lesson on multi-head attention, computed by its solution.

use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, Array3, Array4, Axis as Dimension, s};

use super::random::normals;
use super::{Axis, Figure, HeatMap, Panel, Range};

/// Self-attention of random vectors with random projections: the output and the weights.
fn attend(x: &Array3<f32>, heads: usize, seed: u64) -> (Array3<f32>, Array4<f32>) {
    let d_model = x.len_of(Dimension(2));
    let spread = (d_model as f32).sqrt().recip(); // so that projecting keeps the variance
    let w: [Array2<f32>; 4] = [0, 1, 2, 3].map(|i| normals((d_model, d_model), seed + i) * spread);
    let b = Array1::zeros(d_model);
    let projections = Projections {
        w_q: w[0].view(),
        b_q: b.view(),
        w_k: w[1].view(),
        b_k: b.view(),
        w_v: w[2].view(),
        b_v: b.view(),
        w_o: w[3].view(),
        b_o: b.view(),
    };
    multi_head_attention(x.view(), x.view(), x.view(), &projections, heads, None)
}

/// The first two of four heads on the sample of the lesson on attention pooling.
pub(super) fn heads() -> Figure {
    let x = normals((2, 5, 8), 11);
    let (_, weights) = attend(&x, 4, 21);
    let panel = |head: usize| {
        Panel::HeatMap(HeatMap {
            title: format!("head {}", head + 1),
            rows: Axis::symbols("query", 'q', 5),
            columns: Axis::symbols("key", 'k', 5),
            values: weights.slice(s![0, head, .., ..]).to_owned(),
            mask: None,
            range: Range::One,
        })
    };
    Figure {
        caption: "The first two of four heads on the same five vectors. Each has projections of its own, here random \
                  ones, and so its own idea of which key fits which query.",
        description: "two heat maps of five queries and five keys with different patterns.",
        panels: vec![panel(0), panel(1)],
    }
}

/// Five tokens with eight features before and after self-attention with two heads of size 4.
pub(super) fn self_attention() -> Figure {
    let x = normals((1, 5, 8), 31);
    let (output, _) = attend(&x, 2, 32);
    let panel = |title: &str, values: &Array3<f32>| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::numbers("token", 0, 5),
            columns: Axis::numbers("feature", 0, 8),
            values: values.index_axis(Dimension(0), 0).to_owned(),
            mask: None,
            range: Range::Of(2.5),
        })
    };
    Figure {
        caption: "Self-attention with two heads of size 4: five tokens go in, and five come out with as many features. \
                  Every row of the output is made from all rows of the input, so that rows become more alike.",
        description: "two heat maps of five tokens and eight features; the numbers of the output are smaller.",
        panels: vec![panel("input", &x), panel("output", &output)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_smaller_and_its_rows_more_alike() {
        let figure = self_attention();
        let [before, after] =
            [0, 1].map(|i| &figure.panels[i].heat_map().expect("a heat map").values);
        let between_rows = |m: &Array2<f32>| m.var_axis(Dimension(0), 0.0).sum();
        assert!(between_rows(after) < 0.5 * between_rows(before));
    }
}
