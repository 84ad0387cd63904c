//! An input put together step by step, so that a mistake can take one of the steps differently.

use tokenizers::Model;

use super::{Named, second};
use crate::inputs::Inputs;
use crate::texts::of_ids;
use crate::word_piece::inputs::{id, is_cased};
use crate::word_piece::{LONGEST_WORD, model, normalized, words};

/// The cases that show a mistake which is in every input: all of them would only make the pack larger. `both-cut` is none
/// of them, because of [`WITHOUT_TIES`].
pub(super) const SOME: &[&str] = &["pair", "padded", "second-cut"];

/// The cases that show what padding is, to which others would add nothing.
pub(super) const PADDED: &[&str] = &["pair", "padded"];

/// The cases that show what is cut.
pub(super) const CUT: &[&str] = &["cut", "second-cut", "first-cut"];

/// All cases but `both-cut`. If the room is off by one there, one more token has to go from two texts that are equally
/// long, and either may lose it.
pub(super) const WITHOUT_TIES: &[&str] = &[
    "pair",
    "padded",
    "unknown",
    "cased",
    "typed",
    "empty",
    "empty-second",
    "just-fits",
    "cut",
    "second-cut",
    "first-cut",
];

/// The tokens of two texts, without special ones.
pub(super) struct Texts {
    pub(super) a: Vec<usize>,
    pub(super) b: Vec<usize>,
}

/// A token, its type, and 1 unless it is padding.
pub(super) type Token = [usize; 3];

/// The steps of putting an input together.
#[derive(Clone, Copy)]
pub(super) struct Assembly {
    /// The tokens of a text.
    pub(super) tokens: fn(&Inputs, &str) -> Vec<usize>,
    /// Cuts the texts so that they have at most so many tokens.
    pub(super) cut: fn(&mut Texts, usize),
    /// The number of tokens that are counted for the special ones.
    pub(super) special: fn(bool) -> usize,
    /// The tokens of the input, without padding.
    pub(super) join: fn(&Inputs, Texts, bool) -> Vec<Token>,
    /// Adds padding.
    pub(super) pad: fn(&Inputs, Vec<Token>) -> Vec<Token>,
}

/// The steps as they should be.
pub(super) const ASSEMBLY: Assembly = Assembly {
    tokens: |x, text| pieces(x, &words(&normalized(text, is_cased(x)))),
    cut: longest_first,
    special: |is_pair| if is_pair { 3 } else { 2 },
    join: |x, texts, is_pair| join(x, texts, is_pair, [0, 0, 0, 1, 1]),
    pad: |x, tokens| padded(tokens, x.size("padded"), [id(x, "[PAD]"), 0, 0]),
};

impl Assembly {
    fn run(self, x: &Inputs) -> Named {
        let tokens = (self.pad)(x, self.unpadded(x));
        let list = |part: usize| {
            let numbers: Vec<usize> = tokens.iter().map(|token| token[part]).collect();
            of_ids(&numbers)
        };
        [
            ("ids", list(0)),
            ("token_types", list(1)),
            ("mask", list(2)),
        ]
    }

    fn unpadded(self, x: &Inputs) -> Vec<Token> {
        let second = second(x);
        let is_pair = second.is_some();
        let mut texts = Texts {
            a: (self.tokens)(x, &x.text("first")),
            b: (self.tokens)(x, &second.unwrap_or_default()),
        };
        let room = (x.size("longest") as usize).saturating_sub((self.special)(is_pair));
        (self.cut)(&mut texts, room);
        (self.join)(x, texts, is_pair)
    }
}

pub(super) fn pieces(x: &Inputs, words: &[String]) -> Vec<usize> {
    let model = model(&x.texts("vocabulary"), "##", LONGEST_WORD);
    let pieces = words
        .iter()
        .flat_map(|word| model.tokenize(word).expect("the vocabulary has [UNK]"));
    pieces.map(|piece| piece.id as usize).collect()
}

pub(super) fn longest_first(texts: &mut Texts, room: usize) {
    while texts.a.len() + texts.b.len() > room {
        let longer = if texts.a.len() > texts.b.len() {
            &mut texts.a
        } else {
            &mut texts.b
        };
        longer.pop();
    }
}

/// Joins tokens with special ones. `types` has those of [CLS], the first text, its [SEP], the second text, its [SEP].
pub(super) fn join(x: &Inputs, texts: Texts, is_pair: bool, types: [usize; 5]) -> Vec<Token> {
    let of_type = |tokens: Vec<usize>, kind: usize| tokens.into_iter().map(move |id| [id, kind, 1]);
    let mut tokens = vec![[id(x, "[CLS]"), types[0], 1]];
    tokens.extend(of_type(texts.a, types[1]));
    tokens.push([id(x, "[SEP]"), types[2], 1]);
    if is_pair {
        tokens.extend(of_type(texts.b, types[3]));
        tokens.push([id(x, "[SEP]"), types[4], 1]);
    }
    tokens
}

pub(super) fn padded(mut tokens: Vec<Token>, length: i64, padding: Token) -> Vec<Token> {
    tokens.resize(tokens.len().max(length as usize), padding);
    tokens
}

/// Computes the outputs by these steps.
pub(super) fn by(assembly: Assembly) -> impl Fn(&Inputs) -> Named {
    move |x| assembly.run(x)
}
