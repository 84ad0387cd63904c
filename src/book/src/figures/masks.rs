//! The figures of the lessons on masks and on the families of models, computed by the solution on masks.

use ::masks::{causal, combine, padding, sliding_window};
use ndarray::{Array2, Axis as Dimension, s};

use super::{Axis, Figure, HeatMap, Panel, Range};

/// A mask: 1 where a query may attend.
fn map(title: &str, rows: Axis, columns: Axis, mask: Array2<bool>) -> Panel {
    Panel::HeatMap(HeatMap {
        title: title.to_owned(),
        rows,
        columns,
        values: mask.mapv(|may| f32::from(u8::from(may))),
        mask: Some(mask),
        range: Range::One,
    })
}

/// The lesson's worked example: three queries that are the last of five positions.
pub(super) fn kinds() -> Figure {
    let panel = |title: &str, mask: Array2<bool>| {
        map(
            title,
            Axis::numbers("query", 2, 3),
            Axis::numbers("key", 0, 5),
            mask,
        )
    };
    let both = combine(padding(&[4], 5).view(), causal(3, 5).view());
    Figure {
        caption: "Three queries, at the positions 2, 3 and 4, and five keys; × is `false`. A causal mask ends in the \
                  bottom right corner. A window of 2 is the band along its edge. Padding takes whole columns away, \
                  here that of key 4.",
        description: "three masks of three rows and five columns: a staircase that ends in the bottom right corner, a \
                      band of width two along it, and the staircase without its last column.",
        panels: vec![
            panel("causal", causal(3, 5)),
            panel("window of 2", sliding_window(3, 5, 2)),
            panel(
                "causal and padding",
                both.index_axis(Dimension(0), 0).to_owned(),
            ),
        ],
    }
}

/// Who may attend to whom in models of the three families, for six tokens.
pub(super) fn families() -> Figure {
    const TOKENS: usize = 6;
    const SOURCE: usize = 3;
    // A source of three tokens and a target of three, in one matrix. The encoder never sees the target.
    let mut both = causal(TOKENS, TOKENS);
    both.slice_mut(s![..SOURCE, ..SOURCE]).fill(true);
    let panel = |title: &str, mask: Array2<bool>| {
        map(
            title,
            Axis::symbols("query", 't', TOKENS),
            Axis::symbols("key", 't', TOKENS),
            mask,
        )
    };
    let names = ["s₁", "s₂", "s₃", "t₁", "t₂", "t₃"];
    Figure {
        caption: "Who may read whom, a row for each reader; × is `false`. For the third family, three tokens of a \
                  source and three of a target stand in one matrix: the upper left is the encoder, the lower left \
                  cross-attention, the lower right the decoder’s own past.",
        description: "three masks of six by six: the first allows everything, the second is a lower triangle, the third \
                      is a lower triangle whose upper left three by three are allowed too.",
        panels: vec![
            panel("encoder-only", Array2::from_elem((TOKENS, TOKENS), true)),
            panel("decoder-only", causal(TOKENS, TOKENS)),
            map(
                "encoder–decoder",
                Axis::words("query", &names),
                Axis::words("key", &names),
                both,
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masks_allow_as_many_pairs_as_the_lessons_say() {
        let allowed = |figure: Figure| -> Vec<f32> {
            figure
                .panels
                .iter()
                .map(|panel| panel.heat_map().expect("a mask").values.sum())
                .collect()
        };
        assert_eq!(allowed(kinds()), [12.0, 6.0, 11.0]);
        assert_eq!(allowed(families()), [36.0, 21.0, 24.0]);
    }
}
