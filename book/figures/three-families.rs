//! The figure of the lesson on the three families of models, computed by the solution on masks.

use ::masks::causal;
use ndarray::{Array2, s};

use super::masks::draw_mask;
use crate::figures::{Axis, Figure, NamedFigure};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "families",
    compute: families,
}];

/// The masks of the three families of models, for six tokens.
fn families() -> Figure {
    const TOKENS: usize = 6;
    const SOURCE: usize = 3;
    // A source of three tokens and a target of three, in one matrix. The encoder never sees the target.
    let mut both = causal(TOKENS, TOKENS);
    both.slice_mut(s![..SOURCE, ..SOURCE]).fill(true);
    let panel = |title: &str, mask: Array2<bool>| {
        draw_mask(
            title,
            Axis::symbols("query", 't', TOKENS),
            Axis::symbols("key", 't', TOKENS),
            mask,
        )
    };
    let names = ["s₁", "s₂", "s₃", "t₁", "t₂", "t₃"];
    Figure {
        caption: "Which token may attend to which, with a row for each query; × is `false`. The third matrix has three \
                  tokens of a source and three of a target: the upper left is the encoder, the lower left \
                  cross-attention, the lower right the decoder’s own past.",
        description: "three masks of six by six: the first allows everything, the second is a lower triangle, the third \
                      is a lower triangle whose upper left three by three are allowed too.",
        panels: vec![
            panel("encoder-only", Array2::from_elem((TOKENS, TOKENS), true)),
            panel("decoder-only", causal(TOKENS, TOKENS)),
            draw_mask(
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
    fn the_masks_allow_as_many_pairs_as_the_lesson_says() {
        let mut allowed = Vec::new();
        for panel in families().panels {
            allowed.push(panel.heat_map().expect("a mask").values.sum());
        }
        assert_eq!(allowed, [36.0, 21.0, 24.0]);
    }
}
