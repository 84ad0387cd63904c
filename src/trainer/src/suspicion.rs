//! Suspicions about a run, from the course of its loss alone. They are no verdicts: the same curve has many reasons.

mod nearest;

use std::fmt;

use serde::Serialize;

use crate::curve::{Mean, means};

pub(crate) use nearest::{Fault, Scale, nearest};

/// The parts of a run whose means are compared.
const PARTS: usize = 10;
/// The fewest steps from which something can be said but for the first loss.
const FEWEST: usize = 50;
/// The largest distance, in nats, of a first loss from that of a guess. Small first weights make a few hundredths of it.
const FIRST: f32 = 0.5;
/// The largest distance of losses that are the same.
const SAME: f32 = 0.03;
/// A loss in nats per character below which hardly any text can be predicted.
const TOO_GOOD: f32 = 0.5;
/// A rise of the loss from one step to the next, in nats, that chance does not make.
const JUMP: f32 = 1.0;

/// Something that a loss curve makes one suspect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Suspicion {
    /// The first loss is far from that of a guess.
    StartsFar {
        /// The first loss.
        first: f32,
        /// The loss of a guess.
        guess: f32,
    },
    /// The loss stays where it began.
    NeverMoves,
    /// The loss ends above that of a guess.
    Rises,
    /// The loss is lower than a text allows.
    TooGood {
        /// The mean loss at the end.
        last: f32,
    },
    /// The loss stays at that of knowing frequencies alone.
    StaysAtFrequencies,
    /// The loss rises suddenly after it had fallen.
    Jumps {
        /// The number of the step, from 1.
        step: usize,
    },
}

/// Looks at the losses of a run so far. `levels` are the losses of a guess and of knowing frequencies alone.
pub(crate) fn suspicion(losses: &[f32], levels: [f64; 2]) -> Option<Suspicion> {
    let [guess, frequencies] = levels.map(|level| level as f32);
    // The order matters: whatever is wrong at the beginning shows in everything that comes after it.
    let first = *losses.first()?;
    if (first - guess).abs() > FIRST {
        return Some(Suspicion::StartsFar { first, guess });
    }
    if losses.len() < FEWEST {
        return None;
    }
    let parts = means(losses, losses.len(), PARTS);
    let last = parts.last()?.loss;
    // Not all first weights have the loss of a guess, so a run that does not move is compared with its own beginning.
    let begun = parts.first()?.loss;
    if parts.iter().all(|part| (part.loss - begun).abs() < SAME) {
        return Some(Suspicion::NeverMoves);
    }
    if last > guess + SAME {
        return Some(Suspicion::Rises);
    }
    if last < TOO_GOOD {
        return Some(Suspicion::TooGood { last });
    }
    if stays_at(frequencies, &parts) {
        return Some(Suspicion::StaysAtFrequencies);
    }
    // Steep at the beginning is as it should be, and the first steps are noisy.
    let begin = losses.len() / PARTS;
    let jump = (begin..losses.len() - 1).find(|&at| losses[at + 1] - losses[at] > JUMP)?;
    Some(Suspicion::Jumps { step: jump + 2 })
}

/// Returns `true` if the second half of a run has one loss.
fn stays_at(level: f32, parts: &[Mean]) -> bool {
    let second_half = &parts[parts.len() / 2..];
    second_half
        .iter()
        .all(|part| (part.loss - level).abs() < SAME)
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("A suspicion, from the losses alone: ")?;
        match self {
            Self::StartsFar { first, guess } => write!(
                f,
                "the first loss is {first:.2}, and that of a guess {guess:.2}. Is the loss a sum instead of a mean? Do \
                 targets come after their inputs? Are the first weights small?"
            ),
            Self::NeverMoves => f.write_str(
                "it stays at that of a guess. Do the parameters of a step come back from it? Is the learning rate far too \
                 small?",
            ),
            Self::Rises => f.write_str(
                "it ends above that of a guess. Is the step added instead of subtracted, or the learning rate too large?",
            ),
            Self::TooGood { last } => write!(
                f,
                "{last:.2} is less than a text allows that does not repeat itself. Does a position see its own target, \
                 through the mask or through targets that are not shifted? Or is the text so short that it is learned by \
                 heart?"
            ),
            Self::StaysAtFrequencies => f.write_str(
                "it stays at that of the frequencies of characters. Does attention reach the tokens before, and its \
                 gradient the weights? Does each input have its own target? Is the learning rate or the weight decay far too \
                 large?",
            ),
            Self::Jumps { step } => write!(
                f,
                "it rises suddenly in step {step}. Are gradients clipped? Are moments kept, and the step counted?"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [f64; 2] = [4.5, 3.0];

    /// Losses that fall from one number to another, quickly at first.
    fn falling(from: f32, to: f32) -> Vec<f32> {
        let falling = (0..200).map(|step| to + (from - to) * 0.95_f32.powi(step));
        falling.collect()
    }

    #[test]
    fn nothing_is_suspected_of_a_loss_that_falls() {
        assert_eq!(suspicion(&falling(4.6, 1.5), LEVELS), None);
        assert_eq!(suspicion(&falling(4.4, 2.5), LEVELS), None);
        assert_eq!(suspicion(&falling(4.5, 1.5)[..30], LEVELS), None);
        assert_eq!(suspicion(&[], LEVELS), None);
    }

    #[test]
    fn each_course_has_its_suspicion() {
        let far = suspicion(&falling(9.0, 1.5), LEVELS);
        let (first, guess) = (9.0, 4.5);
        assert_eq!(far, Some(Suspicion::StartsFar { first, guess }));
        let shifted = suspicion(&[0.5], LEVELS);
        assert!(matches!(shifted, Some(Suspicion::StartsFar { .. })));
        let flat = vec![4.51; 200];
        assert_eq!(suspicion(&flat, LEVELS), Some(Suspicion::NeverMoves));
        let above = vec![4.6; 200];
        assert_eq!(suspicion(&above, LEVELS), Some(Suspicion::NeverMoves));
        let rising: Vec<f32> = (0..200).map(|step| 4.5 + step as f32 / 100.0).collect();
        assert_eq!(suspicion(&rising, LEVELS), Some(Suspicion::Rises));
        let leak = suspicion(&falling(4.5, 0.01), LEVELS);
        assert!(matches!(leak, Some(Suspicion::TooGood { .. })));
        let frequencies = suspicion(&falling(4.5, 3.0), LEVELS);
        assert_eq!(frequencies, Some(Suspicion::StaysAtFrequencies));
        let mut jumping = falling(4.5, 1.5);
        jumping[120] += 1.5;
        assert_eq!(
            suspicion(&jumping, LEVELS),
            Some(Suspicion::Jumps { step: 121 })
        );
    }

    #[test]
    fn a_suspicion_is_worded_as_one() {
        for suspicion in [
            Suspicion::NeverMoves,
            Suspicion::Rises,
            Suspicion::StaysAtFrequencies,
            Suspicion::Jumps { step: 7 },
            Suspicion::TooGood { last: 0.25 },
            Suspicion::StartsFar {
                first: 1.0,
                guess: 4.5,
            },
        ] {
            let words = suspicion.to_string();
            assert!(
                words.starts_with("A suspicion, from the losses alone: "),
                "{words}"
            );
            assert!(words.ends_with('?'), "{words}");
        }
    }
}
