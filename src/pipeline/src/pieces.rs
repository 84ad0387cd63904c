//! Texts as token ids that fit into a model: too long ones are cut, or become windows.

use std::ops::Range;

use attentive_models::{ModelError, Tokenizer};

/// The tokens of a text, or of a window of it, with the special tokens around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Number of the text that it is of, from 0.
    pub(crate) text: usize,
    /// The ids.
    pub(crate) ids: Vec<usize>,
    /// The tokens as they are in the vocabulary.
    pub(crate) tokens: Vec<String>,
    /// The bytes of the text that each token stands for. Empty where they are not known.
    pub(crate) offsets: Vec<(usize, usize)>,
    /// Number of special tokens at the beginning.
    pub(crate) before: usize,
    /// Number of special tokens at the end.
    pub(crate) after: usize,
    /// Number of the text's tokens before the window.
    pub(crate) first: usize,
}

/// A text that is longer than the model can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// Number of the text, from 0.
    pub(crate) text: usize,
    /// Number of its tokens, without special ones.
    pub(crate) tokens: usize,
    /// Number of the tokens that fit.
    pub(crate) room: usize,
}

impl TooLong {
    /// Says what becomes of the text: so many windows, or without any its end is dropped.
    pub(crate) fn in_words(self, windows: Option<usize>) -> String {
        let Self { text, tokens, room } = self;
        let number = text + 1;
        match windows {
            Some(windows) => format!(
                "text {number} has {tokens} tokens and the model reads {room}: it became {windows} windows"
            ),
            None => format!(
                "text {number} has {tokens} tokens and the model reads {room}: the rest was dropped; --stride makes windows"
            ),
        }
    }
}

impl Piece {
    /// Cuts a text into tokens, with special tokens around it.
    ///
    /// # Errors
    /// When the tokenizer has no token for a part of the text.
    pub(crate) fn encode(
        tokenizer: &Tokenizer,
        text: &str,
        number: usize,
    ) -> Result<Self, ModelError> {
        let encoded = tokenizer.encode(text, true)?;
        let is_special = |&special: &bool| special;
        let before = encoded.special.iter().take_while(|x| is_special(x)).count();
        // Nothing but special tokens: an empty text. The first is at its beginning.
        let before = if before == encoded.ids.len() {
            before.min(1)
        } else {
            before
        };
        let rest = encoded.special[before..].iter().rev();
        let after = rest.take_while(|x| is_special(x)).count();
        Ok(Self {
            text: number,
            ids: encoded.ids,
            tokens: encoded.tokens,
            offsets: encoded.offsets,
            before,
            after,
            first: 0,
        })
    }

    /// Takes ids as they are; their tokens are shown if there is a tokenizer.
    pub(crate) fn from_ids(ids: Vec<usize>, tokenizer: Option<&Tokenizer>, number: usize) -> Self {
        let mut tokens = Vec::new();
        for &id in &ids {
            let token = tokenizer.and_then(|tokenizer| tokenizer.token(id));
            tokens.push(token.unwrap_or_else(|| format!("#{id}")));
        }
        Self {
            text: number,
            ids,
            tokens,
            offsets: Vec::new(),
            before: 0,
            after: 0,
            first: 0,
        }
    }

    /// The positions of all tokens but the special ones around the text.
    pub(crate) fn content(&self) -> Range<usize> {
        self.before..self.ids.len() - self.after
    }

    /// The bytes of the text that it stands for, with what is before the first token of the text and after the last one.
    /// `None` if it is not known where the tokens are.
    pub(crate) fn place(&self, text: &str) -> Option<Range<usize>> {
        let places = self.offsets.get(self.content())?;
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return Some(0..text.len());
        };
        let start = if self.first == 0 { 0 } else { first.0 };
        let is_last = text[last.1..].trim().is_empty();
        Some(start..if is_last { text.len() } else { last.1 })
    }

    /// Cuts it into pieces of at most `context` tokens: the beginning alone, or with a stride windows that overlap by so
    /// many tokens. Each has the special tokens around it. Also says so if it was too long.
    pub(crate) fn fit(self, context: usize, stride: Option<usize>) -> (Vec<Self>, Option<TooLong>) {
        let special = self.before + self.after;
        let length = self.ids.len() - special;
        let room = context.saturating_sub(special);
        if length <= room {
            return (vec![self], None);
        }
        let too_long = TooLong {
            text: self.text,
            tokens: length,
            room,
        };
        let mut windows = vec![self.window(0, room)];
        if let Some(overlap) = stride {
            // A window has to bring something new.
            let step = room.saturating_sub(overlap).max(1);
            let mut first = 0;
            while first + room < length {
                first += step;
                windows.push(self.window(first, (first + room).min(length)));
            }
        }
        (windows, Some(too_long))
    }

    /// The tokens of the text from `first` to `end`, and the special ones.
    fn window(&self, first: usize, end: usize) -> Self {
        let kept = |index: &usize| {
            *index < self.before
                || *index >= self.ids.len() - self.after
                || (self.before + first..self.before + end).contains(index)
        };
        let kept: Vec<usize> = (0..self.ids.len()).filter(kept).collect();
        Self {
            ids: kept.iter().map(|&index| self.ids[index]).collect(),
            tokens: kept
                .iter()
                .map(|&index| self.tokens[index].clone())
                .collect(),
            offsets: kept
                .iter()
                .filter_map(|&index| self.offsets.get(index).copied())
                .collect(),
            first,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of ids from 10, between 1 and 2.
    fn piece(length: usize) -> Piece {
        let mut ids = vec![1];
        ids.extend(10..10 + length);
        ids.push(2);
        Piece {
            before: 1,
            after: 1,
            ..Piece::from_ids(ids, None, 3)
        }
    }

    fn ids(pieces: &[Piece]) -> Vec<Vec<usize>> {
        pieces.iter().map(|piece| piece.ids.clone()).collect()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(piece(4).fit(6, Some(2)), (vec![piece(4)], None));
    }

    #[test]
    fn what_is_too_long_is_cut_between_its_special_tokens() {
        let (pieces, too_long) = piece(5).fit(5, None);
        assert_eq!(ids(&pieces), [[1, 10, 11, 12, 2]]);
        let expected = TooLong {
            text: 3,
            tokens: 5,
            room: 3,
        };
        assert_eq!(too_long, Some(expected));
    }

    #[test]
    fn windows_overlap_by_the_stride_and_leave_nothing_out() {
        let (pieces, _) = piece(7).fit(5, Some(1));
        let expected = [
            vec![1, 10, 11, 12, 2],
            vec![1, 12, 13, 14, 2],
            vec![1, 14, 15, 16, 2],
        ];
        assert_eq!(ids(&pieces), expected);
        assert_eq!(pieces[2].first, 4);
        assert_eq!(pieces[2].tokens, ["#1", "#14", "#15", "#16", "#2"]);
        for length in 4..40 {
            for stride in 0..3 {
                let (pieces, _) = piece(length).fit(5, Some(stride));
                for id in 10..10 + length {
                    assert!(pieces.iter().any(|piece| piece.ids.contains(&id)));
                }
            }
        }
    }
}
