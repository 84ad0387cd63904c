//! # Sampling
//!
//! A language model gives a logit to every token that could come next. This exercise turns these logits into a token:
//! it changes them in four steps and draws a token from what is left. At the end, a search looks for the most probable
//! text instead of drawing one.
//!
//! ```text
//! temperature         xᵢ / T                      below 1, likely tokens become likelier; at 0 only the largest stays
//! top-k               keep the k largest logits
//! top-p               keep the most probable tokens, until their probabilities add up to p
//! repetition penalty  xᵢ / θ if xᵢ > 0, else xᵢ · θ, for every token i that the text has already
//! draw                the first token i with P(0) + P(1) + … + P(i) > u, for a random number u
//! beam search         the texts y with the largest  Σ ln P(yₜ | y before t) / |y|^α
//! ```
//!
//! (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", section 3, has temperature, top-k and top-p.
//! Repetition penalty: Keskar et al. 2019, "CTRL", section 4.1. Length penalty: Wu et al. 2016, "Google's Neural
//! Machine Translation System", section 7, but with the divisor of Hugging Face's `transformers`.)
//!
//! | symbol      | shape        | meaning                                                                       |
//! |-------------|--------------|-------------------------------------------------------------------------------|
//! | logits, x   | (vocabulary) | a score for each token that could come next; −∞ for a token that is removed   |
//! | P           | (vocabulary) | the softmax of the logits: 0 for a token that is removed                      |
//! | T, k, p, θ  |              | settings of the four steps                                                    |
//! | u           |              | a random number, evenly distributed from 0 up to 1, without 1                 |
//! | y, \|y\|, α |              | the tokens that were written, their number, and the length penalty            |
//!
//! To remove a token is to set its logit to −∞. So every step takes one row of logits and returns one of the same
//! length, and the steps can be combined. At least one logit is finite.
//!
//! You do not write softmax again: [`probabilities`] and [`log_probabilities`] call that of exercise 01. `Cargo.toml`
//! says whose it is, the course's or your own.

use ndarray::{Array1, ArrayView1, Axis};
use softmax::{log_softmax, softmax};

/// The logits (vocabulary) divided by the temperature, which is 0 or more.
///
/// At a temperature of 0 the choice is *greedy*: the largest logit stays as it is, and all others become −∞. Of equal
/// logits, the first counts as the largest.
pub fn temperature(logits: ArrayView1<'_, f32>, temperature: f32) -> Array1<f32> {
    // region: solution "divide by the temperature; at 0, keep nothing but the first of the largest logits"
    if temperature == 0.0 {
        return top_k(logits, 1);
    }
    &logits / temperature
    // endregion
}

/// The logits (vocabulary) with all but the `k` largest set to −∞; `k` is at least 1.
///
/// Exactly `k` tokens stay: of equal logits, the earlier ones. If there are no more than `k`, all of them stay.
pub fn top_k(logits: ArrayView1<'_, f32>, k: usize) -> Array1<f32> {
    // region: solution "keep the first k tokens of the ranking, and set the others to −∞"
    let mut kept = Array1::from_elem(logits.len(), f32::NEG_INFINITY);
    for token in ranking(logits).into_iter().take(k) {
        kept[token] = logits[token];
    }
    kept
    // endregion
}

/// The logits (vocabulary) with all but the most probable tokens set to −∞: as few stay as have `p` together.
///
/// Tokens are taken in the order of the ranking, until their probabilities add up to `p` or more. The token that
/// reaches `p` stays. `p` is above 0 and at most 1, so at least one token stays.
pub fn top_p(logits: ArrayView1<'_, f32>, p: f32) -> Array1<f32> {
    // region: solution "keep tokens in the order of the ranking, until their probabilities reach p"
    let probabilities = probabilities(logits);
    let mut kept = Array1::from_elem(logits.len(), f32::NEG_INFINITY);
    let mut cumulative = 0.0;
    for token in ranking(logits) {
        kept[token] = logits[token];
        cumulative += probabilities[token];
        if cumulative >= p {
            break;
        }
    }
    kept
    // endregion
}

/// The logits (vocabulary), with those of all tokens in `written` made smaller by the factor `penalty`.
///
/// A positive logit is divided by the penalty, and a negative one is multiplied by it: both become less. It makes no
/// difference how often a token was written. A penalty of 1 changes nothing, and a smaller one makes both larger.
pub fn repetition_penalty(
    logits: ArrayView1<'_, f32>,
    written: &[usize],
    penalty: f32,
) -> Array1<f32> {
    // region: solution "each token that was written, once: divide a positive logit, multiply a negative one"
    let mut penalized = logits.to_owned();
    for &token in written {
        let logit = logits[token]; // the original, however often the token occurs
        penalized[token] = if logit > 0.0 {
            logit / penalty
        } else {
            logit * penalty
        };
    }
    penalized
    // endregion
}

/// The token that the number `u` draws: the first with which the sum of probabilities, from token 0 on, exceeds `u`.
///
/// `u` is at least 0 and below 1. Whatever it is, a token of probability 0 is never drawn. Rounding can leave a sum of
/// all probabilities that is a little below 1; a `u` above that sum draws the last token whose probability is not 0.
pub fn draw(logits: ArrayView1<'_, f32>, u: f32) -> usize {
    // region: solution "add up the probabilities in the order of the tokens, until the sum exceeds u"
    let mut cumulative = 0.0;
    let mut drawn = 0;
    for (token, &probability) in probabilities(logits).iter().enumerate() {
        if probability > 0.0 {
            drawn = token;
        }
        cumulative += probability;
        if cumulative > u {
            break;
        }
    }
    drawn
    // endregion
}

/// Settings of the steps before a draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Penalty for tokens that the text has already. At 1 it changes nothing.
    pub repetition_penalty: f32,
    /// Temperature: 1 changes nothing, 0 is greedy.
    pub temperature: f32,
    /// Number of tokens that top-k keeps. As large as the vocabulary, it changes nothing.
    pub top_k: usize,
    /// Probability that top-p keeps. At 1 it keeps all tokens, but for rounding.
    pub top_p: f32,
}

/// The next token after the tokens in `written`: all steps, in the order of the fields of [`Settings`], and a draw.
///
/// Each step gets the logits that the step before it returned.
pub fn next_token(
    logits: ArrayView1<'_, f32>,
    written: &[usize],
    settings: &Settings,
    u: f32,
) -> usize {
    // region: solution "penalty, temperature, top-k, top-p, draw"
    let logits = repetition_penalty(logits, written, settings.repetition_penalty);
    let logits = temperature(logits.view(), settings.temperature);
    let logits = top_k(logits.view(), settings.top_k);
    let logits = top_p(logits.view(), settings.top_p);
    draw(logits.view(), u)
    // endregion
}

/// Settings of a beam search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Number of beams that are kept after each step, at least 1.
    pub width: usize,
    /// Number of tokens at which a beam that does not end is cut off, at least 1.
    pub longest: usize,
    /// Token that ends a text.
    pub end: usize,
    /// Exponent α of the length by which a sum of log probabilities is divided: 0 compares sums, 1 compares means.
    pub length_penalty: f32,
}

/// A text that a beam search has written.
#[derive(Debug, Clone, PartialEq)]
pub struct Beam {
    /// Its tokens, without the prompt. If it has ended, the last one is the end token.
    pub tokens: Vec<usize>,
    /// The sum of the log probabilities of its tokens.
    pub log_probability: f32,
    /// This sum divided by the number of tokens to the power of the length penalty.
    pub score: f32,
}

/// The best texts after a prompt that a beam search finds, the best first: at most `search.width` of them.
///
/// `next` is the model: it takes the prompt and the tokens written so far, and returns the logits (vocabulary) of the
/// token after them. Calls are expensive, and each beam that has not ended needs just one in each step.
///
/// The search begins with one beam without tokens. In each of up to `search.longest` steps, every beam that has not
/// ended is replaced by its continuations with each token of the vocabulary. A beam that has ended stays as it is, and
/// competes with them. The beams with the highest scores are kept.
pub fn beam_search(
    prompt: &[usize],
    next: &mut dyn FnMut(&[usize]) -> Array1<f32>,
    search: &Search,
) -> Vec<Beam> {
    // region: solution "each step: continue every beam that has not ended with every token, and keep the best"
    let mut beams = vec![Beam {
        tokens: Vec::new(),
        log_probability: 0.0,
        score: 0.0,
    }];
    for _ in 0..search.longest {
        let mut candidates = Vec::new();
        for beam in beams {
            if beam.tokens.last() == Some(&search.end) {
                candidates.push(beam);
                continue;
            }
            let logits = next(&[prompt, &beam.tokens].concat());
            for (token, log) in log_probabilities(logits.view()).iter().enumerate() {
                let tokens = [&beam.tokens[..], &[token]].concat();
                let log_probability = beam.log_probability + log;
                candidates.push(Beam {
                    score: log_probability / (tokens.len() as f32).powf(search.length_penalty),
                    log_probability,
                    tokens,
                });
            }
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        candidates.truncate(search.width);
        beams = candidates;
    }
    beams
    // endregion
}

/// The probabilities (vocabulary) of one row of logits: their softmax.
pub fn probabilities(logits: ArrayView1<'_, f32>) -> Array1<f32> {
    softmax(logits.insert_axis(Axis(0))).remove_axis(Axis(0))
}

/// The natural logarithms (vocabulary) of the probabilities of one row of logits.
pub fn log_probabilities(logits: ArrayView1<'_, f32>) -> Array1<f32> {
    log_softmax(logits.insert_axis(Axis(0))).remove_axis(Axis(0))
}

/// The ranking of the tokens: from the largest logit to the smallest, and of equal logits the earlier token first.
pub fn ranking(logits: ArrayView1<'_, f32>) -> Vec<usize> {
    let mut tokens: Vec<usize> = (0..logits.len()).collect();
    // A stable sort: it leaves equals in their order.
    tokens.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    tokens
}
