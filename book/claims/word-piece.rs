//! Claims of `word-piece.md` and its quiz, computed.

use attentive_book::figures::lessons::word_piece::{VOCABULARY, kept};
use word_piece::{Casing, Lengths, Vocabulary, encode, is_control, normalize, split, word_piece};

use crate::lesson::Lesson;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("wp-no-way-back", || {
            tokens("players", &["play", "player", "##er", "##s"]).len() as f64
        }),
        ("wp-room", || kept(5, 40, 19 - 3)[1] as f64),
        ("wp-unknown", || {
            tokens("catsat", &["cat", "cats", "##sat", "##s"]).len() as f64
        }),
    ],
    checks: &[
        ("wp-types", || {
            let input = lesson_input("who left?", Some("the cafes."), 0);
            let separator = input.0.iter().position(|token| token == "[SEP]");
            let separator = separator.expect("a separator");
            assert_eq!(input.1[separator..separator + 2], [0, 1]);
            assert_eq!(input.1.last(), Some(&1));
        }),
        ("wp-line-ends", || {
            assert!(is_control('\n') && is_control('\t') && is_control('\u{ad}'));
            assert!(!is_control('\u{a0}') && '\u{a0}'.is_whitespace());
            assert_eq!(normalize("so\u{ad}ft\u{a0}a\nb", Casing::Cased), "soft a b");
        }),
        ("wp-punctuation", || {
            assert_eq!(split("snake_case").len(), 3);
            assert_eq!(split("a+b").len(), 3);
            assert_eq!(split("5€").len(), 1);
            assert_eq!(split("b2b").len(), 1);
        }),
        ("wp-uncased", || {
            assert_eq!(normalize("É", Casing::Uncased), "e");
            assert_eq!("É".to_lowercase(), "é");
            assert_eq!(word_piece::decompose("é"), "e\u{301}");
            assert!(
                "É".chars()
                    .all(|c| !c.is_ascii() && !word_piece::is_accent(c))
            );
        }),
    ],
    slips: &[
        ("wp-no-way-back", "3", || {
            tokens("players", &["play", "##er", "##s"]).len() as f32
        }),
        ("wp-room", "14", || kept(5, 40, 19)[1] as f32),
        ("wp-room", "8", || 16.0 / 2.0),
    ],
};

/// The tokens of a word, with a vocabulary of these entries.
fn tokens(word: &str, entries: &[&str]) -> Vec<String> {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
    let entries = [&special, entries].concat();
    let vocabulary = Vocabulary::new(entries.iter().copied()).expect("the special entries");
    let ids = word_piece(word, &vocabulary);
    ids.into_iter().map(|id| entries[id].to_owned()).collect()
}

fn vocabulary() -> Vocabulary {
    Vocabulary::new(VOCABULARY).expect("the special entries")
}

/// Tokens, types and mask of an input of at most 16 tokens, with the lesson's vocabulary.
fn lesson_input(
    first: &str,
    second: Option<&str>,
    padded: usize,
) -> (Vec<String>, Vec<usize>, Vec<bool>) {
    let lengths = Lengths {
        longest: 16,
        padded,
    };
    let input = encode(first, second, &vocabulary(), Casing::Uncased, lengths);
    let tokens = input.ids.iter().map(|&id| VOCABULARY[id].to_owned());
    (tokens.collect(), input.token_types, input.mask)
}

const TEXT: &str = "The Cafés were\tundoable.";

#[test]
fn one_letter_makes_a_word_unknown() {
    let entries = ["un", "##do", "##able"];
    assert_eq!(tokens("undoable", &entries), entries);
    assert_eq!(tokens("undoxable", &entries), ["[UNK]"]);
    assert_eq!(tokens("doable", &entries), ["[UNK]"]);
}

#[test]
fn the_steps_of_the_worked_example() {
    let lesson = Lesson::read("word-piece");
    for (id, entry) in VOCABULARY.iter().enumerate() {
        lesson.says(format!("{entry} {id}"));
    }
    let normalized = normalize(TEXT, Casing::Uncased);
    lesson.says(format!("| `normalize` | `{normalized}` |"));
    let words = split(&normalized);
    let quoted = |words: &[String]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        quoted.join(", ")
    };
    lesson.says(format!("| `split` | {} |", quoted(&words)));
    let pieces: Vec<String> = words
        .iter()
        .flat_map(|word| word_piece(word, &vocabulary()))
        .map(|id| VOCABULARY[id].to_owned())
        .collect();
    lesson.says(format!("| `word_piece` | {} |", quoted(&pieces)));
}

#[test]
fn the_look_ups_of_the_worked_example() {
    let lesson = Lesson::read("word-piece");
    let (mut rest, mut mark, mut lookups) = ("undoable", "", 0);
    while !rest.is_empty() {
        let tried: Vec<String> = (1..=rest.len())
            .rev()
            .map(|end| format!("{mark}{}", &rest[..end]))
            .collect();
        let found = tried
            .iter()
            .position(|entry| VOCABULARY.contains(&entry.as_str()));
        let found = found.expect("the word is known");
        lesson.says(tried[..=found].join(" "));
        lookups += found + 1;
        rest = &rest[rest.len() - found..];
        mark = "##";
    }
    lesson.says(format!("which are {lookups} look-ups"));
}

#[test]
fn the_inputs_of_the_lesson() {
    let lesson = Lesson::read("word-piece");
    let (tokens, _, mask) = lesson_input(TEXT, None, 12);
    assert_eq!(tokens.len(), 12);
    lesson.says(tokens.join(" "));
    let lengths = Lengths {
        longest: 16,
        padded: 12,
    };
    let ids = encode(TEXT, None, &vocabulary(), Casing::Uncased, lengths).ids;
    let spaced = |numbers: Vec<String>| numbers.join(" ");
    lesson.says(spaced(ids.iter().map(usize::to_string).collect()));
    lesson.says(spaced(
        mask.iter()
            .map(|&is_token| u8::from(is_token).to_string())
            .collect(),
    ));

    let (tokens, types, mask) = lesson_input("Who left?", Some("the cafés."), 12);
    lesson.says(tokens.join(" "));
    lesson.says(spaced(types.iter().map(usize::to_string).collect()));
    lesson.says(spaced(
        mask.iter()
            .map(|&is_token| u8::from(is_token).to_string())
            .collect(),
    ));
}

#[test]
fn both_texts_are_cut_once_they_are_equally_long() {
    assert_eq!(kept(14, 6, 20), [14, 6]);
    assert_eq!(kept(14, 8, 20), [12, 8]);
    assert_eq!(kept(14, 10, 20), [10, 10]);
    assert_eq!(kept(14, 30, 20), [10, 10]);
}

#[test]
fn the_order_of_accents_and_lower_case_makes_no_difference() {
    let bare = |text: &str| -> String {
        let decomposed = word_piece::decompose(text);
        decomposed
            .chars()
            .filter(|&c| !word_piece::is_accent(c))
            .collect()
    };
    let lower = |text: &str| -> String { text.chars().flat_map(char::to_lowercase).collect() };
    for c in char::MIN..=char::MAX {
        let c = c.to_string();
        assert_eq!(lower(&bare(&c)), bare(&lower(&c)));
    }
}
