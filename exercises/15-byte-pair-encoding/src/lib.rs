//! # Byte pair encoding
//!
//! A model reads numbers, and this is how text becomes numbers: frequent pieces of text get a number each, and rare
//! words are spelled with several. The pieces are learned. Begin with single bytes, and join the two neighbours that
//! occur together most often, again and again:
//!
//! ```text
//! train    merges[r] = the pair (left, right) with the most occurrences after the merges before it
//! encode   while some pair of neighbours has a rank: join the pair with the lowest rank r, everywhere, into 256 + r
//! decode   the bytes of all pieces, joined, and only then read as UTF-8
//! ```
//!
//! (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", section 3.2, on characters;
//! Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2, on bytes.)
//!
//! | symbol | type               | meaning                                                                      |
//! |--------|--------------------|------------------------------------------------------------------------------|
//! | id     | `usize`            | a piece: 0 to 255 are the single bytes, 256 + r is what merge r has joined   |
//! | merges | `[(usize, usize)]` | the pairs of ids that are joined, in the order in which they were learned    |
//! | rank   | `usize`            | the place r of a pair in `merges`: the lower, the sooner it is joined        |
//! | word   | `&str`             | a piece of text that [`words`] has cut off; a space belongs to the word after it |
//!
//! No pair reaches from one word into the next, neither in training nor in encoding. The conventions are those of the
//! library `tokenizers`:
//!
//! - A pair occurs wherever its two ids are neighbours: in `aaa`, the pair (`a`, `a`) occurs twice.
//! - Of pairs that occur equally often, the smallest is joined: the one with the lower left id, then the lower right id.
//! - A pair is joined from left to right, and each id takes part once: `aaa` becomes `aa`, `a`.

mod words;

use std::cmp::Reverse;
use std::collections::HashMap;

pub use attentive_given::Merges;
pub use words::words;

/// Joins a pair of neighbours into one piece with this id, wherever it occurs, from left to right.
pub fn join(pieces: &[usize], pair: (usize, usize), id: usize) -> Vec<usize> {
    todo!("the pieces, with `id` instead of each occurrence of the pair")
}

/// Learns `count` merges from words and how often each of them occurs. There are fewer if no pair of neighbours is left.
pub fn train(words: &[(&str, usize)], count: usize) -> Vec<(usize, usize)> {
    todo!("the most frequent pair of neighbours, joined in all words, `count` times")
}

/// Cuts a text into [`words`] and these into pieces, and returns the ids of the pieces.
///
/// `merges.rank(left, right)` is the rank of a pair, or `None` if the pair is not joined. The grader counts how often you
/// ask for it: a word that is twice as long may take about twice as many look-ups.
pub fn encode(text: &str, merges: &Merges) -> Vec<usize> {
    todo!(
        "in each word, the pair of lowest rank is joined wherever it occurs, until no pair has a rank"
    )
}

/// Joins the bytes of all pieces, and reads them as UTF-8. What is no UTF-8 becomes U+FFFD, as
/// [`String::from_utf8_lossy`] does it.
pub fn decode(ids: &[usize], merges: &[(usize, usize)]) -> String {
    todo!("the text of the pieces with these ids")
}

/// The ids of the bytes of a word, from which every word begins.
fn bytes(word: &str) -> Vec<usize> {
    word.bytes().map(usize::from).collect()
}

/// The pairs of neighbours in a word, from left to right.
fn pairs(pieces: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    pieces.windows(2).map(|two| (two[0], two[1]))
}
