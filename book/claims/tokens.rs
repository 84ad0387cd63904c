//! Claims of `tokens.md` and its quiz, computed.

use std::collections::BTreeMap;

use attentive_book::figures::lessons::tokens::merges;

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("tokens-greedy", || {
            longest_match("unhappy", &["un", "unhap", "happy"]).len() as f64
        }),
        ("tokens-first-merge", || {
            merges(&[("low", 5), ("lower", 2), ("slow", 3)])[0].1 as f64
        }),
        ("tokens-unigram", || {
            let entries = BTreeMap::from([("un", 0.2), ("do", 0.1), ("und", 0.05), ("o", 0.04)]);
            unigram("undo", &entries).map_or(0.0, |cut| cut.probability)
        }),
    ],
    checks: &[],
    slips: &[],
};

/// Cuts a word into the longest entries that `known` has, from its beginning on.
///
/// An entry that continues a word is known with `##` in front.
/// `None` if no entry fits.
fn word_pieces(word: &str, known: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let (mut pieces, mut rest) = (Vec::new(), word);
    while !rest.is_empty() {
        let mark = if pieces.is_empty() { "" } else { "##" };
        let ends = rest
            .char_indices()
            .map(|(at, letter)| at + letter.len_utf8());
        let end = ends
            .rev()
            .find(|&end| known(&format!("{mark}{}", &rest[..end])))?;
        pieces.push(format!("{mark}{}", &rest[..end]));
        rest = &rest[end..];
    }
    Some(pieces)
}

/// A way to cut a word.
#[derive(Debug, Clone)]
struct Cut {
    tokens: Vec<String>,
    /// Product of the probabilities of the tokens.
    probability: f64,
}

impl Cut {
    /// Adds one more token at the end.
    fn and(&self, token: &str, probability: f64) -> Self {
        let mut tokens = self.tokens.clone();
        tokens.push(token.to_owned());
        Self {
            tokens,
            probability: self.probability * probability,
        }
    }
}

// ANCHOR: unigram
/// Cuts a word so that the product of its tokens' probabilities is largest.
///
/// `None` if the entries cannot spell the word.
fn unigram(word: &str, entries: &BTreeMap<&str, f64>) -> Option<Cut> {
    // The best cut of what is before each position.
    let mut best: Vec<Option<Cut>> = vec![None; word.len() + 1];
    best[0] = Some(Cut {
        tokens: Vec::new(),
        probability: 1.0,
    });
    for end in 1..=word.len() {
        best[end] = (0..end)
            .filter_map(|start| {
                let token = word.get(start..end)?;
                let before = best[start].as_ref()?;
                Some(before.and(token, *entries.get(token)?))
            })
            .max_by(|a, b| a.probability.total_cmp(&b.probability));
    }
    best.pop()?
}
// ANCHOR_END: unigram

/// Cuts a word by longest match with these entries and all single letters.
fn longest_match(word: &str, entries: &[&str]) -> Vec<String> {
    let known = |piece: &str| {
        let piece = piece.trim_start_matches("##");
        piece.len() == 1 || entries.contains(&piece)
    };
    word_pieces(word, known).expect("single letters are known")
}

#[test]
fn the_longest_entry_is_taken_and_never_given_back() {
    assert_eq!(
        longest_match("catsat", &["cat", "cats", "mat", "sat"]),
        ["cats", "##a", "##t"]
    );
    assert_eq!(longest_match("mats", &["mat"]).len(), 2);
    assert_eq!(
        longest_match("onever", &["on", "one", "ever"]),
        ["one", "##v", "##e", "##r"]
    );
}

#[test]
fn a_word_is_unknown_although_entries_spell_it() {
    let pieces = |entries: &[&str]| word_pieces("unable", |piece| entries.contains(&piece));
    assert_eq!(pieces(&["un", "unab", "##able"]), None);
    let found = pieces(&["un", "##able"]).expect("entries spell it");
    assert_eq!(found, ["un", "##able"]);
}

#[test]
fn unigram_finds_the_cut_that_longest_match_misses() {
    let lesson = Lesson::read("tokens");
    let mut entries = BTreeMap::from([("cat", 0.3), ("mat", 0.2), ("cats", 0.15), ("sat", 0.1)]);
    entries.extend(["a", "c", "m", "s", "t"].map(|letter| (letter, 0.05)));
    let sum: f64 = entries.values().sum();
    assert!((sum - 1.0).abs() < 1e-12, "they are probabilities");
    for end in 1..="catsat".len() {
        let word = &"catsat"[..end];
        let cut = unigram(word, &entries).expect("letters are known");
        let probability = shown(cut.probability as f32, 4);
        let probability = probability.trim_end_matches('0');
        let tokens = cut.tokens.join(", ");
        lesson.says(format!("| `{word}` | {tokens} | {probability} |"));
    }
    let greedy = 0.15 * 0.05 * 0.05;
    lesson.says(format!("= {greedy:.6}"));
    lesson.says(format!("is {:.0} times as probable", 0.03 / greedy));
}

#[test]
fn word_piece_prefers_letters_that_do_not_occur_apart() {
    let lesson = Lesson::read("tokens");
    let text = [("new", 5), ("newer", 2), ("knew", 3)];
    let mut alone: BTreeMap<String, usize> = BTreeMap::new();
    let mut pairs: BTreeMap<[String; 2], usize> = BTreeMap::new();
    for (word, count) in text {
        let mut letters: Vec<String> = word.chars().map(|letter| format!("##{letter}")).collect();
        letters[0] = word[..1].to_owned();
        for pair in letters.windows(2) {
            *pairs.entry([pair[0].clone(), pair[1].clone()]).or_default() += count;
        }
        for letter in letters {
            *alone.entry(letter).or_default() += count;
        }
    }
    let score =
        |pair: &[String; 2]| pairs[pair] as f64 / (alone[&pair[0]] * alone[&pair[1]]) as f64;
    for pair in [["##e", "##w"], ["k", "##n"]] {
        let pair = pair.map(str::to_owned);
        let [first, second] = &pair;
        lesson.says(format!(
            "| `{first}` + `{second}` | {} | {} | {} | {:.3} |",
            pairs[&pair],
            alone[first],
            alone[second],
            score(&pair)
        ));
    }
    let most_frequent = pairs.values().max();
    assert_eq!(
        most_frequent,
        Some(&10),
        "no pair is more frequent than the first"
    );
    let best = pairs.keys().max_by(|a, b| score(a).total_cmp(&score(b)));
    assert_eq!(best, Some(&["k", "##n"].map(str::to_owned)));
}

#[test]
fn five_merges_make_words_of_letters() {
    let lesson = Lesson::read("tokens");
    let words = [("cat", 4), ("mat", 3), ("cats", 2), ("sat", 1)];
    let mut pieces: usize = words.iter().map(|(word, count)| word.len() * count).sum();
    lesson.says(format!("= {pieces} tokens"));
    for (step, ([first, second], count)) in merges(&words).into_iter().enumerate() {
        pieces -= count;
        let step = step + 1;
        lesson.says(format!(
            "| {step} | `{first}` + `{second}` → `{first}{second}` | {count} | {pieces} |"
        ));
    }
    assert_eq!(pieces, 10, "each word is one token");
    assert_eq!(256 + 50_000 + 1, 50_257);
}

/// An excerpt of the vocabulary of bert-base-cased.
const CASED: [(&str, u32); 8] = [
    ("[CLS]", 101),
    ("[SEP]", 102),
    (".", 119),
    ("are", 1132),
    ("powerful", 3110),
    ("models", 3584),
    ("Trans", 13_809),
    ("##former", 23_763),
];

#[test]
fn a_sentence_as_bert_reads_it() {
    let number = |piece: &str| {
        CASED
            .iter()
            .find(|(known, _)| *known == piece)
            .map(|(_, number)| *number)
    };
    let mut pieces = vec!["[CLS]".to_owned()];
    for word in ["Transformer", "models", "are", "powerful", "."] {
        pieces.extend(word_pieces(word, |piece| number(piece).is_some()).expect("known"));
    }
    pieces.push("[SEP]".to_owned());
    let numbers: Vec<String> = pieces
        .iter()
        .filter_map(|piece| number(piece))
        .map(|n| n.to_string())
        .collect();
    assert_eq!(
        numbers.join(", "),
        "101, 13809, 23763, 3584, 1132, 3110, 119, 102"
    );
    Lesson::read("tokens").says(format!("{} {}", pieces.join(" "), numbers.join(" ")));
}

#[test]
fn a_character_that_is_missing_becomes_its_bytes() {
    let bytes: Vec<String> = "€".bytes().map(|byte| format!("`<0x{byte:X}>`")).collect();
    Lesson::read("tokens").says(format!("`€` is {}, three tokens", bytes.join(" ")));
    assert_eq!(bytes.len(), 3);
}
