//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use attentive_given::Merges;
use attentive_grader::{Exercise, Reply, exercise};
use byte_pair_encoding::words;
use ndarray::Array1;

type Pair = (usize, usize);

/// A way of solving all tasks.
struct Way {
    join: fn(&[usize], Pair, usize) -> Vec<usize>,
    train: fn(&[(&str, usize)], usize) -> Vec<Pair>,
    encode: fn(&str, &Merges) -> Vec<usize>,
    decode: fn(&[usize], &[Pair]) -> String,
}

impl Way {
    fn exercise(self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("join", move |case| {
                let (pieces, pair) = (case.sizes("pieces")?, case.pairs("pair")?);
                let joined = (self.join)(&pieces, pair[0], case.size("id")?);
                Ok(Reply::default().and_ids("joined", Array1::from(joined)))
            })
            .task("train", move |case| {
                let (words, times) = (case.texts("words")?, case.sizes("occurrences")?);
                let words: Vec<_> = words.iter().map(String::as_str).zip(times).collect();
                let merges = (self.train)(&words, case.size("count")?);
                Ok(Reply::default().and_pairs("merges", &merges))
            })
            .task("encode", move |case| {
                let merges = Merges::new(&case.pairs("merges")?);
                let ids = (self.encode)(&case.text("text")?, &merges);
                Ok(Reply::default()
                    .and_ids("ids", Array1::from(ids))
                    .and_count("lookups", merges.lookups()))
            })
            .task("decode", move |case| {
                let text = (self.decode)(&case.sizes("ids")?, &case.pairs("merges")?);
                Ok(Reply::default().and_text("text", text))
            })
    }
}

#[test]
fn a_heap_of_ranks_on_a_linked_list() {
    /// Joins by a queue of (rank, place); each place knows its neighbours, and what has gone is skipped.
    fn encode(text: &str, merges: &Merges) -> Vec<usize> {
        words(text)
            .into_iter()
            .flat_map(|word| pieces(word, merges))
            .collect()
    }

    fn pieces(word: &str, merges: &Merges) -> Vec<usize> {
        let mut ids: Vec<Option<usize>> = word.bytes().map(|byte| Some(byte.into())).collect();
        let mut next: Vec<usize> = (1..=ids.len()).collect();
        let mut previous: Vec<Option<usize>> = (0..ids.len()).map(|at| at.checked_sub(1)).collect();
        let mut queue = BinaryHeap::new();
        for at in 1..ids.len() {
            if let (Some(left), Some(right)) = (ids[at - 1], ids[at])
                && let Some(rank) = merges.rank(left, right)
            {
                queue.push(Reverse((rank, at - 1, left, right)));
            }
        }
        while let Some(Reverse((rank, at, left, right))) = queue.pop() {
            let after = next[at];
            if ids[at] != Some(left) || after >= ids.len() || ids[after] != Some(right) {
                continue;
            }
            (ids[at], ids[after]) = (Some(256 + rank), None);
            next[at] = next[after];
            if let Some(neighbour) = ids.get(next[at]).copied().flatten() {
                previous[next[at]] = Some(at);
                if let Some(later) = merges.rank(256 + rank, neighbour) {
                    queue.push(Reverse((later, at, 256 + rank, neighbour)));
                }
            }
            if let Some(before) = previous[at]
                && let Some(neighbour) = ids[before]
                && let Some(later) = merges.rank(neighbour, 256 + rank)
            {
                queue.push(Reverse((later, before, neighbour, 256 + rank)));
            }
        }
        ids.into_iter().flatten().collect()
    }

    /// Keeps the counts from merge to merge, and changes those beside each join.
    fn train(words: &[(&str, usize)], count: usize) -> Vec<Pair> {
        let mut words: Vec<(Vec<usize>, i64)> = words
            .iter()
            .map(|(word, times)| (word.bytes().map(usize::from).collect(), *times as i64))
            .collect();
        let mut counts: HashMap<Pair, i64> = HashMap::new();
        for (pieces, times) in &words {
            add(&mut counts, pieces, *times);
        }
        let mut merges = Vec::new();
        for id in 256..256 + count {
            let best = counts
                .iter()
                .filter(|(_, times)| **times > 0)
                .min_by_key(|(pair, times)| (Reverse(**times), **pair));
            let Some((&pair, _)) = best else { break };
            for (pieces, times) in &mut words {
                let after = join(pieces, pair, id);
                if after.len() < pieces.len() {
                    add(&mut counts, pieces, -*times);
                    add(&mut counts, &after, *times);
                    *pieces = after;
                }
            }
            merges.push(pair);
        }
        merges
    }

    fn add(counts: &mut HashMap<Pair, i64>, pieces: &[usize], times: i64) {
        for (&left, &right) in pieces.iter().zip(pieces.iter().skip(1)) {
            *counts.entry((left, right)).or_default() += times;
        }
    }

    fn join(pieces: &[usize], (left, right): Pair, id: usize) -> Vec<usize> {
        let mut joined = Vec::with_capacity(pieces.len());
        let mut pieces = pieces.iter().copied().peekable();
        while let Some(piece) = pieces.next() {
            if piece == left && pieces.next_if_eq(&right).is_some() {
                joined.push(id);
            } else {
                joined.push(piece);
            }
        }
        joined
    }

    /// Opens pieces on a stack until only bytes are left.
    fn decode(ids: &[usize], merges: &[Pair]) -> String {
        let mut stack: Vec<usize> = ids.iter().rev().copied().collect();
        let mut bytes = Vec::new();
        while let Some(id) = stack.pop() {
            match id.checked_sub(256) {
                Some(rank) => stack.extend([merges[rank].1, merges[rank].0]),
                None => bytes.push(id as u8),
            }
        }
        String::from_utf8_lossy(&bytes).into()
    }

    Way {
        join,
        train,
        encode,
        decode,
    }
    .exercise()
    .accept();
}

#[test]
fn ranks_beside_the_pieces_and_one_join_at_a_time() {
    /// Keeps the rank of each pair beside its left piece, and looks up only the two that a join has changed.
    fn encode(text: &str, merges: &Merges) -> Vec<usize> {
        let mut ids = Vec::new();
        for word in words(text) {
            let mut pieces: Vec<usize> = word.bytes().map(usize::from).collect();
            let rank = |pieces: &[usize], at: usize| match pieces.get(at + 1) {
                Some(&right) => merges.rank(pieces[at], right).unwrap_or(usize::MAX),
                None => usize::MAX,
            };
            let mut ranks: Vec<usize> = (0..pieces.len()).map(|at| rank(&pieces, at)).collect();
            while let Some(at) = (0..ranks.len()).min_by_key(|&at| ranks[at]) {
                if ranks[at] == usize::MAX {
                    break;
                }
                pieces[at] = 256 + ranks[at];
                pieces.remove(at + 1);
                ranks.remove(at + 1);
                ranks[at] = rank(&pieces, at);
                if at > 0 {
                    ranks[at - 1] = rank(&pieces, at - 1);
                }
            }
            ids.append(&mut pieces);
        }
        ids
    }

    /// Counts in a map that is in order: of equals, the first one stays.
    fn train(words: &[(&str, usize)], count: usize) -> Vec<Pair> {
        let mut pieces: Vec<Vec<usize>> = words
            .iter()
            .map(|(word, _)| word.as_bytes().iter().map(|&byte| byte as usize).collect())
            .collect();
        let mut merges: Vec<Pair> = vec![];
        for rank in 0..count {
            let mut counts: BTreeMap<Pair, usize> = BTreeMap::new();
            for (word, (_, times)) in pieces.iter().zip(words) {
                for at in 1..word.len() {
                    *counts.entry((word[at - 1], word[at])).or_insert(0) += *times;
                }
            }
            let (mut best, mut most) = (None, 0);
            for (pair, times) in counts {
                if times > most {
                    (best, most) = (Some(pair), times);
                }
            }
            let Some(pair) = best else { return merges };
            for word in &mut pieces {
                *word = join(word, pair, rank + 256);
            }
            merges.push(pair);
        }
        merges
    }

    /// In place, from the left, with what is left moved up.
    fn join(pieces: &[usize], pair: Pair, id: usize) -> Vec<usize> {
        let mut joined = pieces.to_vec();
        let mut at = 0;
        while at + 1 < joined.len() {
            if (joined[at], joined[at + 1]) == pair {
                joined[at] = id;
                joined.remove(at + 1);
            }
            at += 1;
        }
        joined
    }

    fn decode(ids: &[usize], merges: &[Pair]) -> String {
        fn push(bytes: &mut Vec<u8>, id: usize, merges: &[Pair]) {
            match u8::try_from(id) {
                Ok(byte) => bytes.push(byte),
                Err(_) => {
                    let (left, right) = merges[id - 256];
                    push(bytes, left, merges);
                    push(bytes, right, merges);
                }
            }
        }
        let mut bytes = Vec::new();
        for &id in ids {
            push(&mut bytes, id, merges);
        }
        match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
        }
    }

    Way {
        join,
        train,
        encode,
        decode,
    }
    .exercise()
    .accept();
}

#[test]
fn each_pair_is_looked_up_again_when_it_is_joined() {
    /// Asks for each rank when it seeks the lowest, and again when it joins.
    fn encode(text: &str, merges: &Merges) -> Vec<usize> {
        let mut all = vec![];
        for word in words(text) {
            let mut ids: Vec<usize> = word.bytes().map(|byte| byte as usize).collect();
            loop {
                let lowest = ids
                    .windows(2)
                    .filter(|two| merges.rank(two[0], two[1]).is_some())
                    .min_by_key(|two| merges.rank(two[0], two[1]));
                let Some(&[left, right]) = lowest else { break };
                let rank = merges.rank(left, right).expect("it has one");
                let mut after = vec![];
                let mut at = 0;
                while at < ids.len() {
                    let has_rank =
                        at + 1 < ids.len() && merges.rank(ids[at], ids[at + 1]) == Some(rank);
                    after.push(if has_rank { rank + 256 } else { ids[at] });
                    at += 1 + usize::from(has_rank);
                }
                ids = after;
            }
            all.extend_from_slice(&ids);
        }
        all
    }

    /// All pairs of all words in one list, sorted; a run of equals is a count.
    fn train(words: &[(&str, usize)], count: usize) -> Vec<Pair> {
        let mut words: Vec<(Vec<usize>, usize)> = words
            .iter()
            .map(|(word, times)| (word.bytes().map(usize::from).collect(), *times))
            .collect();
        let mut merges = vec![];
        while merges.len() < count {
            let mut pairs: Vec<Pair> = vec![];
            for (ids, times) in &words {
                for two in ids.windows(2) {
                    pairs.extend(std::iter::repeat_n((two[0], two[1]), *times));
                }
            }
            pairs.sort_unstable();
            let mut runs: Vec<(usize, Pair)> = pairs
                .chunk_by(|a, b| a == b)
                .map(|run| (run.len(), run[0]))
                .collect();
            runs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            let Some((_, pair)) = runs.first() else { break };
            for (ids, _) in words.iter_mut() {
                *ids = join(ids, *pair, 256 + merges.len());
            }
            merges.push(*pair);
        }
        merges
    }

    /// The places at which a pair begins first, then all pieces that are no second half.
    fn join(pieces: &[usize], (left, right): Pair, id: usize) -> Vec<usize> {
        let mut begins = HashSet::new();
        for at in 1..pieces.len() {
            let is_pair = pieces[at - 1] == left && pieces[at] == right;
            if is_pair && (at < 2 || !begins.contains(&(at - 2))) {
                begins.insert(at - 1);
            }
        }
        (0..pieces.len())
            .filter(|&at| at == 0 || !begins.contains(&(at - 1)))
            .map(|at| if begins.contains(&at) { id } else { pieces[at] })
            .collect()
    }

    /// Replaces merged ids by their halves, from the last merge to the first.
    fn decode(ids: &[usize], merges: &[Pair]) -> String {
        let mut ids = ids.to_vec();
        for (rank, (left, right)) in merges.iter().enumerate().rev() {
            ids = ids
                .into_iter()
                .flat_map(|id| {
                    if id == 256 + rank {
                        vec![*left, *right]
                    } else {
                        vec![id]
                    }
                })
                .collect();
        }
        let bytes: Vec<u8> = ids.into_iter().map(|id| id as u8).collect();
        bytes
            .utf8_chunks()
            .map(|chunk| {
                let end = if chunk.invalid().is_empty() {
                    ""
                } else {
                    "\u{fffd}"
                };
                format!("{}{end}", chunk.valid())
            })
            .collect()
    }

    Way {
        join,
        train,
        encode,
        decode,
    }
    .exercise()
    .accept();
}
