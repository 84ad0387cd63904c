//! A source of tokens whose entropy is known: each token depends on the one two places before it, and on nothing else.
//!
//! To predict a token, a model has to look at the token before the current one. It needs attention for that, and positions.

use tch::Tensor;

use crate::random::Random;

/// The number of different tokens.
pub(super) const SYMBOLS: usize = 16;
/// The probabilities of the four tokens that can come.
const PROBABILITIES: [f64; 4] = [0.375, 0.375, 0.125, 0.125];
/// Tokens that are drawn before the first one that is used: by then the beginning is forgotten.
const BURN_IN: i64 = 40;

/// One of two sources that differ in which token comes after which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    First,
    Second,
}

impl Source {
    /// The four tokens that can come two places after a token. Token 0 can come after all others, and with the largest
    /// probability, so it is the most frequent one.
    fn successors(self, token: usize) -> [usize; 4] {
        let start = match self {
            Self::First => 7 * token,
            Self::Second => 11 * token + 2,
        };
        let others = [0, 4, 9].map(|distance| 1 + (start + distance) % (SYMBOLS - 1));
        let [a, b, c] = others;
        match token {
            0 => [a, b, c, 1 + (start + 12) % (SYMBOLS - 1)],
            _ => [0, a, b, c],
        }
    }

    /// Draws sequences: (rows, length).
    pub(super) fn draw(self, random: &Random, rows: i64, length: i64) -> Tensor {
        let uniform = random.uniform(&[rows, BURN_IN + length], 0.0, 1.0);
        let uniform = Vec::<f32>::try_from(&uniform.reshape([-1])).expect("a list of numbers");
        let mut drawn = Vec::new();
        for row in uniform.chunks((BURN_IN + length) as usize) {
            let (mut before, mut last) = (0, 0);
            let mut tokens = Vec::new();
            for &number in row {
                let next = self.successors(before)[choice(f64::from(number))];
                tokens.push(next as i64);
                (before, last) = (last, next);
            }
            drawn.extend_from_slice(&tokens[BURN_IN as usize..]);
        }
        Tensor::from_slice(&drawn).view([rows, length])
    }
}

/// The index of the successor that a number from 0 up to 1 chooses.
fn choice(number: f64) -> usize {
    let mut below = 0.0;
    for (index, probability) in PROBABILITIES.iter().enumerate() {
        below += probability;
        if number < below {
            return index;
        }
    }
    PROBABILITIES.len() - 1
}

/// The entropy of a token if the one two places before it is known, in nats.
pub(super) fn entropy() -> f64 {
    PROBABILITIES.iter().map(|p| -p * p.ln()).sum()
}

/// The share of each token among all tokens of the first source.
pub(super) fn frequencies() -> Vec<f64> {
    let mut shares = vec![1.0 / SYMBOLS as f64; SYMBOLS];
    // The share of every token is that of the tokens before it, times its probabilities. This settles within some dozens of
    // turns; halfway between two turns it does so also where shares would come and go.
    for _ in 0..1000 {
        let mut next = shares.iter().map(|share| share / 2.0).collect::<Vec<f64>>();
        for (token, share) in shares.iter().enumerate() {
            let successors = Source::First.successors(token);
            for (successor, probability) in successors.into_iter().zip(PROBABILITIES) {
                next[successor] += share * probability / 2.0;
            }
        }
        shares = next;
    }
    shares
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_token_has_four_successors() {
        for source in [Source::First, Source::Second] {
            for token in 0..SYMBOLS {
                let successors = source.successors(token);
                let different: HashSet<usize> = successors.into_iter().collect();
                assert_eq!(different.len(), 4, "{token}: {successors:?}");
                assert!(different.iter().all(|&successor| successor < SYMBOLS));
                assert_eq!(different.contains(&0), token != 0);
            }
        }
        assert_ne!(Source::First.successors(3), Source::Second.successors(3));
    }

    #[test]
    fn tokens_come_as_often_as_they_should() {
        let frequencies = frequencies();
        assert!((frequencies.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // Solved by hand: 3/8 of all others are followed by 0.
        assert!(
            (frequencies[0] - 3.0 / 11.0).abs() < 1e-9,
            "{frequencies:?}"
        );
        let random = Random::new(1, "source");
        let drawn = Source::First.draw(&random, 200, 100);
        let drawn = Vec::<i64>::try_from(&drawn.reshape([-1])).expect("tokens");
        for (token, frequency) in frequencies.iter().enumerate() {
            let count = drawn.iter().filter(|&&found| found == token as i64).count();
            let share = count as f64 / drawn.len() as f64;
            assert!(
                (share - frequency).abs() < 0.02,
                "{token}: {share} {frequency}"
            );
        }
    }

    #[test]
    fn a_token_follows_the_one_two_places_before_it() {
        let random = Random::new(2, "source");
        let drawn = Source::First.draw(&random, 1, 500);
        let drawn = Vec::<i64>::try_from(&drawn.reshape([-1])).expect("tokens");
        for three in drawn.windows(3) {
            let successors = Source::First.successors(three[0] as usize);
            assert!(successors.contains(&(three[2] as usize)), "{three:?}");
        }
    }
}
