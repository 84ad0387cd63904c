//! Texts in a diagram, with subscripts, and the room that they take.

use super::geometry::{Area, Point};
use crate::markdown::escape;

/// Size and weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Font {
    /// A panel's title.
    Title,
    /// The name of a part.
    Label,
    /// A remark, a shape, a number.
    Note,
    /// A variable, in the letters of the formulas.
    Math,
}

/// Side on which a text is held; it grows towards the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins here.
    Start,
    /// Its middle is here.
    Middle,
    /// It ends here.
    End,
}

/// A line of text whose vertical middle is at a point.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) at: Point,
    pub(super) anchor: Anchor,
    pub(super) font: Font,
    /// The text; `_x` and `_{word}` are subscripts.
    pub(super) text: String,
    /// CSS class of the colour.
    pub(super) class: &'static str,
}

/// Size of the smallest text, in units.
pub(super) const SMALLEST: f32 = 13.0;
/// Size of a subscript, as a share of its text's size.
const SUBSCRIPT: f32 = 0.75;

impl Font {
    const fn class(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Label => "label",
            Self::Note => "note",
            Self::Math => "math",
        }
    }

    /// Size in units; `diagrams.css` has the same.
    pub(super) const fn size(self) -> f32 {
        match self {
            Self::Title | Self::Label => 15.0,
            Self::Note => SMALLEST,
            Self::Math => 18.0,
        }
    }
}

impl Anchor {
    const fn class(self) -> &'static str {
        match self {
            Self::Start => " start",
            Self::Middle => "",
            Self::End => " end",
        }
    }
}

impl Label {
    /// Estimates the rectangle that the text takes; the font is the reader's.
    pub(super) fn area(&self) -> Area {
        let size = self.font.size();
        let mut width = 0.0;
        for (text, subscript) in runs(&self.text) {
            let share = if subscript { SUBSCRIPT } else { 1.0 };
            width += share * size * text.chars().map(em).sum::<f32>();
        }
        let center = match self.anchor {
            Anchor::Start => self.at.right(width / 2.0),
            Anchor::Middle => self.at,
            Anchor::End => self.at.right(-width / 2.0),
        };
        Area::around(center, width, size)
    }

    /// Returns the text as SVG.
    pub(super) fn svg(&self) -> String {
        let lowered = self.font.size() * 0.22;
        let (mut spans, mut low) = (String::new(), false);
        for (text, subscript) in runs(&self.text) {
            let text = escape(text);
            spans += &match (low, subscript) {
                (false, false) => text,
                (true, false) => format!("<tspan dy=\"-{lowered:.1}\">{text}</tspan>"),
                (false, true) => format!("<tspan class=\"sub\" dy=\"{lowered:.1}\">{text}</tspan>"),
                (true, true) => format!("<tspan class=\"sub\">{text}</tspan>"),
            };
            low = subscript;
        }
        format!(
            "<text class=\"{}{}{}\" x=\"{:.1}\" y=\"{:.1}\">{spans}</text>",
            self.font.class(),
            self.anchor.class(),
            self.class,
            self.at.x,
            self.at.y
        )
    }
}

/// Splits a text into its parts, with `true` for those that are subscripts.
fn runs(text: &str) -> Vec<(&str, bool)> {
    let (mut runs, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('_') {
        runs.push((before, false));
        let (subscript, after) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').unwrap_or((braced, "")),
            None => after.split_at(after.chars().next().map_or(0, char::len_utf8)),
        };
        runs.push((subscript, true));
        rest = after;
    }
    runs.push((rest, false));
    runs.retain(|(text, _)| !text.is_empty());
    runs
}

/// Estimates the width of a letter, as a share of the font's size, rather too large than too small.
fn em(letter: char) -> f32 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '·' => 0.28,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | ' ' => 0.36,
        'm' | 'M' | 'W' | '→' | '…' | '—' => 0.93,
        'w' | 'Q' | 'O' | 'G' => 0.8,
        'A'..='Z' => 0.68,
        _ => 0.57,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscripts_are_one_letter_or_what_is_in_braces() {
        let all = [
            ("W", false),
            ("Q", true),
            (" and d", false),
            ("model", true),
        ];
        assert_eq!(runs("W_Q and d_{model}"), all);
        assert_eq!(runs("plain"), [("plain", false)]);
        assert_eq!(runs("open_"), [("open", false)]);
    }
}
