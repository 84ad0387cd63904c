//! # Cross-entropy
//!
//! A language model learns by predicting the next token of texts that people have written. This exercise cuts a text
//! into pairs of inputs and targets, measures how far the predictions are from the targets, and turns the measure into
//! numbers by which models can be compared.
//!
//! ```text
//! windows of 4 positions     inputs  t0 t1 t2 t3    targets  t1 t2 t3 t4
//!                                    t4 t5 t6 t7             t5 t6 t7 t8     with a stride of 4
//!
//! cost of a position         −ln P(y)                                        y: its target, P: softmax of its logits
//! with label smoothing       −(1 − ε) ln P(y) − (ε / V) Σⱼ ln P(j)           j: every class, y included
//!
//! cross-entropy              L = sum of the costs / number of the costs      in nats per token
//! perplexity                 exp(L)
//! bits per byte              sum of the costs / (ln 2 · bytes)
//! ```
//!
//! (Entropy: Shannon 1948, "A Mathematical Theory of Communication", section 6. Label smoothing: Szegedy et al. 2016,
//! "Rethinking the Inception Architecture for Computer Vision", section 7, and Vaswani et al. 2017, "Attention Is All
//! You Need", section 5.4. Perplexity: Jelinek et al. 1977, "Perplexity – a Measure of the Difficulty of Speech
//! Recognition Tasks". Bits per byte: Gao et al. 2020, "The Pile", section 3.1.)
//!
//! | symbol          | shape                       | meaning                                                          |
//! |-----------------|-----------------------------|------------------------------------------------------------------|
//! | tokens, t       | (length of the text)        | the ids of a text                                                |
//! | inputs, targets | (windows, context)          | what a model reads at each position, and what it should predict  |
//! | logits          | (batch, length, vocabulary) | scores for the token that comes after each position              |
//! | V               |                             | the size of the vocabulary: the number of classes                |
//! | ε               |                             | the share of a target that all classes get in equal parts        |
//! | L               |                             | the mean cost of the positions that count; 0 if none counts      |
//!
//! All logarithms are natural, so that costs are in *nats*. A nat is 1 / ln 2 ≈ 1.443 bits.
//!
//! You do not write softmax again: [`log_softmax`] is that of exercise 01. `Cargo.toml` says whose it is, the course's
//! or your own.

use ndarray::{Array2, ArrayView2, ArrayView3};
use softmax::log_softmax;

/// The windows of a text: what a model reads, and what it should predict.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTokenPairs {
    /// The tokens that the model reads: (windows, context).
    pub inputs: Array2<usize>,
    /// The token that comes after each of them in the text: (windows, context).
    pub targets: Array2<usize>,
}

/// The windows of `context` tokens that begin at token 0, at token `stride`, at 2 · `stride` and so on.
///
/// The target of a position is the token that comes next in the text. A window is there if the text has a target for
/// each of its positions; what is left at the end makes no window. A text that is too short for one gives none, with
/// the shape (0, context). `context` and `stride` are at least 1.
///
/// With a stride as large as the context, no token is a target twice.
pub fn next_token_pairs(tokens: &[usize], context: usize, stride: usize) -> NextTokenPairs {
    todo!(
        "a window at every stride-th token, as long as all its targets are there; targets are one later"
    )
}

/// The mean cross-entropy, in nats, of the positions that count.
///
/// `logits` is (batch, length, vocabulary) and `targets` (batch, length). A position whose target is `ignored` does not
/// count: neither in the sum nor in the number that it is divided by. The ignored id need not be in the vocabulary, and
/// all other targets are. With `None`, all positions count. If none counts, the result is 0.
///
/// `smoothing` is at least 0 and below 1. Logits may be of any size. Without smoothing, a logit may be −∞ if its class is
/// not the target: the probability of the class is 0.
pub fn cross_entropy(
    logits: ArrayView3<'_, f32>,
    targets: ArrayView2<'_, usize>,
    ignored: Option<usize>,
    smoothing: f32,
) -> f32 {
    todo!("add up the cost of each position that counts, and divide by the number of these")
}

/// The loss of a model on one batch of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchLoss {
    /// The mean cross-entropy of its positions that count, in nats.
    pub mean: f32,
    /// The number of these positions. It may be 0, and then the mean is 0.
    pub counted: usize,
}

/// The perplexity of a model on a text that it has read in batches: the exponential of its mean cross-entropy.
///
/// The mean is over all positions that count, whichever batch they are in. If there are none, the perplexity is 1.
pub fn perplexity(batches: &[BatchLoss]) -> f32 {
    todo!("the exponential of the mean over all positions of all batches")
}

/// The bits that a model needs for each byte of a text that it has read in batches.
///
/// `bytes` is the length of the text in UTF-8, and at least 1. It has nothing to do with the number of tokens.
pub fn bits_per_byte(batches: &[BatchLoss], bytes: usize) -> f32 {
    todo!("the cost of the whole text, in bits, divided by its bytes")
}
