//! Gradients by libtorch's autograd.

use tch::{Kind, Tensor};

/// Returns the gradients of Σ y ⊙ dy with respect to each of `inputs`, where y = forward(inputs). If dy is the gradient
/// of a loss with respect to y, these are the gradients of the loss.
///
/// Everything is computed in `f64`.
pub fn gradients<const N: usize>(
    inputs: [&Tensor; N],
    forward: impl Fn(&[Tensor; N]) -> Tensor,
    dy: &Tensor,
) -> [Tensor; N] {
    // The recorder switches gradients off, because only these functions need them.
    tch::with_grad(|| {
        let leaves = inputs.map(|input| double(input).detach().set_requires_grad(true));
        let weighted = forward(&leaves) * double(dy);
        let gradients = Tensor::run_backward(&[weighted.sum(Kind::Double)], &leaves, false, false);
        gradients.try_into().expect("a gradient for each input")
    })
}

/// The value of one tensor with the gradient of another one.
pub(crate) fn as_if(value: &Tensor, other: &Tensor) -> Tensor {
    value.detach() + other - other.detach()
}

fn double(tensor: &Tensor) -> Tensor {
    tensor.to_kind(Kind::Double)
}
