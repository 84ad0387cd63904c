//! The weights of T5's blocks; all matrices are (out, in), and there are no biases.

use ndarray::{Array1, Array2};
use t5::{DecoderWeights, EncoderWeights};

use super::norm;
use crate::config::T5Config;
use crate::error::ModelError;
use crate::tensors::Tensors;

/// A block of the encoder.
#[derive(Debug)]
pub(crate) struct EncoderBlock {
    norm_1: Array1<f32>,
    attention: AttentionWeights,
    norm_2: Array1<f32>,
    feed_forward: FeedForward,
}

/// A block of the decoder.
#[derive(Debug)]
pub(crate) struct DecoderBlock {
    pub(crate) norm_1: Array1<f32>,
    pub(crate) self_attention: AttentionWeights,
    pub(crate) norm_2: Array1<f32>,
    pub(crate) cross_attention: AttentionWeights,
    pub(crate) norm_3: Array1<f32>,
    pub(crate) feed_forward: FeedForward,
}

/// The matrices of an attention.
#[derive(Debug)]
pub(crate) struct AttentionWeights {
    pub(crate) w_q: Array2<f32>,
    pub(crate) w_k: Array2<f32>,
    pub(crate) w_v: Array2<f32>,
    pub(crate) w_o: Array2<f32>,
}

/// The matrices of a feed-forward network.
#[derive(Debug)]
pub(crate) enum FeedForward {
    /// Version 1.0.
    Relu {
        w_in: Array2<f32>,
        w_out: Array2<f32>,
    },
    /// Version 1.1.
    GatedGelu {
        w_gate: Array2<f32>,
        w_value: Array2<f32>,
        w_out: Array2<f32>,
    },
}

impl EncoderBlock {
    pub(super) fn read(
        tensors: &mut Tensors<'_>,
        number: usize,
        config: &T5Config,
    ) -> Result<Self, ModelError> {
        let name = format!("encoder.block.{number}");
        Ok(Self {
            norm_1: sublayer_norm(tensors, &name, 0, config)?,
            attention: AttentionWeights::read(tensors, &name, "0.SelfAttention", config)?,
            norm_2: sublayer_norm(tensors, &name, 1, config)?,
            feed_forward: FeedForward::read(tensors, &name, 1, config)?,
        })
    }

    pub(super) fn view(&self) -> EncoderWeights<'_> {
        EncoderWeights {
            norm_1: norm(&self.norm_1),
            attention: self.attention.view(),
            norm_2: norm(&self.norm_2),
            feed_forward: self.feed_forward.view(),
        }
    }
}

impl DecoderBlock {
    pub(super) fn read(
        tensors: &mut Tensors<'_>,
        number: usize,
        config: &T5Config,
    ) -> Result<Self, ModelError> {
        let name = format!("decoder.block.{number}");
        Ok(Self {
            norm_1: sublayer_norm(tensors, &name, 0, config)?,
            self_attention: AttentionWeights::read(tensors, &name, "0.SelfAttention", config)?,
            norm_2: sublayer_norm(tensors, &name, 1, config)?,
            cross_attention: AttentionWeights::read(tensors, &name, "1.EncDecAttention", config)?,
            norm_3: sublayer_norm(tensors, &name, 2, config)?,
            feed_forward: FeedForward::read(tensors, &name, 2, config)?,
        })
    }

    pub(super) fn view(&self) -> DecoderWeights<'_> {
        DecoderWeights {
            norm_1: norm(&self.norm_1),
            self_attention: self.self_attention.view(),
            norm_2: norm(&self.norm_2),
            cross_attention: self.cross_attention.view(),
            norm_3: norm(&self.norm_3),
            feed_forward: self.feed_forward.view(),
        }
    }
}

impl AttentionWeights {
    fn read(
        tensors: &mut Tensors<'_>,
        block: &str,
        sublayer: &str,
        config: &T5Config,
    ) -> Result<Self, ModelError> {
        let (width, inner) = (config.width, config.heads.saturating_mul(config.head_dim));
        let mut matrix = |part: &str, output, input| {
            let name = format!("{block}.layer.{sublayer}.{part}.weight");
            tensors.matrix(&name, (output, input))
        };
        Ok(Self {
            w_q: matrix("q", inner, width)?,
            w_k: matrix("k", inner, width)?,
            w_v: matrix("v", inner, width)?,
            w_o: matrix("o", width, inner)?,
        })
    }

    fn view(&self) -> t5::AttentionWeights<'_> {
        t5::AttentionWeights {
            w_q: self.w_q.view(),
            w_k: self.w_k.view(),
            w_v: self.w_v.view(),
            w_o: self.w_o.view(),
        }
    }
}

impl FeedForward {
    fn read(
        tensors: &mut Tensors<'_>,
        block: &str,
        sublayer: usize,
        config: &T5Config,
    ) -> Result<Self, ModelError> {
        let (width, inner) = (config.width, config.inner_width);
        let mut matrix = |part: &str, output, input| {
            let name = format!("{block}.layer.{sublayer}.DenseReluDense.{part}.weight");
            tensors.matrix(&name, (output, input))
        };
        Ok(match config.gated {
            false => Self::Relu {
                w_in: matrix("wi", inner, width)?,
                w_out: matrix("wo", width, inner)?,
            },
            true => Self::GatedGelu {
                w_gate: matrix("wi_0", inner, width)?,
                w_value: matrix("wi_1", inner, width)?,
                w_out: matrix("wo", width, inner)?,
            },
        })
    }

    fn view(&self) -> t5::FeedForward<'_> {
        match self {
            Self::Relu { w_in, w_out } => t5::FeedForward::Relu {
                w_in: w_in.view(),
                w_out: w_out.view(),
            },
            Self::GatedGelu {
                w_gate,
                w_value,
                w_out,
            } => t5::FeedForward::GatedGelu {
                w_gate: w_gate.view(),
                w_value: w_value.view(),
                w_out: w_out.view(),
            },
        }
    }
}

/// The norm before a sublayer.
fn sublayer_norm(
    tensors: &mut Tensors<'_>,
    block: &str,
    sublayer: usize,
    config: &T5Config,
) -> Result<Array1<f32>, ModelError> {
    let name = format!("{block}.layer.{sublayer}.layer_norm.weight");
    tensors.vector(&name, config.width)
}
