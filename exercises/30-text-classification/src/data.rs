//! The data of an experiment, and the weights of the classifier. Everything in this file is given.

use attention_backward::Projections;
use gpt::Norm;
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, Axis, Ix1, Ix2};
use training::{RunSettings, Schedule, Settings, Tensors};
use word_piece::{Casing, normalize, split};

/// The id of the entry that pads a text.
pub const PADDING: usize = 0;
/// The id of the entry for every word that is not in the vocabulary.
pub const UNKNOWN: usize = 1;
/// The first entries of every vocabulary. No word of a text is equal to one of them.
pub const SPECIAL: [&str; 2] = ["[PAD]", "[UNK]"];

/// The words of a text in lower case, by exercise 16's `normalize` and `split`. A punctuation character is a word, too.
pub fn words(text: &str) -> Vec<String> {
    split(&normalize(text, Casing::Uncased))
}

/// Texts with the class of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labelled {
    /// The texts.
    pub texts: Vec<String>,
    /// The number of each text's class, from 0.
    pub labels: Vec<usize>,
}

/// Texts as the model reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The ids of each text's words, and [`PADDING`] after them: (texts, length).
    pub tokens: Array2<usize>,
    /// `true` where there is a word, and `false` where there is padding: (texts, length).
    pub mask: Array2<bool>,
}

impl Encoded {
    /// The texts with these numbers, in this order.
    pub fn select(&self, texts: &[usize]) -> Self {
        Self {
            tokens: self.tokens.select(Axis(0), texts),
            mask: self.mask.select(Axis(0), texts),
        }
    }
}

/// The purpose for which a model is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To learn: entries are dropped.
    Training,
    /// To judge texts: nothing is dropped.
    Evaluation,
}

/// The dropout of one call of the model. It is an argument so that the same call gives the same result.
#[derive(Debug, Clone, Copy)]
pub struct Dropout<'a> {
    /// The probability p with which an entry is dropped: at least 0 and below 1.
    pub rate: f32,
    /// The entries that are kept in training: (batch, d_model), `true` = kept.
    pub keep: ArrayView2<'a, bool>,
    /// The purpose for which the model is run.
    pub mode: Mode,
}

/// The results of the classifier, step by step. Returning all of them lets the grader say which step goes wrong first.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// x, the vectors of words and positions: (batch, length, d_model).
    pub embedded: Array3<f32>,
    /// x + Attention(x): (batch, length, d_model).
    pub attended: Array3<f32>,
    /// h, the layer norm of it: (batch, length, d_model).
    pub states: Array3<f32>,
    /// c, the mean of each text's states after dropout: (batch, d_model).
    pub pooled: Array2<f32>,
    /// z, a score for each class: (batch, classes).
    pub logits: Array2<f32>,
}

/// The quality of a model, measured on texts that have labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The number of texts with each label (rows) that were taken for each class (columns): (classes, classes).
    pub confusion: Array2<usize>,
    /// The share of all texts that were judged rightly.
    pub accuracy: f32,
    /// The share of the texts taken for the positive class that are in it.
    pub precision: f32,
    /// The share of the texts in the positive class that were found.
    pub recall: f32,
    /// The harmonic mean of precision and recall.
    pub f1: f32,
}

/// Everything about an experiment that is decided before it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The number of times that a word must occur to be in the vocabulary.
    pub at_least: usize,
    /// The most words that the model reads of a text.
    pub longest: usize,
    /// The number of heads of attention.
    pub heads: usize,
    /// The class whose precision and recall are of interest.
    pub positive: usize,
    /// The probability with which dropout drops an entry.
    pub dropout: f32,
    /// The texts of each step's batch, by their numbers: (steps, batch).
    pub batches: Array2<usize>,
    /// The entries that dropout keeps in each step: (steps, batch, d_model).
    pub keep: Array3<bool>,
    /// The largest norm that the gradients of a step may have.
    pub max_norm: f32,
    /// The course of the learning rate.
    pub schedule: Schedule,
    /// The settings of AdamW.
    pub adamw: Settings,
}

impl Plan {
    /// The settings as exercise 28's `update` takes them.
    pub fn run_settings(&self) -> RunSettings {
        RunSettings {
            heads: self.heads,
            // `update` gets gradients, and reads neither of these.
            ignored: PADDING,
            micro_batch: self.batches.ncols(),
            max_norm: self.max_norm,
            schedule: self.schedule,
            adamw: self.adamw,
        }
    }
}

/// The results of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The entries of the vocabulary.
    pub vocabulary: Vec<String>,
    /// The loss of each step, on its batch.
    pub losses: Vec<f32>,
    /// The scores of the held-out texts, after training: (texts, classes).
    pub logits: Array2<f32>,
    /// The evaluation of these scores.
    pub evaluation: Evaluation,
}

/// The names of the classifier's parameters.
pub const PARAMETERS: [&str; 14] = [
    "token_embedding",
    "position_embedding",
    "w_q",
    "b_q",
    "w_k",
    "b_k",
    "w_v",
    "b_v",
    "w_o",
    "b_o",
    "gamma",
    "beta",
    "w_head",
    "b_head",
];

/// The weights of the classifier. All matrices are (out, in).
#[derive(Debug, Clone, Copy)]
pub struct Classifier<'a> {
    /// E, a row for each entry of the vocabulary: (entries, d_model).
    pub token_embedding: ArrayView2<'a, f32>,
    /// P, a row for each position: (longest, d_model).
    pub position_embedding: ArrayView2<'a, f32>,
    /// The linear layers of attention.
    pub attention: Projections<'a>,
    /// The layer norm after attention.
    pub norm: Norm<'a>,
    /// W, the weights of the head: (classes, d_model).
    pub w_head: ArrayView2<'a, f32>,
    /// b, its bias: (classes).
    pub b_head: ArrayView1<'a, f32>,
}

/// The parameters as a classifier. They go by the names in [`PARAMETERS`].
///
/// # Panics
/// If one of them is missing, or has a different number of axes.
pub fn classifier(parameters: &Tensors) -> Classifier<'_> {
    let matrix = |name| matrix(parameters, name);
    let vector = |name| vector(parameters, name);
    Classifier {
        token_embedding: matrix("token_embedding"),
        position_embedding: matrix("position_embedding"),
        attention: Projections {
            w_q: matrix("w_q"),
            b_q: vector("b_q"),
            w_k: matrix("w_k"),
            b_k: vector("b_k"),
            w_v: matrix("w_v"),
            b_v: vector("b_v"),
            w_o: matrix("w_o"),
            b_o: vector("b_o"),
        },
        norm: Norm {
            gamma: vector("gamma"),
            beta: vector("beta"),
        },
        w_head: matrix("w_head"),
        b_head: vector("b_head"),
    }
}

/// The parameters for a vocabulary with so many entries: E has its first rows, and after its last the first ones again.
///
/// # Panics
/// If there is no `token_embedding`, or it has no rows.
pub fn with_entries(parameters: &Tensors, entries: usize) -> Tensors {
    let drawn = &parameters["token_embedding"];
    let rows: Vec<usize> = (0..entries)
        .map(|entry| entry % drawn.len_of(Axis(0)))
        .collect();
    let mut parameters = parameters.clone();
    parameters.insert("token_embedding".to_owned(), drawn.select(Axis(0), &rows));
    parameters
}

fn matrix<'a>(parameters: &'a Tensors, name: &str) -> ArrayView2<'a, f32> {
    let tensor = parameters.get(name).map(|tensor| tensor.view());
    tensor
        .and_then(|tensor| tensor.into_dimensionality::<Ix2>().ok())
        .unwrap_or_else(|| panic!("expected a parameter `{name}` with two axes, found none"))
}

fn vector<'a>(parameters: &'a Tensors, name: &str) -> ArrayView1<'a, f32> {
    let tensor = parameters.get(name).map(|tensor| tensor.view());
    tensor
        .and_then(|tensor| tensor.into_dimensionality::<Ix1>().ok())
        .unwrap_or_else(|| panic!("expected a parameter `{name}` with one axis, found none"))
}
