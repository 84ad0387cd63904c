//! The tasks on LoRA: its start, its forward and its backward pass, and merging.

mod backward;
mod cases;
mod forward;
mod merge;
mod scales;
mod start;

use tch::Tensor;

use crate::inputs::Inputs;

pub(super) use backward::task as backward;
pub(super) use forward::task as forward;
pub(super) use merge::task as merge;
pub(super) use start::task as start;

/// A layer with LoRA, and what goes through it.
#[derive(Debug)]
pub struct Layer {
    /// The input: (…, in).
    pub x: Tensor,
    /// The frozen weights W: (out, in).
    pub weight: Tensor,
    /// A: (rank, in).
    pub a: Tensor,
    /// B: (out, rank).
    pub b: Tensor,
    /// α.
    pub alpha: f64,
}

impl Layer {
    fn of(x: &Inputs) -> Self {
        let [input, weight, a, b] = ["x", "weight", "a", "b"].map(|name| x[name].shallow_clone());
        Self {
            x: input,
            weight,
            a,
            b,
            alpha: x.number("alpha"),
        }
    }

    fn rank(&self) -> f64 {
        self.a.size()[0] as f64
    }

    fn d_in(&self) -> f64 {
        self.a.size()[1] as f64
    }

    fn d_out(&self) -> f64 {
        self.b.size()[0] as f64
    }

    fn scale(&self) -> f64 {
        self.alpha / self.rank()
    }

    /// Output of the layer without LoRA: x Wᵀ.
    fn frozen(&self) -> Tensor {
        linear(&self.x, &self.weight)
    }

    /// Part that LoRA adds, without its factor: x Aᵀ Bᵀ.
    fn added(&self) -> Tensor {
        linear(&linear(&self.x, &self.a), &self.b)
    }

    /// The output of the layer, through its own kernels.
    pub fn forward(&self) -> Tensor {
        self.forward_by(self.scale())
    }

    fn forward_by(&self, scale: f64) -> Tensor {
        self.frozen() + self.added() * scale
    }

    /// The one matrix that does the same.
    pub fn merged(&self) -> Tensor {
        self.merged_by(self.scale())
    }

    fn merged_by(&self, scale: f64) -> Tensor {
        adapted(&self.weight, &self.a, &self.b, scale)
    }

    /// The gradients of x, as rows (positions, in), of A and of B.
    pub fn formula(&self, dy: &Tensor) -> [Tensor; 3] {
        self.gradients_by(dy, [self.scale(); 3])
    }

    /// The gradients with a factor of their own for each: that of the part of dx that goes through A and B, of dA, and
    /// of dB.
    fn gradients_by(&self, dy: &Tensor, [of_dx, of_da, of_db]: [f64; 3]) -> [Tensor; 3] {
        let (x, dy) = (rows(&self.x), rows(dy));
        let through_b = dy.matmul(&self.b);
        [
            dy.matmul(&self.weight) + through_b.matmul(&self.a) * of_dx,
            through_b.tr().matmul(&x) * of_da,
            dy.tr().matmul(&linear(&x, &self.a)) * of_db,
        ]
    }
}

/// W + scale · B A.
pub(super) fn adapted(weight: &Tensor, a: &Tensor, b: &Tensor, scale: f64) -> Tensor {
    weight + b.matmul(a) * scale
}

/// A linear layer without a bias.
fn linear(x: &Tensor, weight: &Tensor) -> Tensor {
    x.linear(weight, None::<Tensor>)
}

/// The rows (positions, features) of a tensor (…, features).
fn rows(tensor: &Tensor) -> Tensor {
    let features = tensor.size().last().copied().unwrap_or(1);
    tensor.reshape([-1, features])
}
