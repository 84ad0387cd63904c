//! The task `encode`: the ids of a text, and the look-ups that they took.

mod mistakes;
mod steps;

use attentive_given::Merges;
use attentive_grader::PieceSource;
use tch::Tensor;

use super::{Judge, PARAGRAPH, Pair, counted, named};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;
use crate::texts::of_ids;
use steps::ENCODE;

/// The number of times as many look-ups as scanning a word once for each merge takes: some ask twice for each pair, and
/// once more when they join.
const TIMES_A_SCAN: usize = 4;
/// The number of look-ups that are never too many: those of a short word take no noticeable time.
const FREE_LOOKUPS: usize = 20_000;
/// The text of the case `sentence`, which its property doubles.
const SENTENCE: &str = " The key answers: it's 42 times better than the others' answers!";
/// The part of the word of 1,000 bytes, and how often it is repeated. With twice as much, a slow answer could take longer
/// than a busy machine waits.
const LONG: (&str, usize) = ("answering.", 100);

/// The outputs of `encode`.
type Named = [(&'static str, Tensor); 2];

pub(super) fn encode() -> Task {
    let right = |x: &Inputs| {
        let ids = Judge::new(&x.pairs("merges")).encode(&x.text("text"));
        outputs(&ids, bound(x))
    };
    let task = Task::new("encode", right)
        .pieces("ids", PieceSource::Pairs("merges".into()))
        .count("lookups", "look-ups of ranks");
    let before = Judge::new(&paragraph()).encode(SENTENCE).len();
    mistakes::add(cases(task))
        .property(
            Property::new(
                "what-follows",
                "when a text is followed by itself, its ids begin with the same ids",
            )
            .in_case("sentence")
            .double(["text"], 0)
            .expect_same_before(["ids"], 0, before),
        )
        .property(
            Property::new(
                "twice-as-long",
                "a word that is twice as long takes at most three times as many look-ups",
            )
            .in_case("long-word")
            .double(["text"], 0)
            .expect_at_most_times(["lookups"], 3.0),
        )
}

fn outputs(ids: &[usize], lookups: usize) -> Named {
    [
        ("ids", of_ids(ids)),
        ("lookups", Tensor::from(lookups as i64)),
    ]
}

/// The most look-ups: those of looking up each pair of a word once for each merge, and some more.
fn bound(x: &Inputs) -> usize {
    let merges = Merges::new(&x.pairs("merges"));
    ENCODE.ids(&x.text("text"), &merges);
    FREE_LOOKUPS.max(TIMES_A_SCAN * merges.lookups())
}

/// Merges that were learned from a text.
fn paragraph() -> Vec<Pair> {
    Judge::train(&counted(PARAGRAPH), 60)
}

fn inputs(text: &str, merges: &[Pair]) -> Inputs {
    Inputs::default()
        .with_text("text", text)
        .with_pairs("merges", merges)
}

fn cases(task: Task) -> Task {
    let task = task
        .case(
            "sentence",
            "merges that were learned from a text, and a new sentence",
            |_| inputs(SENTENCE, &paragraph()),
        )
        .case(
            "rank-before-length",
            "a shorter piece of lower rank comes before a longer one",
            |_| inputs("abcab", &named(&[("b", "c"), ("a", "b"), ("ab", "c")])),
        )
        .case(
            "rank-before-place",
            "the pair of lowest rank, and not the first one",
            |_| {
                inputs(
                    "abcdabd",
                    &named(&[("c", "d"), ("b", "c"), ("a", "b"), ("ab", "cd")]),
                )
            },
        )
        .case("joined-again", "what was joined is joined again", |_| {
            inputs(
                "lowerlow",
                &named(&[("l", "o"), ("lo", "w"), ("e", "r"), ("low", "er")]),
            )
        })
        .case(
            "runs",
            "runs of the same byte, of odd and of even length",
            |_| {
                inputs(
                    "aaa aaaaaaa",
                    &named(&[("a", "a"), ("aa", "aa"), ("aa", "a")]),
                )
            },
        )
        .case(
            "words",
            "no pair reaches from one word into the next",
            |_| {
                let merges = [
                    ("e", " "),
                    ("e", "k"),
                    (" ", "k"),
                    ("y", ","),
                    (" k", "e"),
                    (",", " "),
                ];
                inputs("the key, the ke keke", &named(&merges))
            },
        )
        .case(
            "spaces",
            "spaces and line breaks, also at both ends",
            |_| inputs("  a  the\n\n  key \t", &paragraph()),
        )
        .case(
            "other-scripts",
            "bytes of which no merge knows anything",
            |_| inputs("é naïve 日本語 🙂, Ελλάδα", &paragraph()),
        );
    task.case(
        "merged-bytes",
        "characters of several bytes, some of them learned",
        |_| {
            let words = [("日本", 4), (" 日", 2), ("é", 5), ("ê", 3), (" né", 2)];
            let words = words.map(|(word, times)| (word.to_owned(), times));
            inputs("日本 né é ê 本é", &Judge::train(&words, 9))
        },
    )
    .case(
        "control-characters",
        "bytes that show nothing are bytes, too",
        |_| inputs("\u{0}a\u{7}\u{1b}[0m\r\n\u{200b}b\u{7f}", &paragraph()),
    )
    .case("no-merges", "each byte is a piece", |_| {
        inputs("the key", &[])
    })
    .case("empty", "a text without a word", |_| {
        inputs("", &paragraph())
    })
    .case("random", "words of the text in a random order", |random| {
        inputs(&shuffled(random), &paragraph())
    })
    .case(
        "long-word",
        "one word of 1,000 bytes, for which look-ups are counted",
        |_| {
            let (word, times) = LONG;
            let word = word.replace('.', "x").repeat(times);
            let merges = Judge::train(&[(word.clone(), 1)], 16);
            inputs(&word, &merges)
        },
    )
}

fn shuffled(random: &Random) -> String {
    let words: Vec<&str> = PARAGRAPH.split(' ').collect();
    let order = Vec::<i64>::try_from(random.permutation(words.len() as i64)).expect("an order");
    let words: Vec<&str> = order
        .iter()
        .take(30)
        .map(|&at| words[at as usize])
        .collect();
    words.join(" ")
}
