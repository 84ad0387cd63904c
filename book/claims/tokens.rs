//! Claims of `tokens.md` and its quiz, computed.

use attentive_book::figures::lessons::tokens::merges;

use crate::lesson::Lesson;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("tokens-greedy", || {
            let known = |piece: &str| {
                let piece = piece.trim_start_matches("##");
                piece.len() == 1 || ["un", "unhap", "happy"].contains(&piece)
            };
            word_pieces("unhappy", known).map_or(0.0, |pieces| pieces.len() as f64)
        }),
        ("tokens-first-merge", || {
            merges(&[("low", 5), ("lower", 2), ("slow", 3)])[0].1 as f64
        }),
    ],
    checks: &[],
    slips: &[],
};

// ANCHOR: word_pieces
/// Cuts a word into the longest pieces that `known` has, from its beginning on.
///
/// A piece that continues a word is known with `##` before it.
/// `None` if there is no piece to go on with.
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
// ANCHOR_END: word_pieces

#[test]
fn the_longest_piece_is_taken_and_never_given_back() {
    let known = |piece: &str| {
        let piece = piece.trim_start_matches("##");
        piece.len() == 1 || ["cat", "cats", "mat", "sat"].contains(&piece)
    };
    let cut = |word| {
        word_pieces(word, known)
            .expect("single letters are known")
            .len()
    };
    assert_eq!((cut("mats"), cut("catsat")), (2, 3));
}

#[test]
fn five_merges_make_words_of_letters() {
    let lesson = Lesson::read("tokens");
    let words = [("cat", 4), ("mat", 3), ("cats", 2), ("sat", 1)];
    let mut pieces: usize = words.iter().map(|(word, count)| word.len() * count).sum();
    lesson.says(format!("= {pieces} pieces"));
    for (step, ([first, second], count)) in merges(&words).into_iter().enumerate() {
        pieces -= count;
        let step = step + 1;
        lesson.says(format!(
            "| {step} | `{first}` + `{second}` → `{first}{second}` | {count} | {pieces} |"
        ));
    }
    assert_eq!(pieces, 10, "each word is a piece");
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
