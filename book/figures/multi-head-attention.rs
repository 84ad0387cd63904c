//! The figure of the lesson on multi-head attention, computed by its solution.

use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, Array3, Array4, Axis as Dimension, s};

use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "heads",
    compute: heads,
}];

/// Self-attention of random vectors with random projections: the output and the weights.
pub(super) fn attend(x: &Array3<f32>, heads: usize, seed: u64) -> (Array3<f32>, Array4<f32>) {
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
fn heads() -> Figure {
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
        caption: "The first two of four heads on the same five vectors. Each has its own projections, here random \
                  ones, so each gives its weight to different keys.",
        description: "two heat maps of five queries and five keys with different patterns.",
        panels: vec![panel(0), panel(1)],
    }
}
