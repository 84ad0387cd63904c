//! The figure of the lesson on additive attention, computed by its solution.

use additive_attention::{alignment, context};
use ndarray::{Array2, array};

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "additive-tanh",
    compute: tanh,
}];

/// The weights of the lesson's worked example, with the tanh and without it.
fn tanh() -> Figure {
    let (queries, keys) = (
        array![[1.0, 2.0], [-1.0, 0.0]],
        array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
    );
    let (w_a, u_a) = (
        array![[1.0, 0.0], [0.5, -0.5]],
        array![[1.0, -1.0], [0.5, 1.0]],
    );
    let v_a = array![2.0, -1.0];
    let bent = alignment(
        queries.view(),
        keys.view(),
        w_a.view(),
        u_a.view(),
        v_a.view(),
    );
    let (projected_queries, projected_keys) = (
        queries.dot(&w_a.t()).dot(&v_a),
        keys.dot(&u_a.t()).dot(&v_a),
    );
    let straight = Array2::from_shape_fn(bent.dim(), |(query, key)| {
        projected_queries[query] + projected_keys[key]
    });
    let panel = |title: &str, scores: Array2<f32>| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::symbols("query", 'q', 2),
            columns: Axis::symbols("key", 'k', 3),
            values: context(scores.view(), keys.view(), None).1,
            mask: None,
            range: Range::One,
        })
    };
    Figure {
        caption: "The weights of the worked example’s two queries. With the tanh, they differ from query to query. \
                  Without it, both rows are the same: the query has no effect.",
        description: "two rows of three weights; with the tanh the rows differ, without it they are equal.",
        panels: vec![panel("with tanh", bent), panel("without tanh", straight)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_tanh_both_queries_have_the_same_weights() {
        let figure = tanh();
        let difference = |panel: usize| {
            let weights = &figure.panels[panel].heat_map().expect("a heat map").values;
            (&weights.row(0) - &weights.row(1)).fold(0.0, |far: f32, d| far.max(d.abs()))
        };
        assert!(difference(0) > 0.1 && difference(1) < 1e-6);
    }
}
