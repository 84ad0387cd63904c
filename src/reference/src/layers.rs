//! Layers of the models that are trained, by libtorch's kernels.

use tch::Tensor;
use tch::nn::{Init, Path};

/// A linear layer. Which axis of the weight is the input's is up to the model.
#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) weight: Tensor,
    bias: Tensor,
}

/// A layer norm.
#[derive(Debug)]
pub(crate) struct Norm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f64,
}

/// Heads of a self-attention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads {
    pub(crate) count: i64,
    pub(crate) causal: bool,
}

/// The group of variables that weight decay leaves alone: biases, norms and embeddings.
pub(crate) const NOT_DECAYED: usize = 1;

/// A table of vectors, drawn with a standard deviation.
pub(crate) fn table(path: &Path<'_>, rows: i64, width: i64, stdev: f64) -> Tensor {
    let init = Init::Randn { mean: 0.0, stdev };
    path.set_group(NOT_DECAYED)
        .var("weight", &[rows, width], init)
}

impl Linear {
    /// A layer with a weight of this shape, drawn with a standard deviation, and a bias of 0.
    pub(crate) fn new(path: &Path<'_>, shape: [i64; 2], outputs: i64, stdev: f64) -> Self {
        let init = Init::Randn { mean: 0.0, stdev };
        Self {
            weight: path.var("weight", &shape, init),
            bias: path
                .set_group(NOT_DECAYED)
                .var("bias", &[outputs], Init::Const(0.0)),
        }
    }

    /// x W + b, with W as (in, out).
    pub(crate) fn in_out(&self, x: &Tensor) -> Tensor {
        x.matmul(&self.weight) + &self.bias
    }

    /// x Wᵀ + b, with W as (out, in).
    pub(crate) fn out_in(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }
}

impl Norm {
    pub(crate) fn new(path: &Path<'_>, width: i64, epsilon: f64) -> Self {
        let path = path.set_group(NOT_DECAYED);
        Self {
            weight: path.var("weight", &[width], Init::Const(1.0)),
            bias: path.var("bias", &[width], Init::Const(0.0)),
            epsilon,
        }
    }

    pub(crate) fn apply(&self, x: &Tensor) -> Tensor {
        let (weight, bias) = (Some(&self.weight), Some(&self.bias));
        x.layer_norm([x.size()[2]], weight, bias, self.epsilon, false)
    }
}

impl Heads {
    /// softmax(Q Kᵀ / √d) V in each head, of (batch, length, width) each. Keys and values may have fewer heads, each of which
    /// a group of neighbouring query heads shares.
    pub(crate) fn attend(self, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        let (batch, length, width) = query.size3().expect("(batch, length, width)");
        let head_dim = width / self.count;
        let split = |x: &Tensor| x.view([batch, length, -1, head_dim]).transpose(1, 2);
        let shared = key.size()[2] < width;
        let mask = None::<&Tensor>;
        Tensor::scaled_dot_product_attention(
            &split(query),
            &split(key),
            &split(value),
            mask,
            0.0,
            self.causal,
            None,
            shared,
        )
        .transpose(1, 2)
        .reshape([batch, length, width])
    }
}
