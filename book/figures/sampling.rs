//! The figure of the lesson `sampling`, computed by its solution.

use ndarray::{Array1, Array2, Axis as Dimension, array, stack};
use sampling::{probabilities, repetition_penalty, temperature, top_k, top_p};

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "sampling-steps",
    compute: steps,
}];

/// The tokens of the lesson's example.
pub const TOKENS: [&str; 5] = ["mat", "floor", "sofa", "roof", "moon"];

/// The logits of the lesson's example.
pub fn logits() -> Array1<f32> {
    array![2.4, 1.9, 1.1, 0.2, -1.0]
}

/// The probabilities of the lesson's example after each step by itself, in the order of the lesson's table.
pub fn after_each_step() -> Array2<f32> {
    let logits = logits();
    let logits = logits.view();
    let rows = [
        temperature(logits, 1.0),
        temperature(logits, 0.5),
        temperature(logits, 2.0),
        top_k(logits, 3),
        top_p(logits, 0.7),
        repetition_penalty(logits, &[0, 4], 1.3),
    ]
    .map(|logits| probabilities(logits.view()));
    let rows = rows.each_ref().map(|row| row.view());
    stack(Dimension(0), &rows).expect("rows of the same length")
}

fn steps() -> Figure {
    let names = ["T = 1", "T = 0.5", "T = 2", "top-k", "top-p", "penalty"].map(str::to_owned);
    Figure {
        caption: "The probabilities of five tokens after one step each. A low temperature sharpens the distribution and \
                  a high one flattens it. Top-k with a k of 3 and top-p with a p of 0.7 remove tokens and leave the \
                  rest in proportion. The penalty on *mat* and *moon* puts *floor* first.",
        description: "a matrix with a row for each step and a column for each of five tokens; the numbers are those of \
                      the table above.",
        panels: vec![Panel::HeatMap(HeatMap {
            title: "probabilities".to_owned(),
            rows: Axis::words("step", &names),
            columns: Axis::words("token", &TOKENS.map(str::to_owned)),
            values: after_each_step(),
            mask: None,
            range: Range::Of(0.7),
        })],
    }
}
