//! Byte pair encoding as the crate `tokenizers` does it. The mistakes are written out here: the crate makes none.

mod decode;
mod encode;
mod join;
mod judge;
mod train;

use std::collections::HashMap;

use attentive_grader::Tolerance;

use crate::exercise::Exercise;

pub use judge::Judge;

/// The tolerance of numbers, of which there are none: ids and texts are compared exactly.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 0.0,
    relative: 0.0,
};

/// Two ids that are joined.
pub type Pair = (usize, usize);

/// A text of which most words occur more than once.
const PARAGRAPH: &str = "the query asks and the keys answer. a key that answers well gets more weight, and a key that \
    answers badly gets less weight. the weights of a query add up to one, so the answer is an average of the values: \
    the value of the best key counts most, and the values of the other keys count less. whether the query asks for the \
    subject of the verb or for the verb of the subject is learned from the text.";

/// The exercise `byte-pair-encoding`.
pub fn exercise() -> Exercise {
    Exercise::new("byte-pair-encoding", TOLERANCE)
        .task(join::join())
        .task(train::train())
        .task(encode::encode())
        .task(decode::decode())
}

/// The words of a text at each space, which belongs to the word after it, with how often each occurs.
fn counted(text: &str) -> Vec<(String, usize)> {
    let mut words: Vec<(String, usize)> = Vec::new();
    for (nth, word) in text.split(' ').enumerate() {
        let word = if nth > 0 {
            format!(" {word}")
        } else {
            word.to_owned()
        };
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, times)) => *times += 1,
            None => words.push((word, 1)),
        }
    }
    words
}

/// The merges that join these pieces, in this order.
fn named(pieces: &[(&str, &str)]) -> Vec<Pair> {
    let mut ids: HashMap<Vec<u8>, usize> =
        (0..=255).map(|byte| (vec![byte], byte.into())).collect();
    let mut merges = Vec::new();
    for (left, right) in pieces {
        let id = |piece: &str| ids[piece.as_bytes()];
        merges.push((id(left), id(right)));
        ids.insert(
            format!("{left}{right}").into_bytes(),
            256 + merges.len() - 1,
        );
    }
    merges
}

/// The ids of the bytes of a text.
fn bytes(text: &str) -> Vec<usize> {
    text.bytes().map(usize::from).collect()
}

/// The pairs of neighbours.
fn pairs(pieces: &[usize]) -> impl Iterator<Item = Pair> + '_ {
    pieces.windows(2).map(|two| (two[0], two[1]))
}

/// The pieces with one id for each occurrence of a pair, from left to right.
fn joined(pieces: &[usize], pair: Pair, id: usize) -> Vec<usize> {
    joined_at_most(pieces, pair, id, usize::MAX)
}

/// The pieces with one id for each of the first occurrences of a pair.
fn joined_at_most(pieces: &[usize], (left, right): Pair, id: usize, most: usize) -> Vec<usize> {
    let (mut joined, mut at, mut times) = (Vec::new(), 0, 0);
    while at < pieces.len() {
        if times < most && pieces[at..].starts_with(&[left, right]) {
            joined.push(id);
            (at, times) = (at + 2, times + 1);
        } else {
            joined.push(pieces[at]);
            at += 1;
        }
    }
    joined
}

/// The pieces with one id for each occurrence of a pair, also of those that share a piece.
fn joined_overlapping(pieces: &[usize], (left, right): Pair, id: usize) -> Vec<usize> {
    let (mut joined, mut taken) = (Vec::new(), false);
    for (at, &piece) in pieces.iter().enumerate() {
        if pieces[at..].starts_with(&[left, right]) {
            joined.push(id);
            taken = true;
        } else {
            if !taken {
                joined.push(piece);
            }
            taken = false;
        }
    }
    joined
}

/// The pieces with one id for each occurrence of a pair, from right to left.
fn joined_from_the_right(pieces: &[usize], (left, right): Pair, id: usize) -> Vec<usize> {
    let reversed: Vec<usize> = pieces.iter().rev().copied().collect();
    let mut joined = joined(&reversed, (right, left), id);
    joined.reverse();
    joined
}
