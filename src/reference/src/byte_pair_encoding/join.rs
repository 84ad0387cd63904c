//! The task `join`: one pair, joined in one word.

use super::{
    Pair, bytes, joined, joined_at_most, joined_from_the_right, joined_overlapping, pairs,
};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::texts::of_ids;

/// A way of joining: from pieces, a pair and an id, the pieces after it.
type Join = fn(&[usize], Pair, usize) -> Vec<usize>;

pub(super) fn join() -> Task {
    let task = Task::new("join", by(joined)).ids("joined", ["place"]);
    mistakes(cases(task))
}

fn by(join: Join) -> impl Fn(&Inputs) -> tch::Tensor {
    move |x| {
        let (pieces, pair) = (x.ids("pieces"), x.pairs("pair")[0]);
        of_ids(&join(&pieces, pair, x.size("id") as usize))
    }
}

fn cases(task: Task) -> Task {
    task.case("plain", "one pair that occurs twice", |_| {
        inputs(&bytes(" the other"), (116, 104), 256)
    })
    .case(
        "merged-before",
        "pieces of several bytes are joined as bytes are",
        |_| inputs(&[32, 256, 101, 32, 111, 256, 101, 114], (256, 101), 300),
    )
    .case("three-alike", "aaa becomes aa, a", |_| {
        inputs(&bytes("baaab"), (97, 97), 256)
    })
    .case("four-alike", "aaaa becomes aa, aa", |_| {
        inputs(&bytes("aaaa"), (97, 97), 257)
    })
    .case("at-both-ends", "the pair is first and last", |_| {
        inputs(&bytes("ananan"), (97, 110), 259)
    })
    .case(
        "other-order",
        "the same two ids the other way round are another pair",
        |_| inputs(&bytes("abba ba"), (97, 98), 256),
    )
    .case("nothing-to-join", "a pair that does not occur", |_| {
        inputs(&bytes("attention"), (110, 116), 256)
    })
    .case("one-piece", "a piece without a neighbour", |_| {
        inputs(&[300], (300, 300), 301)
    })
    .case("empty", "no pieces at all", |_| inputs(&[], (97, 97), 256))
    .case("random", "many short pieces of three ids", |random| {
        let pieces: Vec<usize> = (0..60).map(|_| 256 + random.below(3) as usize).collect();
        inputs(&pieces, (257, 258), 400)
    })
}

fn inputs(pieces: &[usize], pair: Pair, id: usize) -> Inputs {
    Inputs::default()
        .with_ids("pieces", pieces)
        .with_pairs("pair", &[pair])
        .with("id", id as i64)
}

fn mistakes(task: Task) -> Task {
    task.mistake(
        "first-occurrence-only",
        by(|pieces, pair, id| joined_at_most(pieces, pair, id, 1)),
    )
    .mistake("joined-twice", by(joined_overlapping))
    .mistake("joined-from-the-right", by(joined_from_the_right))
    .mistake(
        "either-order",
        by(|pieces, (left, right), id| {
            let (mut joined, mut at) = (Vec::new(), 0);
            while at < pieces.len() {
                let rest = &pieces[at..];
                if rest.starts_with(&[left, right]) || rest.starts_with(&[right, left]) {
                    joined.push(id);
                    at += 2;
                } else {
                    joined.push(pieces[at]);
                    at += 1;
                }
            }
            joined
        }),
    )
    .mistake(
        "right-id-not-compared",
        by(|pieces, (left, _), id| {
            let (mut joined, mut at) = (Vec::new(), 0);
            while at < pieces.len() {
                if pieces[at] == left && at + 1 < pieces.len() {
                    joined.push(id);
                    at += 2;
                } else {
                    joined.push(pieces[at]);
                    at += 1;
                }
            }
            joined
        }),
    )
    .mistake(
        "second-half-kept",
        by(|pieces, pair, id| {
            let mut joined = pieces.to_vec();
            for (at, found) in pairs(pieces).enumerate() {
                if found == pair {
                    joined[at] = id;
                }
            }
            joined
        }),
    )
    .mistake(
        "last-piece-lost",
        by(|pieces, (left, right), id| {
            let (mut joined, mut at) = (Vec::new(), 0);
            while at + 1 < pieces.len() {
                let is_pair = pieces[at..].starts_with(&[left, right]);
                joined.push(if is_pair { id } else { pieces[at] });
                at += if is_pair { 2 } else { 1 };
            }
            joined
        }),
    )
    .mistake(
        "pair-removed",
        by(|pieces, pair, id| {
            let mut joined = joined(pieces, pair, id);
            joined.retain(|&piece| piece != id);
            joined
        }),
    )
}
