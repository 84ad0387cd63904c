//! # Text classification
//!
//! A review is a text, and its class is one of a few: positive or negative. This exercise trains a classifier from
//! nothing. It makes a vocabulary, turns words into ids, reads them with a small encoder, and finds out on texts that
//! were held out whether it has learned anything.
//!
//! ```text
//! tokenize    words → ids, [UNK] for a word that is not in the vocabulary
//! pad         all texts of a batch to one length, with a mask
//! embed       x = E[word] + P[position]
//! encode      h = LayerNorm(x + Attention(x))              no position attends to padding
//! pool        c = Σ h / N                                  Σ: over the N words of a text
//! classify    z = c′ Wᵀ + b                                c′: c after dropout, in training
//! train       loss = mean of −ln P(label)                  P: softmax of z; then exercise 28's `update`
//! evaluate    the class with the largest z, against the label
//! ```
//!
//! On the way back, two steps are new. The rest is done by functions that you have written before:
//!
//! ```text
//! dropout     dc = dc′ / (1 − p) where an entry was kept, 0 where it was dropped: dropout again, with the same entries
//! pool        dh = dc / N at each word of the text, 0 at padding
//! ```
//!
//! The confusion matrix C counts the texts with label i that were taken for class j. For the class k that is of interest:
//!
//! ```text
//! accuracy    Σᵢ C[i, i] / Σ C             precision   C[k, k] / Σᵢ C[i, k]             a column
//! F₁          2 P R / (P + R)              recall      C[k, k] / Σⱼ C[k, j]             a row
//! ```
//!
//! (The encoder: the first half of a block of Vaswani et al. 2017, "Attention Is All You Need", section 3.1. Mean pooling:
//! Reimers and Gurevych 2019, "Sentence-BERT", section 3. Dropout: Srivastava et al. 2014, "Dropout: A Simple Way to
//! Prevent Neural Networks from Overfitting", section 4. Precision, recall and F₁: Manning, Raghavan and Schütze 2008,
//! "Introduction to Information Retrieval", section 8.3.)
//!
//! | symbol    | shape                        | meaning                                                              |
//! |-----------|------------------------------|----------------------------------------------------------------------|
//! | E         | (entries, d_model)           | a row for each entry of the vocabulary                               |
//! | P         | (longest, d_model)           | a row for each position                                              |
//! | mask      | (batch, length)              | `true` where there is a word                                         |
//! | x, h      | (batch, length, d_model)     | the embedded words, and the states after the encoder                 |
//! | c, c′     | (batch, d_model)             | a vector for each text, before and after dropout                     |
//! | z         | (batch, classes)             | the scores of the classes: logits                                    |
//! | p         |                              | the probability with which dropout drops an entry                    |
//! | C         | (classes, classes)           | labels in rows, predictions in columns                               |
//!
//! **What is held out is not looked at**, by no part of a program: not for the vocabulary, not for the number of steps,
//! not for choosing among models. Otherwise the result says how well the program knows these texts.
//!
//! You do not write the parts again. [`words`] splits a text by `normalize` and `split` of exercise 16. [`padding`] and
//! [`combine`] are masks of 06, `multi_head_attention` is that of 07, and `embed` that of 18. `cross_entropy` is that of
//! 24; `linear_backward`, `cross_entropy_backward` and `embedding_backward` are those of 25, `self_attention_backward` that
//! of 26. `norm_backward` and `update` are those of 28: `update(state, part, settings)` takes a step, and
//! [`Plan::run_settings`] gives its settings. `Cargo.toml` says whose functions these are, the course's or your own.
//! [`classifier`] gives you the parameters by name.

mod data;
mod reviews;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use attention_backward::self_attention_backward;
use attentive_given::linear;
use backward::{cross_entropy_backward, embedding_backward, linear_backward};
use cross_entropy::cross_entropy;
use gpt::{EPSILON, embed};
use masks::{combine, padding};
use multi_head_attention::multi_head_attention;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};
use training::{Part, State, Tensors, norm_backward, update};

pub use data::{
    Classifier, Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PADDING, PARAMETERS, Plan,
    SPECIAL, Steps, UNKNOWN, classifier, with_entries, words,
};
pub use reviews::{Reviews, ReviewsError};

/// The entries that a model knows, in the order of their ids: [`SPECIAL`], then the words that occur at least `at_least`
/// times in all texts together.
///
/// A word that occurs more often comes first. Words that occur equally often are in the order of their characters, as
/// Rust compares strings.
pub fn vocabulary(texts: &[String], at_least: usize) -> Vec<String> {
    todo!("the special entries; then the words that are frequent enough, the most frequent first")
}

/// Texts as the model reads them: ids, and a mask.
///
/// A word that is not in the vocabulary has the id [`UNKNOWN`]. Of a text with more than `longest` words, the first
/// `longest` are read. All texts are padded to the length of the longest one, after their words, with [`PADDING`]. A text
/// may have no words, and then all of its row is padding. Without texts, or without words, the length is 0.
pub fn encode(texts: &[String], vocabulary: &[String], longest: usize) -> Encoded {
    todo!("the ids of each text's first words; padding up to the longest; the mask of exercise 06")
}

/// A vector for each text: the mean of the states of its words, (batch, d_model).
///
/// `states` is (batch, length, d_model) and `mask` is (batch, length). Padding does not count, wherever it is. A text
/// without words gets zeros.
pub fn mean_pool(states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    todo!("add up the states of a text's words, and divide by the number of these")
}

/// The backward pass of [`mean_pool`]: the gradient of the states, (batch, length, d_model).
///
/// `dpooled` is the gradient of its result, (batch, d_model). Padding gets a gradient of 0.
pub fn mean_pool_backward(mask: ArrayView2<'_, bool>, dpooled: ArrayView2<'_, f32>) -> Array3<f32> {
    todo!("each word of a text gets an equal share of the text's gradient")
}

/// Dropout. In training, the entries of `x` that are not kept become 0, and those that are kept are divided by 1 − p. In
/// evaluation, `x` stays as it is.
///
/// `x` is (batch, d_model). It may be the vectors of texts, or on the way back their gradient.
pub fn drop_out(x: ArrayView2<'_, f32>, dropout: &Dropout<'_>) -> Array2<f32> {
    todo!("in training, 0 where an entry is dropped, and a little more where it is kept")
}

/// Runs the classifier on a batch, and returns all of its steps.
///
/// [`classifier`] finds the weights among the parameters. Words and padding attend to the words of their own text and
/// never to padding. The ε of the layer norm is [`EPSILON`].
pub fn classify(
    batch: &Encoded,
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Steps {
    todo!("embed; attend to words, add, norm; pool; drop out; the head")
}

/// The loss of a batch, the mean cross-entropy of its texts, and the gradient of each parameter.
///
/// `labels` has the class of each text. The gradients have the names and the shapes of `parameters`. Every text counts, so
/// `counted` is the number of texts.
pub fn gradients(
    batch: &Encoded,
    labels: &[usize],
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Part {
    todo!(
        "forward; then back: the head, dropout, the mean, the norm, both ways of the sum, the embeddings"
    )
}

/// Compares the scores of texts with their labels.
///
/// `logits` is (texts, classes). A text is taken for the class with the largest score, and for the first of these if
/// several are equally large. `positive` is the class of which precision and recall are. A share of nothing is 0, and so
/// is F₁ if precision and recall are both 0.
pub fn evaluate(logits: ArrayView2<'_, f32>, labels: &[usize], positive: usize) -> Evaluation {
    todo!(
        "the best class of each text; count; then the shares of the diagonal, of a column and of a row"
    )
}

/// An experiment from texts to an evaluation.
///
/// A vocabulary is made, and a classifier is trained, a step for each row of `plan.batches`. Step i reads the texts with
/// these numbers, with their labels and with row i of `plan.keep`. At the end, the held-out texts are judged. `start` gives
/// the parameters before the first step, for a vocabulary with so many entries.
///
/// Nothing but the evaluation depends on the held-out texts.
pub fn experiment(
    training: &Labelled,
    held_out: &Labelled,
    plan: &Plan,
    start: &dyn Fn(usize) -> Tensors,
) -> Outcome {
    todo!(
        "vocabulary, encoding; a step for each batch; then the held-out texts, without dropout; evaluate"
    )
}
