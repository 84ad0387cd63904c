//! Tokens to learn from, and tokens that are held out.

use tch::{Device, Kind, Tensor};

use super::error::TrainingError;

/// The number of windows of which one is held out.
const HELD_OUT: usize = 20;

/// The tokens of a text.
#[derive(Debug)]
pub(super) struct Corpus {
    /// Stretches between what is held out.
    runs: Vec<Run>,
    /// Windows that are not learned from.
    pub(super) held_out: Vec<Vec<i64>>,
    /// As many windows that are, to compare with.
    pub(super) learned: Vec<Vec<i64>>,
}

/// Tokens that follow each other in the text.
#[derive(Debug)]
struct Run {
    tokens: Vec<i64>,
    /// The positions at which a sentence begins, and 0.
    starts: Vec<usize>,
}

impl Corpus {
    /// Cuts tokens into windows of a length, and holds one of twenty out. `ends` says which tokens end a sentence.
    ///
    /// # Errors
    /// When there are not two windows.
    pub(super) fn new(
        tokens: &[i64],
        window: usize,
        ends: impl Fn(i64) -> bool,
    ) -> Result<Self, TrainingError> {
        if tokens.len() < 2 * window {
            return Err(TrainingError::TooShort {
                found: tokens.len(),
                window,
                needed: 2 * window,
            });
        }
        let (mut runs, mut held_out, mut learned) = (Vec::new(), Vec::new(), Vec::new());
        let mut run = Vec::new();
        for (number, chunk) in tokens.chunks(window).enumerate() {
            if number % HELD_OUT == 1 && chunk.len() == window {
                held_out.push(chunk.to_vec());
                runs.extend(Run::new(std::mem::take(&mut run), window, &ends));
                continue;
            }
            if number % HELD_OUT == 0 && chunk.len() == window {
                learned.push(chunk.to_vec());
            }
            run.extend_from_slice(chunk);
        }
        runs.extend(Run::new(run, window, &ends));
        learned.truncate(held_out.len());
        Ok(Self {
            runs,
            held_out,
            learned,
        })
    }

    /// The number of tokens to learn from.
    pub(super) fn size(&self) -> usize {
        self.runs.iter().map(|run| run.tokens.len()).sum()
    }

    /// The number of times that each token of a vocabulary is learned from.
    fn counts(&self, vocabulary: usize) -> Vec<f64> {
        let mut counts = vec![0.0; vocabulary];
        for &token in self.runs.iter().flat_map(|run| &run.tokens) {
            counts[token as usize] += 1.0;
        }
        counts
    }

    /// The logarithm of each token's share of what is learned from, as if each were there once more.
    pub(super) fn log_frequencies(&self, vocabulary: usize) -> Vec<f64> {
        let counts = self.counts(vocabulary);
        let all = counts.iter().sum::<f64>() + vocabulary as f64;
        let logs = counts.into_iter().map(|count| ((count + 1.0) / all).ln());
        logs.collect()
    }

    /// The loss on what is held out, in nats per token, of a model that knows nothing but frequencies.
    pub(super) fn frequency_loss(&self, vocabulary: usize) -> f64 {
        let logs = self.log_frequencies(vocabulary);
        let tokens: Vec<i64> = self.held_out.concat();
        let sum: f64 = tokens.iter().map(|&token| logs[token as usize]).sum();
        -sum / tokens.len() as f64
    }

    /// Draws rows of a length, at most a window's, with libtorch's generator: (rows, length). One half of them begins
    /// with a sentence, as texts do at inference.
    pub(super) fn draw(&self, rows: usize, length: usize) -> Tensor {
        let places = draw_below(self.size(), rows);
        let coins = draw_below(2, rows);
        let mut tokens = Vec::with_capacity(rows * length);
        for (place, coin) in places.into_iter().zip(coins) {
            tokens.extend_from_slice(self.row(place, coin == 1, length));
        }
        Tensor::from_slice(&tokens).view([rows as i64, length as i64])
    }

    fn row(&self, mut place: usize, from_start: bool, length: usize) -> &[i64] {
        let mut run = &self.runs[0];
        for next in &self.runs {
            run = next;
            if place < run.tokens.len() {
                break;
            }
            place -= run.tokens.len();
        }
        if from_start {
            let before = run.starts.partition_point(|&start| start <= place);
            place = run.starts[before - 1];
        }
        let place = place.min(run.tokens.len() - length);
        &run.tokens[place..place + length]
    }
}

impl Run {
    /// A run, unless it is shorter than a window.
    fn new(tokens: Vec<i64>, window: usize, ends: impl Fn(i64) -> bool) -> Option<Self> {
        if tokens.len() < window {
            return None;
        }
        let after = tokens.iter().enumerate().filter(|(_, token)| ends(**token));
        let starts = [0]
            .into_iter()
            .chain(after.map(|(position, _)| position + 1));
        let starts = starts.filter(|&start| start < tokens.len()).collect();
        Some(Self { tokens, starts })
    }
}

/// Draws numbers from 0 up to a bound, without it.
pub(super) fn draw_below(bound: usize, count: usize) -> Vec<usize> {
    let drawn = Tensor::randint(bound as i64, [count as i64], (Kind::Int64, Device::Cpu));
    let drawn = Vec::<i64>::try_from(&drawn).expect("a list of whole numbers");
    drawn.into_iter().map(|number| number as usize).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn corpus(tokens: i64) -> Result<Corpus, TrainingError> {
        Corpus::new(&(0..tokens).collect::<Vec<_>>(), 10, |token| token % 7 == 6)
    }

    #[test]
    fn what_is_held_out_is_never_drawn() {
        let corpus = corpus(1003).expect("it is long enough");
        let held_out: HashSet<i64> = corpus.held_out.iter().flatten().copied().collect();
        assert_eq!(held_out.len(), 50);
        assert_eq!(corpus.size() + held_out.len(), 1003);
        for length in [1, 4, 10] {
            let drawn = Vec::<i64>::try_from(&corpus.draw(400, length).flatten(0, -1));
            for token in drawn.expect("tokens") {
                assert!(!held_out.contains(&token), "{token}");
            }
        }
        let learned: HashSet<i64> = corpus.learned.iter().flatten().copied().collect();
        assert!(!learned.is_empty() && learned.is_disjoint(&held_out));
    }

    #[test]
    fn rows_follow_the_text_and_half_of_them_begin_with_a_sentence() {
        let corpus = corpus(1003).expect("it is long enough");
        let rows = Vec::<Vec<i64>>::try_from(&corpus.draw(200, 5)).expect("rows");
        let mut starts = 0;
        for row in &rows {
            assert!(row.windows(2).all(|pair| pair[1] == pair[0] + 1), "{row:?}");
            starts += usize::from(row[0] % 7 == 0);
        }
        // One of seven places is a start by itself: 57 % of rows, with a deviation of 3.5 %.
        assert!((70..=158).contains(&starts), "{starts}");
    }

    #[test]
    fn a_loss_of_frequencies_is_the_entropy_of_tokens_that_are_alike_everywhere() {
        let tokens: Vec<i64> = (0..4000)
            .map(|position| i64::from(position % 4 == 0))
            .collect();
        let corpus = Corpus::new(&tokens, 20, |_| false).expect("it is long enough");
        let entropy = -(0.25 * 0.25_f64.ln() + 0.75 * 0.75_f64.ln());
        assert!((corpus.frequency_loss(2) - entropy).abs() < 1e-4);
    }

    #[test]
    fn two_windows_are_needed() {
        let corpus = corpus(20).expect("two windows");
        assert_eq!((corpus.size(), corpus.held_out.len()), (10, 1));
        let error = super::tests::corpus(19).expect_err("too short").to_string();
        assert_eq!(
            error,
            "expected a text of at least 20 tokens, two windows of 10, found 19; take a longer one"
        );
    }
}
