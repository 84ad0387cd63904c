//! The figures of the lesson on the backward pass of attention, computed by its solution.

use ::attention_backward::attention_backward;
use ndarray::{Array2, ArrayView2};
use softmax::{masked_softmax, softmax};

use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, Lines, NamedFigure, Panel, Range, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "attention-gradients",
        compute: gradients,
    },
    NamedFigure {
        name: "saturated-gradients",
        compute: saturation,
    },
];

/// Returns dS (queries, keys) for these scores and this dP, by the solution.
///
/// With the identity as keys, scores are the queries divided by √d_k, and dQ is dS divided by √d_k. With the identity as
/// dy, dP is the transpose of the values.
pub fn dscores(
    scores: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
    dweights: ArrayView2<'_, f32>,
) -> Array2<f32> {
    let (queries, keys) = scores.dim();
    let root = (keys as f32).sqrt();
    let (q, k, dy) = (&scores * root, Array2::eye(keys), Array2::eye(queries));
    let gradients = attention_backward(q.view(), k.view(), dweights.t(), mask, dy.view());
    gradients.dq * root
}

/// The number of positions in the maps.
const LENGTH: usize = 5;

/// P, dP and dS under a causal mask.
fn gradients() -> Figure {
    let scores = normals((LENGTH, LENGTH), 51);
    let dweights = normals((LENGTH, LENGTH), 52);
    let mask = Array2::from_shape_fn((LENGTH, LENGTH), |(query, key)| key <= query);
    let dscores = dscores(scores.view(), Some(mask.view()), dweights.view());
    let weights = masked_softmax(scores.view(), mask.view());
    let map = |title: &str, values: Array2<f32>, mask: Option<&Array2<bool>>, range: Range| {
        Panel::HeatMap(HeatMap {
            title: title.to_owned(),
            rows: Axis::symbols("query", 'q', LENGTH),
            columns: Axis::symbols("key", 'k', LENGTH),
            values,
            mask: mask.cloned(),
            range,
        })
    };
    Figure {
        caption: "Weights under a causal mask, random gradients of these weights, and the gradients of the scores that \
                  follow. Each row of $\\mathrm{d}S$ adds up to 0. Blocked entries of $\\mathrm{d}P$ have no effect. The \
                  first query has only one key, whose weight is 1 whatever its score is, so its gradient is 0.",
        description: "three maps of five queries and five keys; in the last, the part above the diagonal is crossed out, \
                      and each row has positive and negative entries that cancel.",
        panels: vec![
            map("P", weights, Some(&mask), Range::One),
            map("dP", dweights, None, Range::Of(3.0)),
            map("dS", dscores, Some(&mask), Range::Of(1.0)),
        ],
    }
}

/// Returns the mean size of an entry of dS if scores have this standard deviation, for random dP.
fn size(deviation: f32) -> f32 {
    const QUERIES: usize = 400;
    const KEYS: usize = 8;
    let scores = normals((QUERIES, KEYS), 53) * deviation;
    let dweights = normals((QUERIES, KEYS), 54);
    let dscores = dscores(scores.view(), None, dweights.view());
    dscores.mapv(f32::abs).sum() / dscores.len() as f32
}

/// Returns the mean of the largest weight if scores have this standard deviation.
fn largest_weight(deviation: f32) -> f32 {
    let scores = normals((400, 8), 53) * deviation;
    let weights = softmax(scores.view());
    let rows = weights.rows().into_iter();
    rows.map(|row| row.fold(0.0, |most: f32, &weight| most.max(weight)))
        .sum::<f32>()
        / weights.nrows() as f32
}

/// The size of dS by that of the scores.
fn saturation() -> Figure {
    let points: Vec<f32> = (0..=32).map(|half| 0.5 * half as f32).collect();
    let none = size(0.0);
    let relative = points.iter().map(|&deviation| size(deviation) / none);
    Figure {
        caption: "The mean size of an entry of $\\mathrm{d}S$, compared with that for equal scores, and the largest weight \
                  of a query, by the standard deviation of the scores. There are 8 keys, and $\\mathrm{d}P$ is random. The \
                  more one key has of the weight, the less queries and keys learn.",
        description: "two curves that cross; the size of the gradients falls from 1, and the largest weight rises towards 1.",
        panels: vec![Panel::Lines(Lines {
            title: "saturation".to_owned(),
            x: Ticks {
                name: "standard deviation of the scores",
                ticks: vec![0.0, 4.0, 8.0, 12.0, 16.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "share",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0, 1.25],
                logarithmic: false,
            },
            series: vec![
                Series {
                    name: "size of dS, compared with equal scores".to_owned(),
                    values: relative.collect(),
                },
                Series {
                    name: "largest weight".to_owned(),
                    values: points.iter().map(|&it| largest_weight(it)).collect(),
                },
            ],
            points,
        })],
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Axis as Dimension;

    use super::*;

    #[test]
    fn rows_add_up_to_zero_and_blocked_entries_are_zero() {
        let figure = gradients();
        let map = figure.panels[2].heat_map().expect("a heat map");
        let sums = map.values.sum_axis(Dimension(1));
        assert!(sums.iter().all(|sum| sum.abs() < 1e-6), "{sums}");
        let mask = map.mask.as_ref().expect("a mask");
        for (at, &allowed) in mask.indexed_iter() {
            let expected = allowed && at.0 > 0;
            assert_eq!(map.values[at].abs() > 1e-6, expected, "{at:?}");
        }
    }

    #[test]
    fn the_darkest_numbers_are_the_largest() {
        let figure = gradients();
        for (panel, most) in [(1, 3.0), (2, 1.0)] {
            let map = figure.panels[panel].heat_map().expect("a heat map");
            assert!(map.values.iter().all(|value| value.abs() <= most));
        }
    }

    #[test]
    fn large_scores_have_small_gradients() {
        let [small, medium, large] = [0.5, 4.0, 16.0].map(size);
        assert!(small > medium && medium > large, "{small} {medium} {large}");
        assert!(large < 0.5 * small, "{large} {small}");
        assert!(largest_weight(16.0) > 0.8 && largest_weight(0.0) < 0.126);
    }
}
