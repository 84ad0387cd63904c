//! The wrong ways of training: the right steps, with one taken differently.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use tch::Tensor;

use super::steps::{Sequence, TRAIN, Train, best};
use super::words;
use crate::byte_pair_encoding::{Pair, bytes, joined, joined_at_most, joined_overlapping, pairs};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::texts::of_pairs;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    let task = of_choice(of_ties(of_counting(task)));
    of_bytes(of_joining(of_ids(of_the_end(task))))
}

fn by(steps: Train) -> impl Fn(&Inputs) -> Tensor {
    move |x| of_pairs(&steps.run(x))
}

fn of_counting(task: Task) -> Task {
    task.mistake("counted-once-for-all", |x| of_pairs(&counted_once(x)))
        .mistake("neighbours-not-recounted", |x| {
            of_pairs(&neighbours_kept(x))
        })
        .mistake(
            "occurrences-ignored",
            by(Train {
                sequences: |words| words.iter().map(|(word, _)| (bytes(word), 1)).collect(),
                ..TRAIN
            }),
        )
        .mistake(
            "across-words",
            by(Train {
                sequences: one_text,
                ..TRAIN
            }),
        )
        .mistake(
            "overlaps-not-counted",
            by(Train {
                pairs: without_overlaps,
                ..TRAIN
            }),
        )
        .mistake(
            "once-per-word",
            by(Train {
                pairs: |pieces| {
                    let mut seen = HashSet::new();
                    pairs(pieces).filter(|pair| seen.insert(*pair)).collect()
                },
                ..TRAIN
            }),
        )
}

fn of_ties(task: Task) -> Task {
    task.mistake(
        "ties-broken-otherwise",
        by(Train {
            choose: |found| best(found, |pair| pair),
            ..TRAIN
        }),
    )
    .form(
        "ties-broken-otherwise",
        "ties-to-the-first-seen",
        by(Train {
            choose: first_best,
            ..TRAIN
        }),
    )
    .form(
        "ties-broken-otherwise",
        "ties-to-the-last-seen",
        by(Train {
            choose: |found| best(found, |_| ()),
            ..TRAIN
        }),
    )
    .form(
        "ties-broken-otherwise",
        "ties-to-the-largest-left-id",
        by(Train {
            choose: |found| best(found, |(left, right)| (left, Reverse(right))),
            ..TRAIN
        }),
    )
    .form(
        "ties-broken-otherwise",
        "ties-to-the-smallest-right-id",
        by(Train {
            choose: |found| best(found, |(left, right)| Reverse((right, left))),
            ..TRAIN
        }),
    )
}

fn of_choice(task: Task) -> Task {
    task.mistake(
        "rarest-pair-first",
        by(Train {
            choose: |found| rarest(found, |pair| pair),
            ..TRAIN
        }),
    )
    .form(
        "rarest-pair-first",
        "largest-of-the-rarest-first",
        by(Train {
            choose: |found| rarest(found, Reverse),
            ..TRAIN
        }),
    )
    .mistake("merges-sorted", |x| {
        let mut merges = TRAIN.run(x);
        merges.sort_unstable();
        of_pairs(&merges)
    })
}

fn of_the_end(task: Task) -> Task {
    task.mistake(
        "pairs-that-occur-once-left",
        by(Train { fewest: 2, ..TRAIN }),
    )
    .mistake(
        "size-of-vocabulary",
        by(Train {
            count: |count| count.saturating_sub(256),
            ..TRAIN
        }),
    )
    .mistake(
        "one-merge-too-many",
        by(Train {
            count: |count| count + 1,
            ..TRAIN
        }),
    )
    .mistake(
        "one-merge-too-few",
        by(Train {
            count: |count| count.saturating_sub(1),
            ..TRAIN
        }),
    )
}

fn of_ids(task: Task) -> Task {
    task.mistake(
        "ids-of-merges-off",
        by(Train {
            id: |rank| 257 + rank,
            ..TRAIN
        }),
    )
    .form(
        "ids-of-merges-off",
        "ids-of-merges-from-255",
        by(Train {
            id: |rank| 255 + rank,
            ..TRAIN
        }),
    )
    .form(
        "ids-of-merges-off",
        "ids-of-merges-from-0",
        by(Train {
            id: |rank| rank,
            ..TRAIN
        }),
    )
}

fn of_joining(task: Task) -> Task {
    task.mistake(
        "first-occurrence-only",
        by(Train {
            join: |pieces, pair, id| joined_at_most(pieces, pair, id, 1),
            ..TRAIN
        }),
    )
    .mistake(
        "joined-twice",
        by(Train {
            join: joined_overlapping,
            ..TRAIN
        }),
    )
}

fn of_bytes(task: Task) -> Task {
    task.mistake(
        "space-lost",
        by(Train {
            sequences: |words| {
                words
                    .iter()
                    .map(|(word, times)| (bytes(word.trim()), *times))
                    .collect()
            },
            ..TRAIN
        }),
    )
    .mistake(
        "capitals-lost",
        by(Train {
            sequences: |words| {
                words
                    .iter()
                    .map(|(word, times)| (bytes(&word.to_lowercase()), *times))
                    .collect()
            },
            ..TRAIN
        }),
    )
    .mistake(
        "characters-for-bytes",
        by(Train {
            sequences: |words| {
                let characters = |word: &str| word.chars().map(|sign| sign as usize).collect();
                words
                    .iter()
                    .map(|(word, times)| (characters(word), *times))
                    .collect()
            },
            ..TRAIN
        }),
    )
}

/// The pair that occurs least often; of equals, the one with the smallest key.
fn rarest<K: Ord>(found: &[(Pair, usize)], key: impl Fn(Pair) -> K) -> Option<Pair> {
    let rarest = found
        .iter()
        .min_by_key(|(pair, times)| (*times, key(*pair)));
    rarest.map(|(pair, _)| *pair)
}

/// The pair that occurs most often; of equals, the one that was found first.
fn first_best(found: &[(Pair, usize)]) -> Option<Pair> {
    let most = found.iter().map(|(_, times)| *times).max()?;
    let first = found.iter().find(|(_, times)| *times == most);
    first.map(|(pair, _)| *pair)
}

/// All words one after the other, each as often as it occurs.
fn one_text(words: &[(String, usize)]) -> Vec<Sequence> {
    let text: String = words
        .iter()
        .map(|(word, times)| word.repeat(*times))
        .collect();
    vec![(bytes(&text), 1)]
}

/// The pairs of neighbours of which each piece takes part in one of the same pair: in `aaa`, one pair of `a`.
fn without_overlaps(pieces: &[usize]) -> Vec<Pair> {
    let (mut found, mut last): (Vec<Pair>, HashMap<Pair, usize>) = (Vec::new(), HashMap::new());
    for (at, pair) in pairs(pieces).enumerate() {
        if last.get(&pair).is_none_or(|last| last + 1 < at) {
            last.insert(pair, at);
            found.push(pair);
        }
    }
    found
}

/// The most frequent pairs of bytes, in order: counted before the first merge, and never again.
fn counted_once(x: &Inputs) -> Vec<Pair> {
    let mut found = TRAIN.occurrences(&(TRAIN.sequences)(&words(x)));
    found.sort_by_key(|&(pair, times)| (Reverse(times), pair));
    let pairs = found.into_iter().map(|(pair, _)| pair);
    pairs.take(x.size("count") as usize).collect()
}

/// Counts are kept from merge to merge: new pairs are added, and those that a merge has broken up are not subtracted.
fn neighbours_kept(x: &Inputs) -> Vec<Pair> {
    let mut sequences = (TRAIN.sequences)(&words(x));
    let mut found: HashMap<Pair, usize> = TRAIN.occurrences(&sequences).into_iter().collect();
    let mut merges = Vec::new();
    while merges.len() < x.size("count") as usize {
        let all: Vec<_> = found.iter().map(|(&pair, &times)| (pair, times)).collect();
        let Some(pair) = (TRAIN.choose)(&all) else {
            break;
        };
        let id = 256 + merges.len();
        for (pieces, times) in &mut sequences {
            *pieces = joined(pieces, pair, id);
            for new in pairs(pieces).filter(|new| new.0 == id || new.1 == id) {
                *found.entry(new).or_insert(0) += *times;
            }
        }
        found.remove(&pair);
        merges.push(pair);
    }
    merges
}
