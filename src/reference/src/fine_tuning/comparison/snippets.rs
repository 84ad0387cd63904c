//! Sentences of film reviews, labelled by their scores, and their division.

use std::collections::HashSet;
use std::path::Path;

use attentive_course::files;
use attentive_models::Tokenizer;

use super::Options;
use super::error::ComparisonError;
use crate::random::Random;

/// Scores from this one on are positive, and those from its negative down are negative. Scores in between are of readers
/// who were not sure, and are left out.
const CLEAR: f32 = 1.0;
/// The seed of the sentences that are held out: they are the same in all runs.
const HELD_OUT: u64 = 0;

/// The most tokens of a sentence. Of a longer one, the end is cut off.
const LONGEST: usize = 32;

/// A sentence and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snippet {
    /// The ids, with those of the special tokens around the text.
    pub(super) ids: Vec<i64>,
    /// 1 if it is positive, 0 if it is negative.
    pub(super) label: i64,
}

/// All sentences with a clear score.
#[derive(Debug)]
pub(super) struct Snippets(Vec<Snippet>);

/// The two parts of the sentences.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) held_out: Vec<Snippet>,
    /// Those that a run may learn from.
    others: Vec<Snippet>,
}

impl Snippets {
    /// Reads a file with a number, a score and a sentence in each line. A sentence that was there before is left out: it
    /// could be learned from and held out.
    pub(super) fn read(path: &Path, tokenizer: &Tokenizer) -> Result<Self, ComparisonError> {
        let text = files::read_text(path)?;
        let mut known = HashSet::new();
        let mut snippets = Vec::new();
        for (line, row) in (1..).zip(text.lines()) {
            let (score, sentence) = scored(row).map_err(|found| ComparisonError::Line {
                path: path.to_owned(),
                line,
                found,
            })?;
            if score.abs() >= CLEAR && known.insert(sentence) {
                snippets.push(Snippet {
                    ids: cut(tokenizer.encode(sentence, true)?.ids),
                    label: i64::from(score > 0.0),
                });
            }
        }
        Ok(Self(snippets))
    }

    /// Holds some sentences out.
    pub(super) fn divide(self, options: Options) -> Result<Parts, ComparisonError> {
        let Options {
            examples, held_out, ..
        } = options;
        let found = self.0.len();
        if held_out == 0 || examples == 0 || examples.saturating_add(held_out) > found {
            return Err(ComparisonError::TooFew {
                examples,
                held_out,
                found,
            });
        }
        let mut held_out = shuffled(&self.0, HELD_OUT);
        let others = held_out.split_off(options.held_out);
        Ok(Parts { held_out, others })
    }
}

impl Parts {
    /// The sentences that the run with this seed learns from.
    pub(super) fn examples(&self, seed: u64, count: usize) -> Vec<Snippet> {
        let mut examples = shuffled(&self.others, seed);
        examples.truncate(count);
        examples
    }

    /// The share of held-out sentences with the label that most of them have.
    pub(super) fn most_frequent(&self) -> f64 {
        let positive = self.held_out.iter().filter(|snippet| snippet.label == 1);
        let share = positive.count() as f64 / self.held_out.len() as f64;
        share.max(1.0 - share)
    }
}

/// The score and the sentence of a line, or a description of what is there instead.
fn scored(row: &str) -> Result<(f32, &str), String> {
    let cells: Vec<&str> = row.split('\t').collect();
    let [_, score, sentence] = cells[..] else {
        return Err(format!("{} cells", cells.len()));
    };
    match score.parse::<f32>() {
        Ok(score) if score.is_finite() => Ok((score, sentence.trim())),
        _ => Err(format!("the score `{score}`")),
    }
}

/// The ids of a sentence, cut off where it is too long. The last one is the special token that ends a text, and stays.
fn cut(mut ids: Vec<usize>) -> Vec<i64> {
    if ids.len() > LONGEST {
        ids.drain(LONGEST - 1..ids.len() - 1);
    }
    ids.into_iter().map(|id| id as i64).collect()
}

fn shuffled(snippets: &[Snippet], seed: u64) -> Vec<Snippet> {
    let order = Random::new(seed, "snippets").permutation(snippets.len() as i64);
    let order = Vec::<i64>::try_from(order).expect("whole numbers on one axis");
    order
        .into_iter()
        .map(|place| snippets[place as usize].clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippets(count: i64) -> Snippets {
        let snippet = |id| Snippet {
            ids: vec![id],
            label: id % 2,
        };
        Snippets((0..count).map(snippet).collect())
    }

    const OPTIONS: Options = Options {
        seed: 1,
        runs: 1,
        examples: 30,
        held_out: 20,
    };

    #[test]
    fn nothing_that_is_held_out_is_learned_from() {
        let parts = snippets(60).divide(OPTIONS).expect("enough");
        assert_eq!((parts.held_out.len(), parts.others.len()), (20, 40));
        for seed in 1..4 {
            let examples = parts.examples(seed, 30);
            assert_eq!(examples.len(), 30);
            assert!(
                examples
                    .iter()
                    .all(|example| !parts.held_out.contains(example))
            );
        }
        assert_ne!(parts.examples(1, 30), parts.examples(2, 30));
        assert_eq!(parts.examples(1, 30), parts.examples(1, 30));
    }

    #[test]
    fn too_few_sentences_are_an_error() {
        for (count, examples, held_out) in [(49, 30, 20), (60, 0, 20), (60, 30, 0)] {
            let options = Options {
                examples,
                held_out,
                ..OPTIONS
            };
            let error = snippets(count).divide(options).expect_err("too few");
            assert!(matches!(error, ComparisonError::TooFew { .. }), "{error}");
        }
    }

    #[test]
    fn a_long_sentence_keeps_its_end_of_text() {
        assert_eq!(cut(vec![101, 7, 102]), [101, 7, 102]);
        let expected: Vec<i64> = (0..31).chain([102]).collect();
        assert_eq!(cut((0..50).chain([102]).collect()), expected);
        assert_eq!(cut((0..31).chain([102]).collect()), expected);
    }

    #[test]
    fn a_line_has_a_number_a_score_and_a_sentence() {
        assert_eq!(scored("7\t-1.5\ta bore \r"), Ok((-1.5, "a bore")));
        assert_eq!(scored("7\ta bore"), Err("2 cells".to_owned()));
        assert_eq!(scored("7\tNaN\ta bore"), Err("the score `NaN`".to_owned()));
    }
}
