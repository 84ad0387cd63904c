//! Words cut into entries of a vocabulary.

use attentive_grader::PieceSource;
use tch::Tensor;
use tokenizers::Model;

use super::inputs::{id, word};
use super::{LONGEST_WORD, model};
use crate::inputs::Inputs;
use crate::task::Task;
use crate::texts::of_ids;

pub(super) fn word_piece() -> Task {
    let task = Task::new("word_piece", |x| {
        of_ids(&by_library(x, &x.text("word"), "##", LONGEST_WORD))
    })
    .pieces("pieces", PieceSource::Texts("vocabulary".into()));
    with_mistakes(with_cases(task))
}

fn by_library(x: &Inputs, word: &str, mark: &str, longest_word: usize) -> Vec<usize> {
    let model = model(&x.texts("vocabulary"), mark, longest_word);
    let pieces = model.tokenize(word).expect("the vocabulary has [UNK]");
    pieces.iter().map(|piece| piece.id as usize).collect()
}

fn with_cases(task: Task) -> Task {
    let case = |text: &'static str| move |_: &_| word(text);
    task.case("whole", "a word that is an entry", case("cat"))
        .case(
            "plain",
            "three pieces, the last of one letter",
            case("undos"),
        )
        .case(
            "longest",
            "shorter entries fit as well: the longest is taken each time",
            case("transformer"),
        )
        .case(
            "twice",
            "an entry that continues a word, and is longer than two shorter ones",
            case("undodo"),
        )
        .case(
            "no-way-back",
            "the longest entry leads to a rest that no entry fits, though a shorter one would not",
            case("catsat"),
        )
        .case(
            "unknown-rest",
            "the beginning is known, and a letter in the middle is not",
            case("unxdo"),
        )
        .case(
            "only-inside",
            "the word is an entry only where it continues a different word",
            case("able"),
        )
        .case(
            "only-at-the-start",
            "the rest is an entry only at the start of a word",
            case("catthe"),
        )
        .case(
            "letters-of-two-bytes",
            "slices must end between letters, not inside one",
            case("søren"),
        )
        .case("emoji", "nothing of it is in the vocabulary", case("👍🏽"))
        .case(
            "longest-allowed",
            "100 letters, which may just be cut",
            |_| word(&"a".repeat(LONGEST_WORD)),
        )
        .case("too-long", "101 letters", |_| {
            word(&"a".repeat(LONGEST_WORD + 1))
        })
        .case("many-bytes", "60 letters of two bytes each", |_| {
            word(&format!("s{}", "ø".repeat(59)))
        })
}

/// Pieces, and the rest of the word that is still to be cut.
type Progress = (Vec<usize>, String);

/// The steps of cutting a word.
#[derive(Clone, Copy)]
struct Cut {
    /// The mark of the piece at an index.
    mark: fn(usize) -> &'static str,
    /// The ends of the piece to come, in the order in which they are tried.
    ends: fn(&str) -> Vec<usize>,
    /// From the pieces so far, the rest that no entry fits and the id of `[UNK]`: the pieces, and the rest to go on with.
    stuck: fn(Vec<usize>, &str, usize) -> Progress,
}

/// The steps as they should be.
const CUT: Cut = Cut {
    mark: |nth| if nth == 0 { "" } else { "##" },
    ends: |rest| ends(rest).into_iter().rev().collect(),
    stuck: |_, _, unknown| (vec![unknown], String::new()),
};

impl Cut {
    fn run(self, x: &Inputs) -> Tensor {
        of_ids(&self.pieces(x, &x.text("word")))
    }

    fn pieces(self, x: &Inputs, word: &str) -> Vec<usize> {
        let vocabulary = x.texts("vocabulary");
        let known = |entry: &str| vocabulary.iter().position(|known| known == entry);
        let unknown = id(x, "[UNK]");
        if word.chars().count() > LONGEST_WORD {
            return vec![unknown];
        }
        let (mut pieces, mut rest) = (Vec::new(), word.to_owned());
        while !rest.is_empty() {
            let mark = (self.mark)(pieces.len());
            let piece = |end: usize| Some((known(&format!("{mark}{}", &rest[..end]))?, end));
            match (self.ends)(&rest).into_iter().find_map(piece) {
                Some((piece, end)) => {
                    pieces.push(piece);
                    rest = rest[end..].to_owned();
                }
                None => (pieces, rest) = (self.stuck)(pieces, &rest, unknown),
            }
        }
        pieces
    }
}

/// The ends of a word's letters.
fn ends(word: &str) -> Vec<usize> {
    let letters = word.char_indices();
    letters.map(|(start, c)| start + c.len_utf8()).collect()
}

/// A word without its first letter.
fn after_first(word: &str) -> String {
    word.chars().skip(1).collect()
}

fn with_mistakes(task: Task) -> Task {
    let by = |cut: Cut| move |x: &Inputs| cut.run(x);
    let task = task
        .mistake(
            "unknown-per-piece",
            by(Cut {
                stuck: |mut pieces, _, unknown| {
                    pieces.push(unknown);
                    (pieces, String::new())
                },
                ..CUT
            }),
        )
        .form(
            "unknown-per-piece",
            "unknown-per-letter",
            by(Cut {
                stuck: |mut pieces, rest, unknown| {
                    pieces.push(unknown);
                    (pieces, after_first(rest))
                },
                ..CUT
            }),
        )
        .mistake(
            "rest-dropped",
            by(Cut {
                stuck: |pieces, _, _| (pieces, String::new()),
                ..CUT
            }),
        )
        .mistake(
            "nothing-instead-of-unknown",
            by(Cut {
                stuck: |_, _, _| (Vec::new(), String::new()),
                ..CUT
            }),
        )
        .mistake(
            "unknown-letters-skipped",
            by(Cut {
                stuck: |pieces, rest, _| (pieces, after_first(rest)),
                ..CUT
            }),
        )
        .mistake("shortest-match", by(Cut { ends, ..CUT }))
        .mistake(
            "marked-from-the-start",
            by(Cut {
                mark: |_| "##",
                ..CUT
            }),
        )
        .only_in(["whole", "plain", "longest", "only-inside"]);
    of_limits(of_ways(task))
}

/// Other ways of looking for pieces.
fn of_ways(task: Task) -> Task {
    task.mistake("unmarked", |x| {
        of_ids(&by_library(x, &x.text("word"), "", LONGEST_WORD))
    })
    .only_in(["plain", "twice", "only-inside", "only-at-the-start"])
    .mistake("goes-back", |x| {
        of_ids(&going_back(x, &x.text("word"), 0).unwrap_or_else(|| vec![id(x, "[UNK]")]))
    })
    .mistake("from-the-end", |x| of_ids(&from_the_end(x)))
    .mistake("whole-words-only", |x| {
        let (vocabulary, word) = (x.texts("vocabulary"), x.text("word"));
        let known = vocabulary.iter().position(|entry| *entry == word);
        of_ids(&[known.unwrap_or_else(|| id(x, "[UNK]"))])
    })
}

/// Other limits of a word's length.
fn of_limits(task: Task) -> Task {
    let limit =
        |longest: usize| move |x: &Inputs| of_ids(&by_library(x, &x.text("word"), "##", longest));
    task.mistake("no-limit", limit(usize::MAX))
        .mistake("limit-one-too-low", limit(LONGEST_WORD - 1))
        .mistake("limit-in-bytes", |x| {
            let word = x.text("word");
            let longest = if word.len() > LONGEST_WORD {
                0
            } else {
                usize::MAX
            };
            of_ids(&by_library(x, &word, "##", longest))
        })
        .mistake("rest-after-the-limit-dropped", |x| {
            let kept: String = x.text("word").chars().take(LONGEST_WORD).collect();
            of_ids(&by_library(x, &kept, "##", LONGEST_WORD))
        })
}

/// The pieces of a word if a shorter entry is tried whenever a longer one leads nowhere.
fn going_back(x: &Inputs, rest: &str, nth: usize) -> Option<Vec<usize>> {
    if nth + rest.chars().count() > LONGEST_WORD {
        return None;
    }
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let vocabulary = x.texts("vocabulary");
    (CUT.ends)(rest).into_iter().find_map(|end| {
        let entry = format!("{}{}", (CUT.mark)(nth), &rest[..end]);
        let piece = vocabulary.iter().position(|known| *known == entry)?;
        let after = going_back(x, &rest[end..], nth + 1)?;
        Some([&[piece], &after[..]].concat())
    })
}

/// The pieces of a word if the longest entry at its end is taken first.
fn from_the_end(x: &Inputs) -> Vec<usize> {
    let (vocabulary, word, unknown) = (x.texts("vocabulary"), x.text("word"), id(x, "[UNK]"));
    if word.chars().count() > LONGEST_WORD {
        return vec![unknown];
    }
    let (mut pieces, mut rest) = (Vec::new(), word.as_str());
    while !rest.is_empty() {
        let found = rest.char_indices().find_map(|(start, _)| {
            let entry = format!("{}{}", (CUT.mark)(start), &rest[start..]);
            Some((vocabulary.iter().position(|known| *known == entry)?, start))
        });
        let Some((piece, start)) = found else {
            return vec![unknown];
        };
        pieces.insert(0, piece);
        rest = &rest[..start];
    }
    pieces
}
