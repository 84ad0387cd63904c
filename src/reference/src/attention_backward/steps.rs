//! Attention and its backward pass, step by step, so that a mistake can take one of the steps differently.

use tch::{Kind, Tensor};

use crate::attention_weights::{blocked, zero_in_empty_rows};

/// One call of attention, and what its gradients are computed from, in `f64`. There may be axes before the two of each
/// matrix.
pub(super) struct Steps {
    /// Q (…, queries, d_k).
    pub(super) q: Tensor,
    /// K (…, keys, d_k).
    pub(super) k: Tensor,
    /// V (…, keys, d_v).
    pub(super) v: Tensor,
    /// The mask (…, queries, keys), or one that spreads to it.
    pub(super) mask: Option<Tensor>,
    /// P (…, queries, keys), the softmax of the scores.
    pub(super) weights: Tensor,
    /// The gradient of the output: (…, queries, d_v).
    pub(super) dy: Tensor,
}

impl Clone for Steps {
    fn clone(&self) -> Self {
        Self {
            q: self.q.shallow_clone(),
            k: self.k.shallow_clone(),
            v: self.v.shallow_clone(),
            mask: self.mask.as_ref().map(Tensor::shallow_clone),
            weights: self.weights.shallow_clone(),
            dy: self.dy.shallow_clone(),
        }
    }
}

impl Steps {
    pub(super) fn new([q, k, v]: [&Tensor; 3], mask: Option<&Tensor>, dy: &Tensor) -> Self {
        let [q, k, v, dy] = [q, k, v, dy].map(|tensor| tensor.to_kind(Kind::Double));
        Self {
            weights: weights(&(q.matmul(&transposed(&k)) * scale(&q)), mask),
            q,
            k,
            v,
            mask: mask.map(Tensor::shallow_clone),
            dy,
        }
    }

    /// The same with different weights.
    pub(super) fn with_weights(&self, weights: Tensor) -> Self {
        Self {
            weights,
            ..self.clone()
        }
    }

    /// The same with a different gradient of the output.
    pub(super) fn with_dy(&self, dy: Tensor) -> Self {
        Self { dy, ..self.clone() }
    }

    /// S, (…, queries, keys).
    pub(super) fn scores(&self) -> Tensor {
        self.products() * self.scale()
    }

    /// Q Kᵀ.
    pub(super) fn products(&self) -> Tensor {
        self.q.matmul(&transposed(&self.k))
    }

    /// 1 / √d_k.
    pub(super) fn scale(&self) -> f64 {
        scale(&self.q)
    }

    /// y = P V.
    pub(super) fn output(&self) -> Tensor {
        self.weights.matmul(&self.v)
    }

    /// dP = dy Vᵀ.
    pub(super) fn dweights(&self) -> Tensor {
        self.dy.matmul(&transposed(&self.v))
    }

    /// The mean of each row of dP, weighted by P: (…, queries, 1).
    pub(super) fn mean(&self) -> Tensor {
        sum_of_rows(&(self.dweights() * &self.weights))
    }

    /// dS = P ⊙ (dP − mean).
    pub(super) fn dscores(&self) -> Tensor {
        &self.weights * (self.dweights() - self.mean())
    }

    /// dV = Pᵀ dy.
    pub(super) fn dv(&self) -> Tensor {
        transposed(&self.weights).matmul(&self.dy)
    }

    /// dQ, if dS is this.
    pub(super) fn dq_of(&self, dscores: &Tensor) -> Tensor {
        dscores.matmul(&self.k) * self.scale()
    }

    /// dK, if dS is this.
    pub(super) fn dk_of(&self, dscores: &Tensor) -> Tensor {
        transposed(dscores).matmul(&self.q) * self.scale()
    }

    /// dQ, dK and dV.
    pub(super) fn gradients(&self) -> [Tensor; 3] {
        self.gradients_of(&self.dscores())
    }

    /// dQ, dK and dV, if dS is this.
    pub(super) fn gradients_of(&self, dscores: &Tensor) -> [Tensor; 3] {
        [self.dq_of(dscores), self.dk_of(dscores), self.dv()]
    }
}

/// The softmax of the scores that the mask allows, with 0 in rows that may attend to nothing.
fn weights(scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
    let weights = blocked(scores, mask).softmax(-1, scores.kind());
    zero_in_empty_rows(&weights, mask)
}

fn scale(q: &Tensor) -> f64 {
    let d_k = q.size()[q.dim() - 1];
    (d_k as f64).sqrt().recip()
}

/// The last two axes swapped.
pub(super) fn transposed(matrix: &Tensor) -> Tensor {
    matrix.transpose(-2, -1)
}

/// The sum of each row: (…, rows, 1).
pub(super) fn sum_of_rows(matrix: &Tensor) -> Tensor {
    matrix.sum_dim_intlist(-1, true, None::<Kind>)
}

/// The sum of each column: (…, 1, columns).
pub(super) fn sum_of_columns(matrix: &Tensor) -> Tensor {
    matrix.sum_dim_intlist(-2, true, None::<Kind>)
}
