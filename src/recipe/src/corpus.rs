//! Sequences of a recipe: those that a step reads, and those that are held out.

use ndarray::{Array2, ArrayView1, s};
use rand::Rng;

use crate::chains::{self, LETTERS};
use crate::characters::Characters;
use crate::error::TextError;
use crate::random::generator;
use crate::recipe::Recipe;

/// The parts of a text of which the last is held out.
const PARTS: usize = 10;
/// The most batches in which the loss is measured on what is held out.
const MEASURED: usize = 10;

/// The seed of the chains that are held out. They are the same whatever the seed of a run.
const HELD_OUT: u64 = 0x6865_6C64;

/// The sequences that a model learns from, as numbers, and some that are held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    recipe: Recipe,
    characters: Characters,
    sequences: Sequences,
}

#[derive(Debug, Clone, PartialEq)]
enum Sequences {
    /// Windows of a text in two parts: its end is held out, and all before it is learned from.
    Windows {
        learned: Vec<usize>,
        held_out: Vec<usize>,
    },
    /// Markov chains, which are drawn when they are read.
    Chains,
}

/// Sequences that are read together: (batch, context) each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// The tokens that the model reads.
    pub inputs: Array2<usize>,
    /// The token that comes after each of them.
    pub targets: Array2<usize>,
}

impl Corpus {
    /// The characters of a text, for a model of a recipe.
    ///
    /// # Errors
    /// When the text is too short to hold a window of it out.
    pub fn new(text: &str, recipe: &Recipe) -> Result<Self, TextError> {
        let characters = Characters::of(text);
        let mut learned = characters.encode(text);
        let needed = PARTS * (recipe.context + 1);
        if learned.len() < needed {
            return Err(TextError::TooShort {
                found: learned.len(),
                needed,
                context: recipe.context,
            });
        }
        let held_out = learned.split_off(learned.len() - learned.len() / PARTS);
        Ok(Self {
            recipe: *recipe,
            characters,
            sequences: Sequences::Windows { learned, held_out },
        })
    }

    /// Markov chains, for a model of a recipe.
    pub fn chains(recipe: &Recipe) -> Self {
        Self {
            recipe: *recipe,
            characters: Characters::of(LETTERS),
            sequences: Sequences::Chains,
        }
    }

    /// The vocabulary: all characters that there are.
    pub fn characters(&self) -> &Characters {
        &self.characters
    }

    /// The number of tokens that are learned from. Of sequences that are drawn, there is no end.
    pub fn size(&self) -> Option<usize> {
        match &self.sequences {
            Sequences::Windows { learned, .. } => Some(learned.len()),
            Sequences::Chains => None,
        }
    }

    /// The batch of a step; the first step is step 1. It depends on the seed and on the number of the step alone.
    pub fn batch(&self, seed: u64, step: usize) -> Windows {
        let Recipe { batch, context, .. } = self.recipe;
        let mut random = generator(seed, step as u64);
        match &self.sequences {
            Sequences::Windows { learned, .. } => {
                let last = last_start(learned, context);
                let draw = |_| random.random_range(0..=last);
                let starts: Vec<usize> = (0..batch).map(draw).collect();
                windows(learned, &starts, context)
            }
            Sequences::Chains => Windows::of(&chains::draw(batch, context + 1, &mut random)),
        }
    }

    /// Batches of what is held out, the same each time. Windows of a text do not overlap and are evenly spread.
    pub fn held_out(&self) -> Vec<Windows> {
        let Recipe { batch, context, .. } = self.recipe;
        match &self.sequences {
            Sequences::Windows { held_out, .. } => {
                let last = last_start(held_out, context);
                let count = (last / context + 1).min(MEASURED * batch);
                let gaps = (count - 1).max(1);
                let starts: Vec<usize> = (0..count).map(|number| number * last / gaps).collect();
                let batches = starts.chunks(batch);
                batches
                    .map(|starts| windows(held_out, starts, context))
                    .collect()
            }
            Sequences::Chains => {
                let mut random = generator(HELD_OUT, 0);
                let draw = |_| Windows::of(&chains::draw(batch, context + 1, &mut random));
                (0..MEASURED).map(draw).collect()
            }
        }
    }

    /// The loss on what is held out, in nats per token, of a model that knows nothing but the frequencies of tokens, as if
    /// each of them had been there once more. In chains, all letters are equally frequent.
    pub fn frequency_loss(&self) -> f64 {
        let Sequences::Windows { learned, held_out } = &self.sequences else {
            return (self.characters.size() as f64).ln();
        };
        let mut counts = vec![1.0_f64; self.characters.size()];
        for &token in learned {
            counts[token] += 1.0;
        }
        let all: f64 = counts.iter().sum();
        let cost = |&token: &usize| -(counts[token] / all).ln();
        held_out.iter().map(cost).sum::<f64>() / held_out.len() as f64
    }
}

impl Windows {
    /// Sequences of one token more than the model reads: the last target.
    fn of(sequences: &Array2<usize>) -> Self {
        Self {
            inputs: sequences.slice(s![.., ..-1]).to_owned(),
            targets: sequences.slice(s![.., 1..]).to_owned(),
        }
    }
}

/// The last place at which a window and its targets fit into a text.
fn last_start(tokens: &[usize], context: usize) -> usize {
    tokens.len() - context - 1
}

fn windows(tokens: &[usize], starts: &[usize], context: usize) -> Windows {
    let mut stretches = Array2::<usize>::zeros((starts.len(), context + 1));
    for (mut stretch, &start) in stretches.rows_mut().into_iter().zip(starts) {
        stretch.assign(&ArrayView1::from(&tokens[start..=start + context]));
    }
    Windows::of(&stretches)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe = Recipe {
        context: 4,
        batch: 3,
        ..Recipe::POCKET
    };

    /// A text in which every character is there once, so that a number is a place.
    fn places(length: u32) -> String {
        (0..length)
            .map(|place| char::from_u32(0x4E00 + place).expect("a character"))
            .collect()
    }

    #[test]
    fn batches_are_windows_of_what_is_learned_from() {
        let corpus = Corpus::new(&places(100), &RECIPE).expect("it is long enough");
        assert_eq!(corpus.size(), Some(90));
        for step in 1..200 {
            let windows = corpus.batch(42, step);
            assert_eq!(windows.inputs.dim(), (3, 4));
            assert_eq!(windows.targets, windows.inputs.mapv(|token| token + 1));
            for row in windows.inputs.rows() {
                assert!(row.iter().zip(row.iter().skip(1)).all(|(a, b)| a + 1 == *b));
            }
            assert!(windows.targets.iter().all(|&target| target < 90));
        }
    }

    #[test]
    fn a_batch_depends_on_the_seed_and_the_step_alone() {
        let corpus = Corpus::new(&places(1000), &RECIPE).expect("it is long enough");
        let tenth = corpus.batch(42, 10);
        assert_eq!(corpus.batch(42, 10), tenth);
        assert_ne!(corpus.batch(42, 11), tenth);
        assert_ne!(corpus.batch(43, 10), tenth);
    }

    #[test]
    fn windows_that_are_held_out_do_not_overlap() {
        for length in [50, 57, 333, 5000] {
            let corpus = Corpus::new(&places(length), &RECIPE).expect("it is long enough");
            let mut next = corpus.size().expect("a text has an end");
            let mut count = 0;
            for windows in corpus.held_out() {
                for (inputs, targets) in windows
                    .inputs
                    .rows()
                    .into_iter()
                    .zip(windows.targets.rows())
                {
                    assert!(inputs[0] >= next, "{length}");
                    next = inputs[0] + 4;
                    assert!(targets[3] < length as usize);
                    count += 1;
                }
            }
            assert!((1..=MEASURED * 3).contains(&count), "{length}: {count}");
        }
    }

    #[test]
    fn a_short_text_is_refused() {
        let error = Corpus::new(&places(49), &RECIPE).expect_err("it is too short");
        assert_eq!(
            error.to_string(),
            "expected a text of at least 50 characters, so that its last tenth has room for 4 and their targets, found 49; \
             take a longer one"
        );
    }

    #[test]
    fn a_loss_of_frequencies_is_the_entropy_of_characters_that_are_alike_everywhere() {
        let text = "abbb".repeat(1000);
        let corpus = Corpus::new(&text, &RECIPE).expect("it is long enough");
        let entropy = -(0.25 * 0.25_f64.ln() + 0.75 * 0.75_f64.ln());
        assert!((corpus.frequency_loss() - entropy).abs() < 1e-3);
    }

    #[test]
    fn chains_are_drawn_for_each_step_and_others_are_held_out() {
        let corpus = Corpus::chains(&Recipe::INDUCTION);
        let first = corpus.batch(42, 1);
        assert_eq!(first.inputs.dim(), (32, 32));
        assert_eq!(
            first.inputs.slice(s![.., 1..]),
            first.targets.slice(s![.., ..-1])
        );
        assert_eq!(corpus.batch(42, 1), first);
        assert_ne!(corpus.batch(42, 2), first);
        assert_ne!(corpus.batch(43, 1), first);
        let held_out = corpus.held_out();
        assert_eq!(held_out, corpus.held_out());
        assert_eq!(held_out.len(), MEASURED);
        assert!(held_out.iter().all(|windows| *windows != first));
        assert_eq!(corpus.size(), None);
        assert!((corpus.frequency_loss() - 8_f64.ln()).abs() < 1e-12);
    }
}
