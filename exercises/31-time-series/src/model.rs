//! The data and the parameters of a forecaster. Everything in this file is given.

use gpt::{BlockWeights, Norm};
use ndarray::{Array1, Array2, Array3, Array4, ArrayView, ArrayView1, ArrayView2, Axis, Dimension};
use training::Tensors;

/// Mean and standard deviation by which a series is normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The number that becomes 0.
    pub mean: f32,
    /// The length that becomes 1: above 0.
    pub deviation: f32,
}

impl Scale {
    /// Returns a series in normalised units: each number less the mean, divided by the deviation.
    pub fn normalize(&self, series: ArrayView1<'_, f32>) -> Array1<f32> {
        (&series - self.mean) / self.deviation
    }
}

/// Windows of a series: what is known, and what follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    /// The numbers that the model reads: (windows, context).
    pub contexts: Array2<f32>,
    /// The numbers that follow each of them: (windows, horizon).
    pub targets: Array2<f32>,
}

impl Windows {
    /// Returns the windows with these indices, in their order.
    pub fn select(&self, indices: ArrayView1<'_, usize>) -> Self {
        let indices = indices.to_vec();
        Self {
            contexts: self.contexts.select(Axis(0), &indices),
            targets: self.targets.select(Axis(0), &indices),
        }
    }
}

/// Windows to learn from, and windows on which a forecast is tested.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Windows that are altogether in the training part.
    pub train: Windows,
    /// Windows whose targets are all in the test part.
    pub test: Windows,
}

/// Sizes of a forecaster that do not follow from its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The number of values that the model reads.
    pub context: usize,
    /// The number of values in a patch: at most `context`.
    pub patch: usize,
    /// The number of heads of every attention.
    pub heads: usize,
}

/// The weights of a forecaster.
///
/// Its two layers of its own are (out, in), as `linear` takes them. Those of the blocks are (in, out), as in exercise
/// 18.
#[derive(Debug, Clone)]
pub struct Forecaster<'a> {
    /// W_p (d_model, patch), by which a patch becomes a vector.
    pub w_patch: ArrayView2<'a, f32>,
    /// b_p (d_model).
    pub b_patch: ArrayView1<'a, f32>,
    /// P (patches, d_model), a row for each patch.
    pub positions: ArrayView2<'a, f32>,
    /// The blocks, in the order in which the patches go through them.
    pub blocks: Vec<BlockWeights<'a>>,
    /// The layer norm after the last block.
    pub final_norm: Norm<'a>,
    /// W_h (horizon, d_model), by which the last vector becomes a forecast.
    pub w_head: ArrayView2<'a, f32>,
    /// b_h (horizon).
    pub b_head: ArrayView1<'a, f32>,
}

/// Returns the parameters as a forecaster: it has as many blocks as there are parameters for.
///
/// They are `w_patch`, `b_patch`, `positions`, `gamma_f`, `beta_f`, `w_head`, `b_head`, and those of the blocks, such
/// as `blocks.0.w_qkv`; see exercise 28.
///
/// # Panics
/// If a parameter is missing, or has a different number of axes.
pub fn forecaster(parameters: &Tensors) -> Forecaster<'_> {
    let mut blocks = Vec::new();
    while parameters.contains_key(&format!("blocks.{}.w_qkv", blocks.len())) {
        let prefix = format!("blocks.{}.", blocks.len());
        let weights = BlockWeights::named(
            |name| tensor(parameters, &format!("{prefix}{name}")),
            |name| tensor(parameters, &format!("{prefix}{name}")),
        );
        blocks.push(expect(weights));
    }
    Forecaster {
        w_patch: expect(tensor(parameters, "w_patch")),
        b_patch: expect(tensor(parameters, "b_patch")),
        positions: expect(tensor(parameters, "positions")),
        blocks,
        final_norm: Norm {
            gamma: expect(tensor(parameters, "gamma_f")),
            beta: expect(tensor(parameters, "beta_f")),
        },
        w_head: expect(tensor(parameters, "w_head")),
        b_head: expect(tensor(parameters, "b_head")),
    }
}

/// Results of a forecaster, step by step. Returning all of them lets the grader say which step goes wrong first, and
/// `gradients` needs them again.
#[derive(Debug, Clone)]
pub struct Steps {
    /// The mean of each context: (windows).
    pub level: Array1<f32>,
    /// The patches of each context less its level: (windows, patches, patch).
    pub patches: Array3<f32>,
    /// The vectors of the patches before the first block and after each: (windows, patches, d_model).
    pub states: Vec<Array3<f32>>,
    /// The weights of attention in each block: (windows, heads, patches, patches).
    pub attention: Vec<Array4<f32>>,
    /// The forecast: (windows, horizon).
    pub forecast: Array2<f32>,
}

/// Forecasts that need no model, each of as many steps as were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Naive {
    /// The last known value, again and again.
    pub last: Array1<f32>,
    /// The last known season, again and again.
    pub seasonal: Array1<f32>,
    /// The mean of all that is known.
    pub mean: Array1<f32>,
}

/// Errors of forecasts, in the units of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    /// The mean of the absolute errors.
    pub mae: f32,
    /// The root of the mean of the squared errors.
    pub rmse: f32,
    /// The same root for each step ahead: (horizon).
    pub by_step: Array1<f32>,
}

fn tensor<'a, D: Dimension>(
    parameters: &'a Tensors,
    name: &str,
) -> Result<ArrayView<'a, f32, D>, String> {
    let tensor = parameters.get(name).map(|tensor| tensor.view());
    tensor
        .and_then(|tensor| tensor.into_dimensionality().ok())
        .ok_or_else(|| match D::NDIM {
            Some(axes) => format!("expected a parameter `{name}` with {axes} axes, found none"),
            None => format!("expected a parameter `{name}`, found none"),
        })
}

fn expect<T>(found: Result<T, String>) -> T {
    found.unwrap_or_else(|message| panic!("{message}"))
}
