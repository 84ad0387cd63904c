//! The figures of the lesson on scaled dot-product attention, computed by its solution.

use ndarray::{Array2, array};
use scaled_dot_product::attention;

use crate::figures::random::normals;
use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "worked-example",
        compute: worked_example,
    },
    NamedFigure {
        name: "seed-42",
        compute: seed_42,
    },
    NamedFigure {
        name: "scaled-and-unscaled",
        compute: scaled_and_unscaled,
    },
    NamedFigure {
        name: "masks",
        compute: masks,
    },
];

/// The weights of queries and keys that have no names.
fn map(title: &str, weights: Array2<f32>, mask: Option<Array2<bool>>) -> Panel {
    let (queries, keys) = weights.dim();
    Panel::HeatMap(HeatMap {
        title: title.to_owned(),
        rows: Axis::symbols("query", 'q', queries),
        columns: Axis::symbols("key", 'k', keys),
        values: weights,
        mask,
        range: Range::One,
    })
}

/// The lesson's worked example: two queries, three keys, d_k = 4, d_v = 2.
fn worked_example() -> Figure {
    let q = array![[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]];
    let k = array![
        [2.0, 0.0, 2.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
        [0.0, 2.0, 0.0, 1.0]
    ];
    let v = array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]];
    let (_, weights) = attention(q.view(), k.view(), v.view(), None);
    Figure {
        caption: "The weights of the worked example. Each row is one query’s attention and sums to 1: the first \
                  query reads mostly the first value, the second query the third.",
        description: "two rows of three weights; the first row is largest at key 1, the second at key 3.",
        panels: vec![map("weights", weights, None)],
    }
}

/// Queries, keys and values as PyTorch prints them after `manual_seed(42)`: three times `randn(1, 3, 4)`.
fn seed_42() -> Figure {
    let q = array![
        [0.3367, 0.1288, 0.2345, 0.2303],
        [-1.1229, -0.1863, 2.2082, -0.6380],
        [0.4617, 0.2674, 0.5349, 0.8094]
    ];
    let k = array![
        [1.1103, -1.6898, -0.9890, 0.9580],
        [1.3221, 0.8172, -0.7658, -0.7506],
        [1.3525, 0.6863, -0.3278, 0.7950]
    ];
    let v = array![
        [0.2815, 0.0562, 0.5227, -0.2384],
        [-0.0499, 0.5263, -0.0085, 0.7291],
        [0.1331, 0.8640, -1.0157, -0.8887]
    ];
    let (_, weights) = attention(q.view(), k.view(), v.view(), None);
    Figure {
        caption: "The weights for libtorch’s random numbers with seed 42, as the course’s solution computes them.",
        description: "three rows of three weights between 0.23 and 0.48; no row is far from uniform.",
        panels: vec![map("seed 42", weights, None)],
    }
}

/// The same random queries and keys with d_k = 64, with and without the division by √d_k.
fn scaled_and_unscaled() -> Figure {
    const D_K: usize = 64;
    let q = normals((4, D_K), 1);
    let k = normals((5, D_K), 2);
    let v = Array2::zeros((5, 1)); // only the weights are drawn
    let (_, scaled) = attention(q.view(), k.view(), v.view(), None);
    // Queries √d_k times as long undo the division.
    let longer = &q * (D_K as f32).sqrt();
    let (_, unscaled) = attention(longer.view(), k.view(), v.view(), None);
    Figure {
        caption: "The same queries and keys, drawn from a standard normal distribution with $d_k = 64$. Without \
                  the division by $\\sqrt{d_k}$, nearly all the weight of each row goes to one key.",
        description: "four rows of five weights; scaled, no weight is above a half; not scaled, each row has one of \
                      0.9 or more.",
        panels: vec![
            map("scaled", scaled, None),
            map("not scaled", unscaled, None),
        ],
    }
}

/// Five positions that attend to each other, under a causal mask and under a padding mask.
fn masks() -> Figure {
    const LENGTH: usize = 5;
    let q = normals((LENGTH, 8), 3);
    let k = normals((LENGTH, 8), 4);
    let v = Array2::zeros((LENGTH, 1)); // only the weights are drawn
    let panel = |title, mask: Array2<bool>| {
        let (_, weights) = attention(q.view(), k.view(), v.view(), Some(mask.view()));
        map(title, weights, Some(mask))
    };
    let causal = Array2::from_shape_fn((LENGTH, LENGTH), |(query, key)| key <= query);
    let padding = Array2::from_shape_fn((LENGTH, LENGTH), |(query, key)| key < 3 && query != 4);
    Figure {
        caption: "Two masks over the same scores; × is where the mask says `false`. Under the causal mask no query sees \
                  a later key. Under the other, keys 4 and 5 are padding, and the last query is not allowed to attend to anything: \
                  its weights are 0, neither a fifth each nor NaN.",
        description: "five rows of five weights, with the masked ones crossed out.",
        panels: vec![panel("causal", causal), panel("padding", padding)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_42_weights_are_libtorchs() {
        let expected: Array2<f32> = array![
            [0.3017341, 0.30983964, 0.3884262],
            [0.2450955, 0.3801395, 0.37476498],
            [0.29378855, 0.2293217, 0.4768897]
        ];
        let figure = seed_42();
        let weights = &figure.panels[0].heat_map().expect("a heat map").values;
        let furthest = (weights - &expected)
            .iter()
            .fold(0.0f32, |far, d| far.max(d.abs()));
        // The inputs are rounded to four digits, and the weights change no faster than they do.
        assert!(furthest < 5e-5, "{weights} differs by {furthest}");
    }

    #[test]
    fn without_the_scale_the_largest_weights_are_larger() {
        let figure = scaled_and_unscaled();
        let largest = |panel: usize| {
            figure.panels[panel]
                .heat_map()
                .expect("a heat map")
                .values
                .rows()
                .into_iter()
                .map(|row| row.fold(0.0f32, |a, &b| a.max(b)))
                .sum::<f32>()
        };
        assert!(largest(1) > 1.5 * largest(0));
    }

    #[test]
    fn masked_weights_are_zero() {
        for panel in masks().panels {
            let map = panel.heat_map().expect("a heat map");
            let mask = map.mask.as_ref().expect("both panels have masks");
            for (at, &allowed) in mask.indexed_iter() {
                assert_eq!(map.values[at] == 0.0, !allowed);
            }
        }
    }
}
