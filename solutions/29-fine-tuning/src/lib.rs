//! # Fine-tuning
//!
//! A model that was trained on plain text already knows most of what a task needs. Fine-tuning adds the rest, and this
//! exercise has three ways of choosing what may change: a new head on top of a frozen model; more and more of the
//! model, with smaller rates further down; and LoRA, which leaves a matrix as it is and learns a product of two thin
//! ones next to it.
//!
//! ```text
//! head         z = h Wᵀ + b                  loss = mean of −ln P(label)   P: softmax of z
//!              dW = dzᵀ h                    db = Σ dz                     h is frozen: nothing is computed for it
//! training     epochs of batches; for each batch a loss, two gradients, and a step of AdamW for W and b
//!
//! unfreeze     head: η                       block k: η ξ^(L − k)          embeddings: η ξ^(L + 1)
//!              the last block is block L − 1, so it has η ξ; what is frozen has no rate
//!
//! LoRA         y = x Wᵀ + (α / r) x Aᵀ Bᵀ    A is drawn, B begins at 0
//! backward     z = x Aᵀ                      dz = (α / r) dy B
//!              dA = dzᵀ x                    dB = (α / r) dyᵀ z
//!              dx = dy W + dz A              W is frozen: it has no gradient, but the gradient of x goes through it
//! merge        W + (α / r) B A
//! ```
//!
//! (LoRA: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1. Rates that become smaller
//! from layer to layer, "discriminative fine-tuning": Howard and Ruder 2018, "Universal Language Model Fine-tuning for
//! Text Classification", section 3.2, where η is divided by 2.6 in each layer; here it is multiplied by ξ, as in Sun et
//! al. 2019, "How to Fine-Tune BERT for Text Classification?", section 5.3.4.)
//!
//! | symbol  | shape                         | meaning                                                             |
//! |---------|-------------------------------|---------------------------------------------------------------------|
//! | h       | (batch, d_model)              | the vectors of a frozen model, one for each text                    |
//! | W, b    | (classes, d_model), (classes) | in the head: its weights and its bias                               |
//! | W       | (out, in)                     | in LoRA: the weights of a linear layer, which stay as they are      |
//! | A       | (r, in)                       | brings x down to r numbers                                          |
//! | B       | (out, r)                      | brings them up to the width of y                                    |
//! | r       |                               | the rank: much smaller than in and out                              |
//! | α       |                               | how much the product counts; α / r is its factor                    |
//! | x, dx   | (…, in)                       | the input of the layer, with any leading axes, and its gradient     |
//! | y, dy   | (…, out)                      | its output, and the gradient of it                                  |
//! | L       |                               | in `unfreeze`: the number of blocks, which are numbered from 0      |
//! | η, ξ    |                               | the learning rate of the head, and its factor from layer to layer   |
//!
//! B A has the shape of W, but only r (in + out) numbers. Because B begins at 0, the model is unchanged before the
//! first step. A must not be 0 as well: the gradient of each has the other as a factor, and both would stay at 0 for
//! ever.
//!
//! You do not write the parts again: [`linear`] is given, [`cross_entropy()`] is that of exercise 24,
//! [`linear_backward`] and [`cross_entropy_backward`] are those of exercise 25, and [`adamw_step`] is that of exercise
//! 27. `Cargo.toml` says whose they are, the course's or your own.
//!
//! The functions of 24 and 25 want three axes, (batch, length, vocabulary). An example of a head is a sequence of one
//! position, and its classes are the vocabulary.

use adamw::{Moments, adamw_step};
use attentive_given::linear;
use backward::{cross_entropy_backward, linear_backward};
use cross_entropy::cross_entropy;
use ndarray::{Array, Array1, Array2, ArrayD, ArrayView, ArrayView1, ArrayView2, Axis, Dimension};

pub use adamw::Settings;

/// Loss and gradients of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadGradients {
    /// Mean cross-entropy of the examples, in nats.
    pub loss: f32,
    /// Gradient of the weights: (classes, d_model).
    pub dw: Array2<f32>,
    /// Gradient of the bias: (classes).
    pub db: Array1<f32>,
}

/// The loss of a linear head on frozen vectors, and the gradients of the head alone.
///
/// `vectors` is (batch, d_model), `weight` is (classes, d_model) and `bias` is (classes). `labels` has the class of
/// each example, from 0. The logits may be of any size. The batch has at least one example.
///
/// The vectors are what a frozen model has computed. They are an input like any other, and get no gradient.
pub fn head(
    vectors: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    labels: &[usize],
) -> HeadGradients {
    // region: solution "logits, their cross-entropy, and the way back as far as the head"
    // Each example is a sequence of one position.
    let labels = ArrayView2::from_shape((labels.len(), 1), labels).expect("as many labels");
    let logits = linear(vectors, weight, Some(bias)).insert_axis(Axis(1));
    let loss = cross_entropy(logits.view(), labels, None, 0.0);
    let dlogits = cross_entropy_backward(logits.view(), labels, None, 0.0, 1.0);
    let dlogits = dlogits.index_axis_move(Axis(1), 0);
    let gradients = linear_backward(vectors, weight, dlogits.view());
    HeadGradients {
        loss,
        dw: gradients.dw,
        db: gradients.db,
    }
    // endregion
}

/// Plan of the training of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadTraining {
    /// Number of examples in a batch, at least 1.
    pub batch_size: usize,
    /// Number of passes through all examples.
    pub epochs: usize,
    /// Learning rate of every step.
    pub learning_rate: f32,
    /// Settings of AdamW.
    pub adamw: Settings,
}

/// A head after its training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedHead {
    /// Loss of each batch, in the order of the steps, before its step was taken.
    pub losses: Vec<f32>,
    /// Weights: (classes, d_model).
    pub weight: Array2<f32>,
    /// Bias: (classes).
    pub bias: Array1<f32>,
}

/// A parameter in training.
struct Parameter<D> {
    value: Array<f32, D>,
    moments: Moments,
}

impl<D: Dimension> Parameter<D> {
    /// The parameter before its first step. Its moments are 0.
    fn new(value: ArrayView<'_, f32, D>) -> Self {
        let zeros = ArrayD::zeros(value.shape());
        Self {
            value: value.to_owned(),
            moments: Moments {
                m: zeros.clone(),
                v: zeros,
            },
        }
    }

    /// Takes the step of this number, which is 1 for the first of a run.
    fn step(&mut self, gradient: ArrayView<'_, f32, D>, number: usize, training: &HeadTraining) {
        let (value, moments) = adamw_step(
            self.value.view().into_dyn(),
            gradient.into_dyn(),
            &self.moments,
            number,
            training.learning_rate,
            &training.adamw,
        );
        self.value = value
            .into_dimensionality()
            .expect("a step keeps the shape of its parameter");
        self.moments = moments;
    }
}

/// Trains a head on frozen vectors, whose first weights and bias are `weight` and `bias`.
///
/// The arguments are those of [`head()`]. In each epoch, the examples are read in their order, `batch_size` at a time; the
/// last batch has what is left. Each batch is one step: its loss and gradients, and AdamW for the weights and for the
/// bias. The steps are counted through all epochs, and the moments are kept.
pub fn train_head(
    vectors: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    labels: &[usize],
    training: &HeadTraining,
) -> TrainedHead {
    // region: solution "for each batch of each epoch: its loss, its gradients, and a step of weights and bias"
    let (mut weight, mut bias) = (Parameter::new(weight), Parameter::new(bias));
    let mut losses = Vec::new();
    for _ in 0..training.epochs {
        let batches = vectors.axis_chunks_iter(Axis(0), training.batch_size);
        for (vectors, labels) in batches.zip(labels.chunks(training.batch_size)) {
            let batch = head(vectors, weight.value.view(), bias.value.view(), labels);
            losses.push(batch.loss);
            weight.step(batch.dw.view(), losses.len(), training);
            bias.step(batch.db.view(), losses.len(), training);
        }
    }
    TrainedHead {
        losses,
        weight: weight.value,
        bias: bias.value,
    }
    // endregion
}

/// The part of a model that is trained. All else is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trained {
    /// The head and so many blocks, counted from the top. With 0, the head alone.
    Top(usize),
    /// Everything: the head, all blocks, and the embeddings.
    Everything,
}

/// Plan of a fine-tuning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    /// Number of blocks of the model, L.
    pub blocks: usize,
    /// The part that is trained; of the blocks, at most all.
    pub trained: Trained,
    /// Learning rate of the head, η.
    pub rate: f32,
    /// Factor from a layer to the one below it, ξ: above 0, and at most 1.
    pub decay: f32,
}

/// The learning rate of each parameter, by its name; `None` if it is frozen.
///
/// A name begins in one of three ways, and what comes after that does not matter:
///
/// | name           | part of the model              | rate, if it is trained | trained with                     |
/// |----------------|--------------------------------|------------------------|----------------------------------|
/// | `head.…`       | the head                       | η                      | always                           |
/// | `blocks.K.…`   | block K, from 0 at the bottom  | η ξ^(L − K)            | `Top(n)` if K ≥ L − n            |
/// | `embeddings.…` | the embeddings and their norm  | η ξ^(L + 1)            | `Everything` only                |
///
/// So each layer has ξ once more than the one above it. `Everything` trains all blocks, too. The rates have the order of
/// the names.
///
/// A parameter that is frozen is not one with a rate of 0: it has no gradient and no moments, and nothing has to be
/// computed or kept for it.
pub fn unfreeze(names: &[&str], tuning: &Tuning) -> Vec<Option<f32>> {
    // region: solution "how far each parameter is below the head; whether that is trained; and its rate"
    let mut rates = Vec::new();
    for name in names {
        let depth = if name.starts_with("head.") {
            0
        } else if let Some(rest) = name.strip_prefix("blocks.") {
            let (number, _) = rest.split_once('.').expect("a parameter of a block");
            let block: usize = number.parse().expect("the number of a block");
            tuning.blocks - block
        } else {
            tuning.blocks + 1
        };
        let is_trained = match tuning.trained {
            Trained::Top(blocks) => depth <= blocks,
            Trained::Everything => true,
        };
        rates.push(is_trained.then(|| tuning.rate * tuning.decay.powi(depth as i32)));
    }
    rates
    // endregion
}

/// The two thin matrices that LoRA adds to a linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Lora {
    /// A, which comes first: (r, in).
    pub a: Array2<f32>,
    /// B, which comes after it: (out, r).
    pub b: Array2<f32>,
}

/// A and B as they are before the first step.
///
/// A has normal numbers with this standard deviation, and B is 0. Each call of `normal` returns a new number with a
/// standard deviation of 1. It is called once for each entry of A, row by row, and not for B. `rank` is at least 1.
pub fn lora_start(
    d_in: usize,
    d_out: usize,
    rank: usize,
    deviation: f32,
    normal: &mut dyn FnMut() -> f32,
) -> Lora {
    // region: solution "draw A, and leave B at 0"
    Lora {
        a: Array2::from_shape_simple_fn((rank, d_in), || deviation * normal()),
        b: Array2::zeros((d_out, rank)),
    }
    // endregion
}

/// A linear layer with LoRA: y = x Wᵀ + (α / r) x Aᵀ Bᵀ.
///
/// `x` is (…, in) with any leading axes, or with none, and `weight` is W, (out, in). The result is (…, out).
pub fn lora_forward<D: Dimension>(
    x: ArrayView<'_, f32, D>,
    weight: ArrayView2<'_, f32>,
    lora: &Lora,
    alpha: f32,
) -> Array<f32, D> {
    // region: solution "the layer as it was, and next to it x through A and then through B, times α / r"
    let scale = alpha / lora.a.nrows() as f32;
    let z = linear(x.view(), lora.a.view(), None);
    let mut y = linear(z.view(), lora.b.view(), None) * scale;
    y += &linear(x, weight, None);
    y
    // endregion
}

/// Gradients of a linear layer with LoRA.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraGradients<D: Dimension> {
    /// Gradient of its input: (…, in), like x.
    pub dx: Array<f32, D>,
    /// Gradient of A: (r, in).
    pub da: Array2<f32>,
    /// Gradient of B: (out, r).
    pub db: Array2<f32>,
}

/// The backward pass of [`lora_forward`]: the gradients of x, A and B.
///
/// `x`, `weight`, `lora` and `alpha` are what the forward pass got, and `dy` is (…, out) with the leading axes of `x`.
/// Each of their indices is a position, and dA and dB are sums over all of them. W gets no gradient, because it is
/// frozen. x does, and not only through A and B: layers further down may have an A and a B of their own.
pub fn lora_backward<D: Dimension>(
    x: ArrayView<'_, f32, D>,
    weight: ArrayView2<'_, f32>,
    lora: &Lora,
    alpha: f32,
    dy: ArrayView<'_, f32, D>,
) -> LoraGradients<D> {
    // region: solution "back through B, then through A; and dx also through W"
    let scale = alpha / lora.a.nrows() as f32;
    let z = linear(x.view(), lora.a.view(), None);
    let scaled = &dy * scale;
    let of_b = linear_backward(z.view(), lora.b.view(), scaled.view());
    let of_a = linear_backward(x, lora.a.view(), of_b.dx.view());
    // A linear layer multiplies by the transpose of its weights, so this is dy W.
    let mut dx = linear(dy, weight.t(), None);
    dx += &of_a.dx;
    LoraGradients {
        dx,
        da: of_a.dw,
        db: of_b.dw,
    }
    // endregion
}

/// One matrix that does what the layer does with LoRA: W + (α / r) B A.
///
/// The result has the shape of `weight`, (out, in).
pub fn lora_merge(weight: ArrayView2<'_, f32>, lora: &Lora, alpha: f32) -> Array2<f32> {
    // region: solution "add the product of B and A to W, times α / r"
    let scale = alpha / lora.a.nrows() as f32;
    &weight + &(lora.b.dot(&lora.a) * scale)
    // endregion
}
