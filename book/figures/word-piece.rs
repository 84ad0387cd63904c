//! The figure of the lesson on WordPiece: what two texts keep when the longer one is cut first.

use word_piece::{Casing, Lengths, Vocabulary, encode};

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "longest-first",
    compute: longest_first,
}];

/// The vocabulary of the lesson's examples.
pub const VOCABULARY: [&str; 15] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cafe", "##s", "who", "left", "un", "##do",
    "##able", "?", ".", "is",
];

/// The tokens of the first text.
const FIRST: usize = 14;
/// The tokens of two texts that have room.
const ROOM: usize = 20;

/// The numbers of tokens that two texts keep, for texts of so many tokens.
pub fn kept(first: usize, second: usize, room: usize) -> [usize; 2] {
    let vocabulary = Vocabulary::new(VOCABULARY).expect("the special entries");
    let texts = [first, second].map(|tokens| "the ".repeat(tokens));
    let lengths = Lengths {
        longest: room + 3,
        padded: 0,
    };
    let input = encode(
        &texts[0],
        Some(&texts[1]),
        &vocabulary,
        Casing::Uncased,
        lengths,
    );
    let of_second = input.token_types.iter().sum::<usize>() - 1;
    [input.ids.len() - of_second - 3, of_second]
}

/// The tokens kept while the second text grows.
fn longest_first() -> Figure {
    let tokens: Vec<usize> = (0..=30).step_by(2).collect();
    let of_text = |text: usize| {
        tokens
            .iter()
            .map(|&second| kept(FIRST, second, ROOM)[text] as f32)
            .collect()
    };
    Figure {
        caption: "A first text of 14 tokens, and a second one that grows. There is room for 20. Up to 6 tokens of the \
                  second text, nothing is cut. Then the first, which is longer, loses tokens, until both have 10.",
        description: "the tokens of the first text remain at 14, fall to 10 while the second grows from 6 to 10, and stay \
                      there; those of the second rise to 10 and stay there.",
        panels: vec![Panel::Lines(Lines {
            title: "longest first".to_owned(),
            x: Ticks {
                name: "tokens of the second text",
                ticks: vec![0.0, 10.0, 20.0, 30.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "tokens kept",
                ticks: vec![0.0, 5.0, 10.0, 15.0],
                logarithmic: false,
            },
            points: tokens.iter().map(|&tokens| tokens as f32).collect(),
            series: vec![
                Series {
                    name: "first text".to_owned(),
                    values: of_text(0),
                },
                Series {
                    name: "second text".to_owned(),
                    values: of_text(1),
                },
            ],
        })],
    }
}
