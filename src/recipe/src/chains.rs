//! Sequences that each have rules of their own: whoever predicts them has to read the rules from the sequence itself.

use ndarray::Array2;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The letters of the sequences.
pub(crate) const LETTERS: &str = "abcdefgh";
/// One token of so many is any letter, whatever the one before it.
const ONE_JUMP_IN: u32 = 4;

/// Draws sequences: (count, length).
///
/// Each one is a Markov chain of its own (Edelman et al. 2024, "The Evolution of Statistical Induction Heads"). A random
/// permutation says which letter follows which, and three tokens of four obey it. All letters are equally frequent, and the
/// permutation is a different one in each sequence. So only a model that finds the current letter earlier in the sequence,
/// and reads what came after it, is better than a guess. Its distance differs from place to place.
///
/// A block of random letters that repeats would be the simpler source. But where letters that were there come again at some
/// few distances, a model gets better little by little, and there is no moment at which it finds out.
pub(crate) fn draw(count: usize, length: usize, random: &mut ChaCha8Rng) -> Array2<usize> {
    let letters = LETTERS.len();
    let mut sequences = Array2::zeros((count, length));
    for mut sequence in sequences.rows_mut() {
        let mut successors: Vec<usize> = (0..letters).collect();
        successors.shuffle(random);
        let mut previous = None;
        for token in &mut sequence {
            *token = match previous {
                Some(letter) if !random.random_ratio(1, ONE_JUMP_IN) => successors[letter],
                _ => random.random_range(0..letters),
            };
            previous = Some(*token);
        }
    }
    sequences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::generator;

    #[test]
    fn most_letters_of_a_sequence_have_one_successor() {
        let sequences = draw(500, 64, &mut generator(3, 1));
        let (mut obey, mut all) = (0, 0);
        for sequence in sequences.rows() {
            let mut followed = [[0; 8]; 8];
            for (letter, next) in sequence.iter().zip(sequence.iter().skip(1)) {
                followed[*letter][*next] += 1;
                all += 1;
            }
            let most = followed.iter().map(|counts| counts.iter().max());
            obey += most.flatten().sum::<usize>();
        }
        // 3/4 and an eighth of the rest; the most frequent successor is a little more frequent than that by chance.
        let share = obey as f64 / f64::from(all);
        assert!((0.78..0.84).contains(&share), "{share}");
    }

    #[test]
    fn letters_are_equally_frequent_and_sequences_differ() {
        let sequences = draw(2000, 33, &mut generator(3, 2));
        let mut counts = [0_u32; 8];
        for token in &sequences {
            counts[*token] += 1;
        }
        let mean = sequences.len() as f64 / 8.0;
        for count in counts {
            assert!((f64::from(count) / mean - 1.0).abs() < 0.05, "{counts:?}");
        }
        assert_ne!(sequences.row(0), sequences.row(1));
    }
}
