//! The figure of the lesson on the whole transformer, computed by its solution and the trained model.

use ndarray::Axis as Dimension;

use crate::figures::{Axis, Figure, HeatMap, NamedFigure, Panel, Range};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "cross-attention",
    compute: cross_attention,
}];

/// The cross-attention of the decoder's last block while the trained model writes a word backwards.
fn cross_attention() -> Figure {
    let panel = |word: &str| {
        let reading = ::transformer::reading(word).unwrap_or_else(|error| panic!("{error}"));
        let last = reading
            .weights
            .last()
            .and_then(|weights| weights.mean_axis(Dimension(0)));
        Panel::HeatMap(HeatMap {
            title: word.to_owned(),
            rows: Axis::words("written", &reading.written),
            columns: Axis::words("read", &reading.read),
            values: last.unwrap_or_else(|| panic!("the trained model has blocks and heads")),
            mask: None,
            range: Range::One,
        })
    };
    Figure {
        caption: "Cross-attention in the last block of the trained model, the mean of its four heads. A row is a token \
                  that is being written, a column one that is being read; `>` is the end. Nobody has told the model to \
                  go from right to left.",
        description: "two heat maps, of the words rust and attention; the dark cells run from the upper right to the \
                      lower left.",
        panels: vec![panel("rust"), panel("attention")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_is_written_while_it_is_read() {
        for panel in cross_attention().panels {
            let weights = &panel.heat_map().expect("a heat map").values;
            let letters = weights.ncols() - 1; // behind them comes the end
            for (row, weights) in weights.rows().into_iter().enumerate().take(letters) {
                let most = weights
                    .iter()
                    .enumerate()
                    .max_by(|a, b| a.1.total_cmp(b.1))
                    .map(|(column, _)| column);
                assert_eq!(most, Some(letters - 1 - row));
            }
        }
    }
}
