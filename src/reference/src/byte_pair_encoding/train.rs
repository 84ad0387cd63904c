//! The task `train`: merges from words and how often they occur.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::{
    Judge, PARAGRAPH, Pair, bytes, counted, joined, joined_at_most, joined_overlapping, pairs,
};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;
use crate::texts::of_pairs;

/// The merges of the case `paragraph`, and of the property that asks for fewer.
const MANY: i64 = 40;
const FEWER: i64 = 15;

pub(super) fn train() -> Task {
    let right = |x: &Inputs| of_pairs(&Judge::train(&words(x), x.size("count") as usize));
    let task = Task::new("train", right).pairs("merges", "merge");
    mistakes(cases(task)).property(
        Property::new(
            "fewer-merges",
            "with fewer merges to learn, the first ones are the same",
        )
        .in_case("paragraph")
        .set("count", FEWER)
        .expect_same_before(["merges"], 0, 2 * FEWER as usize),
    )
}

fn words(x: &Inputs) -> Vec<(String, usize)> {
    let words = x.texts("words");
    words.into_iter().zip(x.ids("occurrences")).collect()
}

fn inputs(words: &[(String, usize)], count: i64) -> Inputs {
    let (words, occurrences): (Vec<&str>, Vec<usize>) = words
        .iter()
        .map(|(word, times)| (word.as_str(), *times))
        .unzip();
    Inputs::default()
        .with_texts("words", &words)
        .with_ids("occurrences", &occurrences)
        .with("count", count)
}

fn few(words: &[(&str, usize)], count: i64) -> Inputs {
    let words: Vec<_> = words
        .iter()
        .map(|&(word, times)| (word.to_owned(), times))
        .collect();
    inputs(&words, count)
}

fn cases(task: Task) -> Task {
    task.case("plain", "a few words, of which some occur often", |_| {
        few(
            &[
                (" query", 7),
                (" queries", 4),
                (" key", 6),
                (" keys", 2),
                ("keyed", 1),
            ],
            6,
        )
    })
    .case(
        "occurrences-decide",
        "a word that occurs once has more pairs than one that occurs often",
        |_| few(&[("ababab", 1), ("cdx", 5), ("efef", 2)], 3),
    )
    .case(
        "runs",
        "in a run of the same byte, each two neighbours are a pair",
        |_| few(&[("aaaa", 2), ("bc", 5), ("dede", 2), ("fg", 3)], 5),
    )
    .case(
        "ties",
        "of pairs that occur equally often, the smallest is joined",
        |_| {
            few(
                &[
                    ("zy", 3),
                    (" mn", 3),
                    ("ab", 3),
                    ("ax", 3),
                    ("ya", 3),
                    ("lm", 2),
                ],
                8,
            )
        },
    )
    .case(
        "ties-of-merged",
        "ties between pairs of bytes and pairs of what was joined",
        |_| few(&[("abc", 4), ("xab", 3), ("pq", 3), ("abab", 1)], 5),
    )
    .case(
        "until-nothing-is-left",
        "more merges are asked for than there are pairs",
        |_| few(&[("ab", 1), ("cde", 1), ("f", 9)], 50),
    )
    .case("no-merges", "none are asked for", |_| few(&[("abc", 2)], 0))
    .case("no-words", "nothing to learn from", |_| few(&[], 5))
    .case(
        "short-words",
        "an empty word, and words of one byte",
        |_| few(&[("", 9), ("a", 9), ("b", 9), ("ab", 1)], 3),
    )
    .case(
        "other-scripts",
        "characters of several bytes begin as bytes",
        |_| {
            few(
                &[("é", 4), ("è", 3), ("日本", 5), ("本日", 2), ("🙂🙃", 2)],
                9,
            )
        },
    )
    .case("paragraph", "the words of a text", |_| {
        inputs(&counted(PARAGRAPH), MANY)
    })
    .case(
        "random",
        "random words, and random numbers of occurrences",
        syllables,
    )
}

/// Words of two to four random syllables, drawn again if two merges would make the same piece.
fn syllables(random: &Random) -> Inputs {
    const SYLLABLES: [&str; 9] = ["ka", "ro", "mi", "tes", "lun", "do", "sar", "ne", "vo"];
    for _ in 0..100 {
        let mut words: Vec<(String, usize)> = Vec::new();
        while words.len() < 14 {
            let length = 2 + random.below(3);
            let word: String = (0..length)
                .map(|_| SYLLABLES[random.below(SYLLABLES.len() as i64) as usize])
                .collect();
            if !words.iter().any(|(known, _)| *known == word) {
                words.push((word, 1 + random.below(9) as usize));
            }
        }
        if Judge::try_train(&words, 25).is_some() {
            return inputs(&words, 25);
        }
    }
    panic!("expected words whose merges make different pieces, found none in 100 draws")
}

/// A sequence of ids, and its number of occurrences.
type Sequence = (Vec<usize>, usize);

/// The steps of training.
#[derive(Clone, Copy)]
struct Train {
    /// From the words, the sequences in which pairs are counted, each with its number of occurrences.
    sequences: fn(&[(String, usize)]) -> Vec<Sequence>,
    /// From a sequence, the pairs that count, as often as they count.
    pairs: fn(&[usize]) -> Vec<Pair>,
    /// From the pairs in the order of their first occurrence, with their numbers, the one to join.
    choose: fn(&[(Pair, usize)]) -> Option<Pair>,
    /// The joining of a pair in one sequence.
    join: fn(&[usize], Pair, usize) -> Vec<usize>,
    /// From the rank, the id of what is joined.
    id: fn(usize) -> usize,
    /// The fewest occurrences of a pair that is joined.
    fewest: usize,
    /// From the number of merges that are asked for, the number that is learned.
    count: fn(usize) -> usize,
}

/// The steps as they should be.
const TRAIN: Train = Train {
    sequences: |words| {
        words
            .iter()
            .map(|(word, times)| (bytes(word), *times))
            .collect()
    },
    pairs: |pieces| pairs(pieces).collect(),
    choose: |found| best(found, Reverse),
    join: joined,
    id: |rank| 256 + rank,
    fewest: 1,
    count: |count| count,
};

impl Train {
    fn run(self, x: &Inputs) -> Vec<Pair> {
        let (mut sequences, mut merges) = ((self.sequences)(&words(x)), Vec::new());
        while merges.len() < (self.count)(x.size("count") as usize) {
            let found = self.occurrences(&sequences);
            let Some(pair) = (self.choose)(&found) else {
                break;
            };
            for (pieces, _) in &mut sequences {
                *pieces = (self.join)(pieces, pair, (self.id)(merges.len()));
            }
            merges.push(pair);
        }
        merges
    }

    /// The pairs in the order of their first occurrence, with their numbers.
    fn occurrences(self, sequences: &[Sequence]) -> Vec<(Pair, usize)> {
        let (mut places, mut found) = (HashMap::new(), Vec::new());
        for (pieces, times) in sequences {
            for pair in (self.pairs)(pieces) {
                let place = *places.entry(pair).or_insert(found.len());
                if place == found.len() {
                    found.push((pair, 0));
                }
                found[place].1 += times;
            }
        }
        found.retain(|(_, times)| *times >= self.fewest);
        found
    }
}

/// The pair that occurs most often; of equals, the one with the largest key.
fn best<K: Ord>(found: &[(Pair, usize)], key: impl Fn(Pair) -> K) -> Option<Pair> {
    let best = found
        .iter()
        .max_by_key(|(pair, times)| (*times, key(*pair)));
    best.map(|(pair, _)| *pair)
}

fn mistakes(task: Task) -> Task {
    let by = |steps: Train| move |x: &Inputs| of_pairs(&steps.run(x));
    let task = task
        .mistake("counted-once-for-all", |x| of_pairs(&counted_once(x)))
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
        );
    let task = mistakes_of_ties(task, by);
    task.mistake(
        "pairs-that-occur-once-left",
        by(Train { fewest: 2, ..TRAIN }),
    )
    .mistake(
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
    .mistake(
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
    .mistake(
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

fn mistakes_of_ties<F: Fn(&Inputs) -> tch::Tensor + 'static>(
    task: Task,
    by: impl Fn(Train) -> F,
) -> Task {
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
