//! Sequences as people read them: characters of a text, texts of a list, pieces, pairs that are joined.

use crate::output::OutputKind;
use crate::pieces::{LONGEST, joined, single_bytes};
use crate::visible::visible;

/// The number of items that are shown before the first wrong one.
const BEFORE: usize = 4;
/// The most characters of items that are shown one after the other.
const WIDTH: usize = 72;

/// One item of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The entries that it is made of.
    pub(crate) entries: Vec<i64>,
    /// The item in words.
    pub text: String,
}

/// A sequence, item by item.
#[derive(Debug, Clone, PartialEq)]
pub struct Items(Vec<Item>);

impl Items {
    /// Reads the entries of an output; `None` if outputs of its kind are not read item by item. `pieces` has the bytes
    /// of each id, for a kind that needs them.
    pub(crate) fn new(kind: &OutputKind, entries: &[i64], pieces: &[Vec<u8>]) -> Option<Self> {
        match kind {
            OutputKind::Bytes => Some(Self(characters(entries))),
            OutputKind::Texts => Some(Self(texts(entries))),
            OutputKind::Pieces { .. } => Some(Self(known(entries, pieces))),
            OutputKind::Pairs => Some(Self(pairs(entries))),
            OutputKind::Numbers { .. }
            | OutputKind::Ids
            | OutputKind::Text { .. }
            | OutputKind::Curve { .. }
            | OutputKind::Count { .. } => None,
        }
    }

    /// Returns the number of items.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if there are no items.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an item, if there is one.
    pub fn get(&self, index: usize) -> Option<&Item> {
        self.0.get(index)
    }

    /// Returns `true` if both sequences have the same item at an index.
    pub fn agree(&self, other: &Self, index: usize) -> bool {
        let [one, other] = [self, other].map(|items| items.get(index).map(|item| &item.entries));
        one == other
    }

    /// Returns the index of the first item that two sequences do not share.
    pub fn first_difference(&self, other: &Self) -> Option<usize> {
        let longest = self.len().max(other.len());
        (0..longest).find(|&index| !self.agree(other, index))
    }

    /// Returns the number of items that two sequences do not share.
    pub(crate) fn differences(&self, other: &Self) -> usize {
        let longest = self.len().max(other.len());
        (0..longest)
            .filter(|&index| !self.agree(other, index))
            .count()
    }

    /// Returns the items around an index one after the other, with `between` between them.
    pub(crate) fn around(&self, index: usize, between: &str) -> String {
        let from = index.saturating_sub(BEFORE);
        let mut text = String::from(if from > 0 { "…" } else { "" });
        for (nth, item) in self.0.iter().enumerate().skip(from) {
            if text.chars().count() > WIDTH {
                return text + "…";
            }
            text += if nth > from { between } else { "" };
            text += &item.text;
        }
        text
    }
}

/// The characters of a text, and the bytes that are none.
fn characters(entries: &[i64]) -> Vec<Item> {
    let Some(bytes) = entries
        .iter()
        .map(|&entry| u8::try_from(entry).ok())
        .collect::<Option<Vec<u8>>>()
    else {
        return entries.iter().map(|&entry| unknown(entry)).collect();
    };
    let item = |bytes: &[u8]| Item {
        entries: bytes.iter().map(|&byte| byte.into()).collect(),
        text: visible(bytes),
    };
    let mut items = Vec::new();
    for chunk in bytes.utf8_chunks() {
        for sign in chunk.valid().chars() {
            items.push(item(sign.encode_utf8(&mut [0; 4]).as_bytes()));
        }
        for &byte in chunk.invalid() {
            items.push(item(&[byte]));
        }
    }
    items
}

/// The texts of a list. What follows the last end is one, too.
fn texts(entries: &[i64]) -> Vec<Item> {
    let entries = entries.strip_suffix(&[-1]).unwrap_or(entries);
    if entries.is_empty() {
        return Vec::new();
    }
    let text = |entries: &[i64]| Item {
        entries: entries.to_vec(),
        text: characters(entries)
            .iter()
            .map(|item| item.text.as_str())
            .collect(),
    };
    entries.split(|&entry| entry == -1).map(text).collect()
}

/// Ids, as the pieces that a vocabulary has for them.
fn known(ids: &[i64], pieces: &[Vec<u8>]) -> Vec<Item> {
    ids.iter().map(|&id| piece(id, pieces)).collect()
}

fn piece(id: i64, pieces: &[Vec<u8>]) -> Item {
    let known = usize::try_from(id).ok().and_then(|id| pieces.get(id));
    known.map_or_else(
        || unknown(id),
        |bytes| Item {
            entries: vec![id],
            text: shown(bytes),
        },
    )
}

/// An entry that stands for nothing.
fn unknown(entry: i64) -> Item {
    Item {
        entries: vec![entry],
        text: format!("?{entry}"),
    }
}

fn shown(bytes: &[u8]) -> String {
    let end = if bytes.len() >= LONGEST { "…" } else { "" };
    visible(bytes) + end
}

/// Pairs of ids, as the pieces that they join. Each pair joins bytes, or what the pairs before it have joined.
fn pairs(sides: &[i64]) -> Vec<Item> {
    let (mut pieces, mut items) = (single_bytes(), Vec::new());
    for pair in sides.chunks(2) {
        let texts: Vec<_> = pair.iter().map(|&id| piece(id, &pieces).text).collect();
        items.push(Item {
            entries: pair.to_vec(),
            text: texts.join("+"),
        });
        pieces.push(joined(pair, &pieces));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    fn items(kind: &OutputKind, tensor: &Tensor) -> Items {
        let Tensor::I64(entries) = tensor else {
            panic!("whole numbers")
        };
        Items::new(kind, entries.as_slice().expect("one axis"), &[]).expect("items")
    }

    fn all(items: &Items) -> Vec<&str> {
        items.0.iter().map(|item| item.text.as_str()).collect()
    }

    #[test]
    fn a_text_has_characters_and_bytes_that_are_none() {
        let text = |bytes: &[u8]| items(&OutputKind::Bytes, &Tensor::of_bytes(bytes));
        let (right, wrong) = (text("é a".as_bytes()), text(b"\xc3 a"));
        assert_eq!(all(&right), ["é", "␣", "a"]);
        assert_eq!(all(&wrong), ["\\xc3", "␣", "a"]);
        assert_eq!(wrong.first_difference(&right), Some(0));
        assert_eq!(wrong.differences(&right), 1);
        assert_eq!(text(b"").first_difference(&text(b"")), None);
    }

    #[test]
    fn a_list_has_texts_that_may_be_empty() {
        let list = |texts: &[&str]| items(&OutputKind::Texts, &Tensor::of_texts(texts));
        assert_eq!(all(&list(&[])), Vec::<&str>::new());
        assert_eq!(all(&list(&["", "un", "##do"])), ["", "un", "##do"]);
        assert_eq!(list(&["a"]).first_difference(&list(&["a", ""])), Some(1));
        let broken = Tensor::from(ndarray::arr1(&[97_i64, 700]));
        assert_eq!(all(&items(&OutputKind::Texts, &broken)), ["?97?700"]);
    }

    #[test]
    fn a_pair_is_shown_as_what_it_joins_and_pieces_stay_short() {
        let pairs = |pairs: &[(usize, usize)]| items(&OutputKind::Pairs, &Tensor::of_pairs(pairs));
        let merges = pairs(&[(116, 104), (256, 101), (32, 257), (999, 7)]);
        assert_eq!(all(&merges), ["t+h", "th+e", "␣+the", "?999+\\u{7}"]);
        // Twice as long each time: 2⁸⁰ bytes, if they were kept.
        let doubling: Vec<_> = (0..80).map(|nth| (255 + nth, 255 + nth)).collect();
        assert!(all(&pairs(&doubling)).iter().all(|text| text.len() < 500));
    }

    #[test]
    fn long_sequences_are_shown_around_a_place() {
        let long = items(&OutputKind::Bytes, &Tensor::of_bytes("ab".repeat(100)));
        let shown = long.around(50, "|");
        assert!(
            shown.starts_with("…a|b|a|b|a|b") && shown.ends_with('…'),
            "{shown}"
        );
        assert!(shown.chars().count() < WIDTH + 5);
    }
}
