//! The map of the transformer: the encoder in the first row, the decoder in the second.

/// A part of the model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Tokens,
    Embedding,
    Positions,
    SelfAttention,
    CrossAttention,
    Norm,
    FeedForward,
    Logits,
    Softmax,
}

/// Stacks of blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stacks {
    Both,
    Encoder,
    Decoder,
}

const INPUT: [Part; 3] = [Part::Tokens, Part::Embedding, Part::Positions];
const ENCODER: [Part; 4] = [
    Part::SelfAttention,
    Part::Norm,
    Part::FeedForward,
    Part::Norm,
];
const DECODER: [Part; 6] = [
    Part::SelfAttention,
    Part::Norm,
    Part::CrossAttention,
    Part::Norm,
    Part::FeedForward,
    Part::Norm,
];
const OUTPUT: [Part; 2] = [Part::Logits, Part::Softmax];

const GAP: f32 = 3.0;
const HEIGHT: f32 = 10.0;
/// Distance from a row's upper edge to its boxes.
const INSET: f32 = 3.0;
/// Distance between the upper edges of the two rows.
const ROW: f32 = 20.0;

impl Part {
    const fn width(self) -> f32 {
        match self {
            Self::Norm => 6.0,
            Self::SelfAttention | Self::CrossAttention => 34.0,
            Self::FeedForward => 26.0,
            _ => 16.0,
        }
    }

    /// Returns the part's name and the page of its lesson.
    const fn lesson(self, row: Stacks) -> (&'static str, &'static str) {
        match self {
            Self::Tokens => ("tokens", "tokens"),
            Self::Embedding => ("embedding", "transformer"),
            Self::Positions => ("positions", "positional-encoding"),
            Self::SelfAttention if matches!(row, Stacks::Decoder) => {
                ("masked self-attention", "masks")
            }
            Self::SelfAttention => ("self-attention", "self-attention"),
            Self::CrossAttention => ("cross-attention", "decoder-block"),
            Self::Norm => ("layer norm", "layer-norm"),
            Self::FeedForward => ("feed-forward layer", "feed-forward"),
            Self::Logits => ("logits", "transformer"),
            Self::Softmax => ("softmax", "softmax"),
        }
    }
}

/// A row of the map while it is drawn.
struct Row<'a> {
    svg: String,
    /// Its right end so far.
    x: f32,
    y: f32,
    stack: Stacks,
    filled: &'a [Part],
    exists: &'a dyn Fn(&str) -> bool,
}

impl Row<'_> {
    fn part(&mut self, part: Part) {
        let (name, lesson) = part.lesson(self.stack);
        let class = if self.filled.contains(&part) {
            "on"
        } else {
            "off"
        };
        let shape = format!(
            "<title>{name}</title><rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{HEIGHT}\" rx=\"1.5\"/>",
            self.x,
            self.y + INSET,
            part.width()
        );
        self.svg += &if (self.exists)(lesson) {
            format!("<a href=\"{lesson}.html\" tabindex=\"-1\">{shape}</a>")
        } else {
            format!("<g>{shape}</g>")
        };
        self.x += part.width() + GAP;
    }

    /// Draws the parts of a block in a frame.
    fn block(&mut self, parts: &[Part]) {
        let left = self.x;
        self.x += INSET;
        for &part in parts {
            self.part(part);
        }
        let width = self.x - left;
        self.svg += &format!(
            "<rect class=\"frame\" x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"3\"/>",
            self.y,
            HEIGHT + 2.0 * INSET
        );
        self.x += GAP;
    }
}

/// Returns the map as SVG on one line, with `parts` filled in `stacks`. A part becomes a link if its lesson `exists`.
pub(super) fn svg(parts: &[Part], stacks: Stacks, exists: impl Fn(&str) -> bool) -> String {
    let (mut svg, mut width) = (String::new(), 0.0_f32);
    for (stack, y, block) in [
        (Stacks::Encoder, 0.5, &ENCODER[..]),
        (Stacks::Decoder, 0.5 + ROW, &DECODER[..]),
    ] {
        let here = stacks == Stacks::Both || stacks == stack;
        let mut row = Row {
            svg: String::new(),
            x: 0.5,
            y,
            stack,
            filled: if here { parts } else { &[] },
            exists: &exists,
        };
        for part in INPUT {
            row.part(part);
        }
        row.block(block);
        if stack == Stacks::Decoder {
            for part in OUTPUT {
                row.part(part);
            }
        }
        width = width.max(row.x - GAP + 0.5);
        svg += &row.svg;
    }
    let height = ROW + HEIGHT + 2.0 * INSET + 1.0;
    format!(
        "<svg aria-hidden=\"true\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\
         <path class=\"frame\" d=\"M{} {}V{}\"/>{svg}</svg>",
        memory(),
        0.5 + HEIGHT + 2.0 * INSET,
        0.5 + ROW + INSET,
    )
}

/// Returns the middle of cross-attention, to which a line leads from the encoder.
fn memory() -> f32 {
    let before: f32 = INPUT
        .iter()
        .chain(&DECODER[..2])
        .map(|part| part.width() + GAP)
        .sum();
    0.5 + before + INSET + Part::CrossAttention.width() / 2.0
}
