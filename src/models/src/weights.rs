//! Weights that own their numbers, and lend them as the views that the exercises take.

use ndarray::{Array1, Array2};

/// A linear layer. Its matrix is (out, in) in an encoder, and (in, out) in a GPT-2.
#[derive(Debug)]
pub(crate) struct LinearWeights {
    pub(crate) weight: Array2<f32>,
    pub(crate) bias: Array1<f32>,
}

/// A layer norm.
#[derive(Debug)]
pub(crate) struct NormWeights {
    pub(crate) gamma: Array1<f32>,
    pub(crate) beta: Array1<f32>,
}

impl LinearWeights {
    /// The layer for exercise 17, (out, in).
    pub(crate) fn of_bert(&self) -> bert::Linear<'_> {
        bert::Linear {
            weight: self.weight.view(),
            bias: self.bias.view(),
        }
    }

    /// The layer for exercise 18, (in, out).
    pub(crate) fn of_gpt(&self) -> gpt::Linear<'_> {
        gpt::Linear {
            weight: self.weight.view(),
            bias: self.bias.view(),
        }
    }
}

impl NormWeights {
    pub(crate) fn of_bert(&self) -> bert::Norm<'_> {
        bert::Norm {
            gamma: self.gamma.view(),
            beta: self.beta.view(),
        }
    }

    pub(crate) fn of_gpt(&self) -> gpt::Norm<'_> {
        gpt::Norm {
            gamma: self.gamma.view(),
            beta: self.beta.view(),
        }
    }
}
