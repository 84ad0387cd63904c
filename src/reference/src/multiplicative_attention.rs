//! Multiplicative attention (Luong, Pham and Manning 2015, section 3.1): three ways of scoring, none of them scaled.

mod attend;
mod concat;
mod products;

use attentive_grader::Tolerance;
use tch::Tensor;

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::random::Random;

/// Correct `f32` implementations differ most where 64 products of size 1 nearly cancel: their sum is then off by about
/// 10⁻⁶ in one order of summation or another, a tenth of this. A sum with 10⁻⁴ added to it is to be rejected.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-5,
    relative: 3e-5,
};

/// The exercise `multiplicative-attention`.
pub fn exercise() -> Exercise {
    Exercise::new("multiplicative-attention", TOLERANCE)
        .task(products::dot())
        .task(products::general())
        .task(concat::concat())
        .task(attend::attend())
}

/// The scores (queries, keys) by libtorch's layers, each of which sees all pairs of a query and a key.
pub mod kernel {
    use tch::Tensor;

    use crate::scoring::pairs;
    use crate::sublayers::linear;

    /// qᵀ k, of the width in common.
    pub fn dot(queries: &Tensor, keys: &Tensor) -> Tensor {
        linear(queries, keys)
    }

    /// qᵀ W_a k, `w_a` being (d_query, d_key).
    pub fn general(queries: &Tensor, keys: &Tensor, w_a: &Tensor) -> Tensor {
        let (queries, keys) = pairs(queries, keys);
        Tensor::bilinear(
            &queries.contiguous(),
            &keys.contiguous(),
            &w_a.unsqueeze(0),
            None::<&Tensor>,
        )
        .squeeze_dim(-1)
    }

    /// v_aᵀ tanh(W_a [q; k]), `w_a` being (hidden, d_query + d_key).
    pub fn concat(queries: &Tensor, keys: &Tensor, w_a: &Tensor, v_a: &Tensor) -> Tensor {
        let (queries, keys) = pairs(queries, keys);
        network(&Tensor::cat(&[queries, keys], -1), w_a, v_a)
    }

    /// The network of `concat` by libtorch's layers, on queries and keys side by side.
    pub(super) fn network(pairs: &Tensor, w_a: &Tensor, v_a: &Tensor) -> Tensor {
        linear(&linear(pairs, w_a).tanh(), &v_a.unsqueeze(0)).squeeze_dim(-1)
    }
}

/// The formulas, without a vector for each pair.
pub mod formula {
    use tch::Tensor;

    use crate::scoring::Projected;

    /// Q Kᵀ.
    pub fn dot(queries: &Tensor, keys: &Tensor) -> Tensor {
        queries.matmul(&keys.tr())
    }

    /// Q W_a Kᵀ.
    pub fn general(queries: &Tensor, keys: &Tensor, w_a: &Tensor) -> Tensor {
        queries.matmul(w_a).matmul(&keys.tr())
    }

    /// W_a [q; k] is the left part of W_a times q plus the right part times k.
    pub fn concat(queries: &Tensor, keys: &Tensor, w_a: &Tensor, v_a: &Tensor) -> Tensor {
        project(queries, keys, w_a).sums().tanh().matmul(v_a)
    }

    /// The queries projected by the left part of W_a, and the keys by its right part.
    pub(super) fn project(queries: &Tensor, keys: &Tensor, w_a: &Tensor) -> Projected {
        let parts = w_a.split_with_sizes([queries.size()[1], keys.size()[1]], 1);
        Projected {
            queries: queries.matmul(&parts[0].tr()),
            keys: keys.matmul(&parts[1].tr()),
        }
    }
}

fn right_dot(x: &Inputs) -> Tensor {
    formula::dot(&x["queries"], &x["keys"])
}

fn width(x: &Tensor) -> f64 {
    x.size()[1] as f64
}

fn inputs(random: &Random, queries: i64, keys: i64, d_query: i64, d_key: i64) -> Inputs {
    Inputs::default()
        .with("queries", random.normal(&[queries, d_query]))
        .with("keys", random.normal(&[keys, d_key]))
}
