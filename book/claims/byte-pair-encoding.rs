//! Claims of `byte-pair-encoding.md` and its quiz, computed.

use attentive_book::figures::lessons::byte_pair_encoding::{characters, merges};
use attentive_grader::visible;
use byte_pair_encoding::{Merges, decode, encode, join, train, words};

use crate::lesson::{Lesson, commas};
use crate::quizzes::QuizClaims;

/// Two ids that are joined.
type Pair = (usize, usize);

/// The merges of the prediction, of the prediction at the end, and of the question `bpe-encode`.
const PREDICTED: [(&str, &str); 3] = [("b", "c"), ("a", "b"), ("c", "d")];
const PREDICTED_AGAIN: [(&str, &str); 4] = [("e", "r"), ("h", "e"), ("r", "e"), ("er", "e")];
const THEN: [(&str, &str); 4] = [("h", "e"), ("t", "h"), ("he", "n"), ("t", "he")];

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("bpe-overlaps", || {
            3.0 * pairs(&bytes("aaaa")).count() as f64
        }),
        ("bpe-id", || {
            let merges = merges();
            let mut piece = bytes("");
            piece.extend([merges[9].0, merges[9].1]);
            let ids = join(&piece, merges[9], 256 + 9);
            ids[0] as f64
        }),
        ("bpe-bytes", || {
            encode("naïve €", &Merges::new(&merges()))
                .len()
                .max("naïve €".len()) as f64
        }),
    ],
    checks: &[
        ("bpe-encode", || {
            assert_eq!(cut("then", &THEN), ["t", "hen"]);
            let merges = named(&THEN);
            let first = join(&bytes("then"), merges[0], 256);
            assert_eq!(shown(&first, &merges), ["t", "he", "n"]);
        }),
        ("bpe-decode", || {
            let [first, second] = [[0xf0, 0x9f], [0x99, 0x82]].map(|half| decode(&half, &[]));
            assert!(first.contains('\u{fffd}') && second.contains('\u{fffd}'));
            assert_eq!(decode(&[0xf0, 0x9f, 0x99, 0x82], &[]), "🙂");
        }),
        ("bpe-tie", || {
            let words = [("ba", 1), ("az", 1), ("ac", 1)];
            assert_eq!(train(&words, 1), [(97, 99)]);
        }),
        ("bpe-words", || {
            let text = "the key,\n\n the  key";
            assert_eq!(words(text).concat(), text);
            let ids = |text| encode(text, &Merges::new(&merges()));
            assert!(!ids("a key").ends_with(&ids("key")));
            assert!(ids("a key").ends_with(&ids(" key")) && ids(" key.").starts_with(&ids(" key")));
        }),
        ("bpe-work", || {
            let (once, twice) = (lookups_of_single_joins(100), lookups_of_single_joins(200));
            assert!((3.9..4.1).contains(&(twice as f64 / once as f64)));
        }),
        ("bpe-rank", || {
            assert_eq!(cut("abcd", &PREDICTED).len(), 3);
            assert_eq!(
                ["ab", "cd"].map(|piece| cut(piece, &PREDICTED).len()),
                [1, 1]
            );
        }),
    ],
    slips: &[
        ("bpe-overlaps", "6", || {
            3.0 * join(&bytes("aaaa"), (97, 97), 256).len() as f32
        }),
        ("bpe-overlaps", "3", || 3.0),
        ("bpe-id", "266", || 257.0 + 9.0),
        ("bpe-bytes", "7", || "naïve €".chars().count() as f32),
    ],
};

fn bytes(word: &str) -> Vec<usize> {
    word.bytes().map(usize::from).collect()
}

fn pairs(pieces: &[usize]) -> impl Iterator<Item = Pair> + '_ {
    pieces.windows(2).map(|two| (two[0], two[1]))
}

/// Returns the ids of the merges that join these pieces.
fn named(pieces: &[(&str, &str)]) -> Vec<Pair> {
    let mut merges: Vec<Pair> = Vec::new();
    for (left, right) in pieces {
        let id = |text: &str| {
            (0..256 + merges.len())
                .find(|&id| decode(&[id], &merges) == text)
                .expect("a piece")
        };
        let pair = (id(left), id(right));
        merges.push(pair);
    }
    merges
}

/// Returns the pieces of a text as the page shows them.
fn shown(ids: &[usize], merges: &[Pair]) -> Vec<String> {
    let piece = |id: &usize| visible(decode(&[*id], merges).as_bytes());
    ids.iter().map(piece).collect()
}

/// Cuts a text by merges that are given as pieces.
fn cut(text: &str, pieces: &[(&str, &str)]) -> Vec<String> {
    let merges = named(pieces);
    shown(&encode(text, &Merges::new(&merges)), &merges)
}

#[test]
fn both_predictions() {
    let lesson = Lesson::read("byte-pair-encoding");
    let [a, bc, d] = &cut("abcd", &PREDICTED)[..] else {
        panic!("expected three pieces");
    };
    lesson.says(format!("Into `{a}`, `{bc}` and `{d}`."));
    let again = cut("here", &PREDICTED_AGAIN);
    lesson.says(format!("Into `{}`.", again.join("` and `")));
}

/// A piece that training has made is what its own bytes become: no lower rank can have parted them before.
#[test]
fn training_could_have_learned_these_merges() {
    for pieces in [&PREDICTED[..], &PREDICTED_AGAIN, &THEN] {
        for (left, right) in pieces {
            assert_eq!(cut(&format!("{left}{right}"), pieces).len(), 1);
        }
    }
}

#[test]
fn words_keep_their_space() {
    let lesson = Lesson::read("byte-pair-encoding");
    for text in ["the key answers", "it isn't 42, is it?", "two  spaces"] {
        let words: Vec<String> = words(text)
            .into_iter()
            .map(|word| format!("`{}`", visible(word.as_bytes())))
            .collect();
        lesson.says(format!(
            "| `{}` | {} |",
            text.replace("  ", "␣␣"),
            words.join(", ")
        ));
    }
}

/// The words of the lesson's example.
const WORDS: [(&str, usize); 4] = [(" the", 4), (" key", 3), (" they", 2), (" keys", 1)];

#[test]
fn the_worked_example_of_training() {
    let lesson = Lesson::read("byte-pair-encoding");
    let merges = train(&WORDS, 6);
    let mut pieces: Vec<Vec<usize>> = WORDS.iter().map(|(word, _)| bytes(word)).collect();
    let occurrences = |pieces: &[Vec<usize>], wanted: Pair| -> usize {
        let of_word = |word: &Vec<usize>| pairs(word).filter(|pair| *pair == wanted).count();
        let counts = pieces
            .iter()
            .zip(WORDS)
            .map(|(word, (_, times))| times * of_word(word));
        counts.sum()
    };
    let (h, e) = (104, 101);
    assert_eq!(occurrences(&pieces, (h, e)), 6);
    for (rank, &pair) in merges.iter().enumerate() {
        let times = occurrences(&pieces, pair);
        pieces = pieces
            .iter()
            .map(|word| join(word, pair, 256 + rank))
            .collect();
        let sides = shown(&[pair.0, pair.1], &merges);
        let words: Vec<String> = pieces
            .iter()
            .map(|word| format!("`{}`", shown(word, &merges).join(" ")))
            .collect();
        lesson.says(format!(
            "| {rank} | `{}` + `{}` | {times} | {} | {} |",
            sides[0],
            sides[1],
            256 + rank,
            words.join(", ")
        ));
        if rank == 1 {
            assert_eq!(occurrences(&pieces, (h, e)), 4);
        }
    }
}

#[test]
fn the_worked_example_of_encoding() {
    let lesson = Lesson::read("byte-pair-encoding");
    let merges = train(&WORDS, 6);
    let ids = encode(" they", &Merges::new(&merges));
    let pieces = shown(&ids, &merges);
    lesson.says(format!("{} {} {}", pieces.join(" "), ids[0], ids[1]));
    assert_eq!(shown(&[260], &merges), ["␣the"]);
}

#[test]
fn a_sentence_with_the_merges_of_a_text() {
    let lesson = Lesson::read("byte-pair-encoding");
    let (merges, sentence) = (merges(), "The model reads a new sentence.");
    lesson.says(format!(
        "With {} merges that were learned from a text of {} characters, “{sentence}” becomes",
        merges.len(),
        characters()
    ));
    let ids = encode(sentence, &Merges::new(&merges));
    lesson.says(shown(&ids, &merges).join("|"));
    lesson.says(format!(
        "{} bytes have become {} ids.",
        sentence.len(),
        ids.len()
    ));
    assert_eq!(decode(&ids, &merges), sentence);
}

#[test]
fn half_a_character_in_each_of_two_pieces() {
    let lesson = Lesson::read("byte-pair-encoding");
    let merges = [(110, 195)];
    let ids = encode("né", &Merges::new(&merges));
    assert_eq!(bytes("né"), [110, 195, 169]);
    lesson.says(format!("the ids are {} and {}.", ids[0], ids[1]));
    let apart: Vec<String> = ids.iter().map(|&id| decode(&[id], &merges)).collect();
    lesson.says(format!("they are `{}` and `{}`.", apart[0], apart[1]));
    assert_eq!(decode(&ids, &merges), "né");
}

/// The word of which the lesson counts the look-ups.
fn long_word(times: usize) -> String {
    "answeringx".repeat(times)
}

/// Returns the number of look-ups when all ranks are looked up again after each single join.
fn lookups_of_single_joins(times: usize) -> usize {
    let word = long_word(times);
    let merges = Merges::new(&train(&[(&word, 1)], 16));
    let mut pieces = bytes(&word);
    while let Some((rank, pair)) = pairs(&pieces)
        .filter_map(|pair| Some((merges.rank(pair.0, pair.1)?, pair)))
        .min()
    {
        let at = pairs(&pieces)
            .position(|other| other == pair)
            .expect("it occurs");
        pieces.splice(at..at + 2, [256 + rank]);
    }
    merges.lookups()
}

#[test]
fn look_ups_in_a_long_word() {
    let lesson = Lesson::read("byte-pair-encoding");
    let word = long_word(200);
    let merges = Merges::new(&train(&[(&word, 1)], 16));
    encode(&word, &merges);
    lesson.says(format!(
        "The plain scan makes {} look-ups. With one join for each scan it is {}.",
        commas(merges.lookups()),
        commas(lookups_of_single_joins(200))
    ));
}
