//! The data of a run of training. Everything in this file is given.

use std::collections::BTreeMap;
use std::fmt;

use adamw::{Moments, Schedule, Settings};
use gpt::{BlockWeights, Gpt, Norm};
use ndarray::{Array2, ArrayD, ArrayView1, ArrayView2, ArrayViewD, Axis, Ix1, Ix2};

/// Tensors by name, in the order of their names: the parameters of a model, or a gradient for each of them.
///
/// A decoder has `token_embedding`, `position_embedding`, `gamma_f` and `beta_f`, and of its block 0 `blocks.0.gamma_1`,
/// `blocks.0.beta_1`, `blocks.0.w_qkv`, `blocks.0.b_qkv`, `blocks.0.w_o`, `blocks.0.b_o`, `blocks.0.gamma_2`,
/// `blocks.0.beta_2`, `blocks.0.w_fc`, `blocks.0.b_fc`, `blocks.0.w_proj` and `blocks.0.b_proj`.
pub type Tensors = BTreeMap<String, ArrayD<f32>>;

/// Sequences that are learned from together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The tokens that the model reads: (batch, length).
    pub inputs: Array2<usize>,
    /// The token that should follow each of them: (batch, length).
    pub targets: Array2<usize>,
}

impl Batch {
    /// Cuts the batch into batches of `size` sequences, in their order. The last one has what is left.
    ///
    /// # Panics
    /// If there are no sequences, or `size` is 0.
    pub fn micro_batches(&self, size: usize) -> Vec<Self> {
        assert!(
            self.inputs.nrows() > 0,
            "expected at least one sequence in a batch, found none"
        );
        let inputs = self.inputs.axis_chunks_iter(Axis(0), size);
        let targets = self.targets.axis_chunks_iter(Axis(0), size);
        let pairs = inputs.zip(targets);
        pairs
            .map(|(inputs, targets)| Self {
                inputs: inputs.to_owned(),
                targets: targets.to_owned(),
            })
            .collect()
    }
}

/// The loss of a model on some sequences, with its gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The mean cross-entropy of the positions that count, in nats.
    pub loss: f32,
    /// The number of these positions.
    pub counted: usize,
    /// The gradient of the loss with respect to each parameter, under the name of the parameter.
    pub gradients: Tensors,
}

impl Part {
    /// The gradient of a parameter.
    ///
    /// # Panics
    /// If there is none, or it does not have the shape of the parameter.
    pub fn gradient(&self, name: &str, parameter: &ArrayD<f32>) -> ArrayViewD<'_, f32> {
        let expected = parameter.shape();
        match self.gradients.get(name) {
            Some(gradient) if gradient.shape() == expected => gradient.view(),
            Some(gradient) => panic!(
                "expected the gradient of `{name}` to have its shape {expected:?}, found {:?}",
                gradient.shape()
            ),
            None => panic!("expected a gradient of `{name}`, found none"),
        }
    }
}

/// All that changes from one step of a run to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The parameters of the model.
    pub parameters: Tensors,
    /// AdamW's moments of each parameter, under its name.
    pub moments: BTreeMap<String, Moments>,
    /// The number of steps that have been taken.
    pub step: usize,
}

impl State {
    /// The state before the first step: all moments are 0.
    pub fn new(parameters: Tensors) -> Self {
        let mut moments = BTreeMap::new();
        for (name, parameter) in &parameters {
            let zeros = ArrayD::zeros(parameter.raw_dim());
            let m = zeros.clone();
            moments.insert(name.clone(), Moments { m, v: zeros });
        }
        Self {
            parameters,
            moments,
            step: 0,
        }
    }
}

/// Settings that are the same in all steps of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunSettings {
    /// The number of heads of every attention.
    pub heads: usize,
    /// The id of a target that does not count.
    pub ignored: usize,
    /// The number of sequences that go through the model at once: at least 1. The last time there may be fewer.
    pub micro_batch: usize,
    /// The largest norm that the gradients of a step may have.
    pub max_norm: f32,
    /// The course of the learning rate.
    pub schedule: Schedule,
    /// The settings of AdamW.
    pub adamw: Settings,
}

/// The report of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// The loss on the batch, with the parameters from before the step.
    pub loss: f32,
    /// The norm of all gradients together, before they were clipped.
    pub norm: f32,
    /// The learning rate with which the step was taken.
    pub rate: f32,
}

/// A checkpoint that cannot be resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckpointError {
    /// A tensor is missing.
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has a different shape than what it belongs to.
    Shape {
        /// Its name.
        name: String,
        /// The shape that it should have.
        expected: Vec<usize>,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// A tensor has a number that is NaN or infinite, with which no run can go on.
    NotFinite {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(
                f,
                "expected a tensor `{name}` in the checkpoint, found none; was it written by a different program?"
            ),
            Self::Shape {
                name,
                expected,
                found,
            } => write!(
                f,
                "expected `{name}` to have the shape {expected:?} of its parameter, found {found:?}; is the checkpoint \
                 that of a different model?"
            ),
            Self::NotFinite { name } => write!(
                f,
                "expected finite numbers in `{name}`, found NaN or infinity; was the run lost before it was saved? go on \
                 from an earlier checkpoint"
            ),
        }
    }
}

impl std::error::Error for CheckpointError {}

/// The tensor of this name in a checkpoint.
///
/// # Errors
/// When there is none, it has a different shape, or a number in it is not finite.
pub fn find<'a>(
    checkpoint: &'a Tensors,
    name: &str,
    shape: &[usize],
) -> Result<&'a ArrayD<f32>, CheckpointError> {
    let Some(tensor) = checkpoint.get(name) else {
        let name = name.to_owned();
        return Err(CheckpointError::Missing { name });
    };
    if tensor.shape() != shape {
        return Err(CheckpointError::Shape {
            name: name.to_owned(),
            expected: shape.to_vec(),
            found: tensor.shape().to_vec(),
        });
    }
    // A NaN would become a count of 0 steps.
    if tensor.iter().any(|number| !number.is_finite()) {
        let name = name.to_owned();
        return Err(CheckpointError::NotFinite { name });
    }
    Ok(tensor)
}

/// The parameters in a checkpoint, by their names.
///
/// # Errors
/// When there is a moment of a parameter that is missing.
pub fn stored_parameters(
    checkpoint: &Tensors,
) -> Result<Vec<(&str, &ArrayD<f32>)>, CheckpointError> {
    let mut parameters = Vec::new();
    for (stored, tensor) in checkpoint {
        let Some((kind, name)) = stored.split_once('.') else {
            continue;
        };
        let parameter = format!("parameters.{name}");
        if kind == "parameters" {
            parameters.push((name, tensor));
        } else if !checkpoint.contains_key(&parameter) {
            return Err(CheckpointError::Missing { name: parameter });
        }
    }
    Ok(parameters)
}

/// The parameters as the decoder of exercise 18: it has as many blocks as there are parameters for.
///
/// # Panics
/// If a parameter of the decoder is missing, or has a different number of axes.
pub fn decoder(parameters: &Tensors, heads: usize) -> Gpt<'_> {
    let mut blocks = Vec::new();
    while parameters.contains_key(&format!("blocks.{}.w_qkv", blocks.len())) {
        let prefix = format!("blocks.{}.", blocks.len());
        let weights = BlockWeights::named(
            |name| vector(parameters, &format!("{prefix}{name}")),
            |name| matrix(parameters, &format!("{prefix}{name}")),
        );
        blocks.push(expect(weights));
    }
    Gpt {
        token_embedding: expect(matrix(parameters, "token_embedding")),
        position_embedding: expect(matrix(parameters, "position_embedding")),
        blocks,
        final_norm: Norm {
            gamma: expect(vector(parameters, "gamma_f")),
            beta: expect(vector(parameters, "beta_f")),
        },
        heads,
    }
}

fn vector<'a>(parameters: &'a Tensors, name: &str) -> Result<ArrayView1<'a, f32>, String> {
    let tensor = parameters.get(name).map(|tensor| tensor.view());
    tensor
        .and_then(|tensor| tensor.into_dimensionality::<Ix1>().ok())
        .ok_or_else(|| format!("expected a parameter `{name}` with one axis, found none"))
}

fn matrix<'a>(parameters: &'a Tensors, name: &str) -> Result<ArrayView2<'a, f32>, String> {
    let tensor = parameters.get(name).map(|tensor| tensor.view());
    tensor
        .and_then(|tensor| tensor.into_dimensionality::<Ix2>().ok())
        .ok_or_else(|| format!("expected a parameter `{name}` with two axes, found none"))
}

fn expect<T>(found: Result<T, String>) -> T {
    found.unwrap_or_else(|message| panic!("{message}"))
}
