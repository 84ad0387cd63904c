//! T5 (Raffel et al. 2020), from libtorch's kernels for its parts. libtorch has no T5, so the models are formulas over
//! its products, softmax, RMS norm and activations.

mod attention;
mod attention_mistakes;
mod bias;
mod block;
mod block_mistakes;
mod bucket;
mod cases;
mod feed_forward;
mod generate;
mod generate_cases;
mod logits;

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::exercise::Exercise;
use crate::layer_norm;
use crate::model_weights::Weights;

pub use attention::formula as attention;
pub use bucket::{Settings, buckets};

/// Correct `f32` implementations differ by a few 10⁻⁷ of numbers near 1. The scores are not divided by √d_k, so the
/// softmax passes their rounding on enlarged, and the norm divides it by the root mean square of a row.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 3e-5,
};

/// The ε of every RMS norm.
const EPSILON: f64 = 1e-6;

/// The axes of vectors.
const VECTORS: [&str; 3] = ["batch element", "position", "feature"];

/// The axes of attention weights.
const WEIGHTS: [&str; 4] = ["batch element", "head", "query", "key"];

/// The exercise `t5`.
pub fn exercise() -> Exercise {
    Exercise::new("t5", TOLERANCE)
        .task(bucket::task())
        .task(bias::task())
        .task(attention::task())
        .task(feed_forward::task())
        .task(block::task())
        .task(logits::task())
        .task(generate::task())
}

/// The RMS norm with the gamma of this name.
fn norm(w: &Weights, gamma: &str, x: &Tensor) -> Tensor {
    layer_norm::kernel::rms_norm(x, &w[gamma], EPSILON)
}

/// A yes or no: 1 or 0.
fn is_true(w: &Weights, name: &str) -> bool {
    w.size(name) != 0
}
