//! The task `train`: merges from words and how often they occur.

mod mistakes;
mod steps;

use super::{Judge, PARAGRAPH, counted};
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
    mistakes::add(cases(task)).property(
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
    .case(
        "capitals",
        "a capital is a different byte from its small letter",
        |_| {
            few(
                &[
                    ("Keys", 4),
                    (" keys", 3),
                    ("KEY", 2),
                    (" Key", 2),
                    ("key", 1),
                ],
                5,
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
