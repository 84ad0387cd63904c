//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1), from libtorch's own kernel.

mod attention;
mod cases;
mod scores;

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::attention_weights::{Attention, blocked, zero_in_empty_rows};
use crate::exercise::Exercise;
use crate::softmax::kernel::softmax;

/// Correct `f32` implementations differ most in the cases with large scores: a score of 200 carries an error of
/// 200 · 2⁻²⁴ for each of its roundings, and the softmax turns it into a relative error of the weight. The entries of
/// queries and keys are 64ths, so that their products have none. A sum with 10⁻⁴ added to it is to be rejected.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 5e-5,
};

/// The exercise `scaled-dot-product`.
pub fn exercise() -> Exercise {
    Exercise::new("scaled-dot-product", TOLERANCE)
        .task(scores::scores())
        .task(attention::attention())
}

/// Weights (queries, keys) and output (queries, d_v) as libtorch's kernel computes them.
///
/// The kernel does not hand out its weights. But when the values are the identity matrix, its output is the weights.
pub fn kernel(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Attention {
    let attend =
        |v: &Tensor| Tensor::scaled_dot_product_attention(q, k, v, mask, 0.0, false, None, false);
    let keys = k.size()[k.dim() - 2];
    Attention {
        weights: attend(&Tensor::eye(keys, (Kind::Float, Device::Cpu))),
        output: attend(v),
    }
}

/// The formula, softmax(Q Kᵀ / √d_k) V, with 0 for a query that may attend to nothing. There may be axes
/// before the two.
pub fn formula(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Attention {
    let weights = weights(&(q.matmul(&k.transpose(-2, -1)) / width(k).sqrt()), mask);
    Attention {
        output: weights.matmul(v),
        weights,
    }
}

/// Softmax, by libtorch's kernel, over the keys that the mask allows. There may be axes before the two.
pub(crate) fn weights(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    zero_in_empty_rows(&softmax(&blocked(scores, mask)), mask)
}

fn width(x: &Tensor) -> f64 {
    x.size()[x.dim() - 1] as f64
}
