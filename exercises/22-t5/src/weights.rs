//! The weights of a T5. Everything in this file is given.
//!
//! Names in parentheses are those in a checkpoint of T5: `layer.0.layer_norm` belongs to the first half of a block.

use layer_norm::rms_norm;
use ndarray::{Array3, ArrayView1, ArrayView2, ArrayView3, Axis};

/// The ε of every RMS norm.
pub const EPSILON: f32 = 1e-6;

/// The scale of an RMS norm.
#[derive(Debug, Clone, Copy)]
pub struct RmsNorm<'a> {
    /// γ (d_model).
    pub gamma: ArrayView1<'a, f32>,
}

/// The four matrices of an attention, each (out, in). There are no biases.
#[derive(Debug, Clone, Copy)]
pub struct AttentionWeights<'a> {
    /// W_Q (inner, d_model), where inner is heads · head_dim (`q`).
    pub w_q: ArrayView2<'a, f32>,
    /// W_K (inner, d_model) (`k`).
    pub w_k: ArrayView2<'a, f32>,
    /// W_V (inner, d_model) (`v`).
    pub w_v: ArrayView2<'a, f32>,
    /// W_O (d_model, inner) (`o`).
    pub w_o: ArrayView2<'a, f32>,
}

/// The matrices of a feed-forward network, each (out, in). There are no biases.
#[derive(Debug, Clone, Copy)]
pub enum FeedForward<'a> {
    /// T5 1.0: max(0, x W_inᵀ) W_outᵀ.
    Relu {
        /// W_in (d_ff, d_model) (`wi`).
        w_in: ArrayView2<'a, f32>,
        /// W_out (d_model, d_ff) (`wo`).
        w_out: ArrayView2<'a, f32>,
    },
    /// T5 1.1: (GELU(x W_gateᵀ) ⊙ x W_valueᵀ) W_outᵀ.
    GatedGelu {
        /// W_gate (d_ff, d_model) (`wi_0`).
        w_gate: ArrayView2<'a, f32>,
        /// W_value (d_ff, d_model) (`wi_1`).
        w_value: ArrayView2<'a, f32>,
        /// W_out (d_model, d_ff) (`wo`).
        w_out: ArrayView2<'a, f32>,
    },
}

/// The weights of one block of the encoder.
#[derive(Debug, Clone, Copy)]
pub struct EncoderWeights<'a> {
    /// The norm before self-attention (`layer.0.layer_norm`).
    pub norm_1: RmsNorm<'a>,
    /// Self-attention (`layer.0.SelfAttention`).
    pub attention: AttentionWeights<'a>,
    /// The norm before the feed-forward network (`layer.1.layer_norm`).
    pub norm_2: RmsNorm<'a>,
    /// The feed-forward network (`layer.1.DenseReluDense`).
    pub feed_forward: FeedForward<'a>,
}

/// The weights of one block of the decoder.
#[derive(Debug, Clone, Copy)]
pub struct DecoderWeights<'a> {
    /// The norm before self-attention (`layer.0.layer_norm`).
    pub norm_1: RmsNorm<'a>,
    /// Self-attention (`layer.0.SelfAttention`).
    pub self_attention: AttentionWeights<'a>,
    /// The norm before cross-attention (`layer.1.layer_norm`).
    pub norm_2: RmsNorm<'a>,
    /// Cross-attention (`layer.1.EncDecAttention`).
    pub cross_attention: AttentionWeights<'a>,
    /// The norm before the feed-forward network (`layer.2.layer_norm`).
    pub norm_3: RmsNorm<'a>,
    /// The feed-forward network (`layer.2.DenseReluDense`).
    pub feed_forward: FeedForward<'a>,
}

/// The matrix that turns vectors into logits.
#[derive(Debug, Clone, Copy)]
pub enum Head<'a> {
    /// T5 1.0: the embedding E (vocabulary, d_model) once more (`shared`).
    Tied(ArrayView2<'a, f32>),
    /// T5 1.1: a matrix (vocabulary, d_model) of its own (`lm_head`).
    Untied(ArrayView2<'a, f32>),
}

/// The weights of a whole model.
#[derive(Debug, Clone)]
pub struct T5<'a> {
    /// E (vocabulary, d_model), for the tokens of the source and of the target (`shared`).
    pub embedding: ArrayView2<'a, f32>,
    /// The encoder's table (buckets, heads), which a checkpoint has in block 0 only (`relative_attention_bias`).
    pub encoder_bias: ArrayView2<'a, f32>,
    /// The blocks of the encoder, in their order.
    pub encoder: Vec<EncoderWeights<'a>>,
    /// The norm after the last block of the encoder (`encoder.final_layer_norm`).
    pub encoder_norm: RmsNorm<'a>,
    /// The decoder's table (buckets, heads).
    pub decoder_bias: ArrayView2<'a, f32>,
    /// The blocks of the decoder, in their order.
    pub decoder: Vec<DecoderWeights<'a>>,
    /// The norm after the last block of the decoder (`decoder.final_layer_norm`).
    pub decoder_norm: RmsNorm<'a>,
    /// The matrix of the logits.
    pub head: Head<'a>,
    /// The number of heads of every attention.
    pub heads: usize,
    /// The distance from which on all keys share the last bucket: 128 in every T5.
    pub max_distance: usize,
}

impl RmsNorm<'_> {
    /// RMS norm of each position, by exercise 09's `rms_norm`: (batch, length, d_model) in and out.
    pub fn apply(&self, x: ArrayView3<'_, f32>, epsilon: f32) -> Array3<f32> {
        let mut normed = Array3::zeros(x.dim());
        for (rows, mut normed) in x.outer_iter().zip(normed.outer_iter_mut()) {
            normed.assign(&rms_norm(rows, self.gamma, epsilon));
        }
        normed
    }
}

impl<'a> AttentionWeights<'a> {
    /// The weights that go by the names `w_q`, `w_k`, `w_v` and `w_o` after a prefix.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        prefix: &str,
    ) -> Result<Self, E> {
        let find = |name: &str| matrix(&format!("{prefix}{name}"));
        Ok(Self {
            w_q: find("w_q")?,
            w_k: find("w_k")?,
            w_v: find("w_v")?,
            w_o: find("w_o")?,
        })
    }
}

impl<'a> FeedForward<'a> {
    /// The weights that go by the names `w_in` and `w_out`, or `w_gate`, `w_value` and `w_out` where it is gated.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        gated: bool,
    ) -> Result<Self, E> {
        let w_out = matrix("w_out")?;
        Ok(if gated {
            Self::GatedGelu {
                w_gate: matrix("w_gate")?,
                w_value: matrix("w_value")?,
                w_out,
            }
        } else {
            Self::Relu {
                w_in: matrix("w_in")?,
                w_out,
            }
        })
    }
}

impl<'a> RmsNorm<'a> {
    /// The norm that goes by the name `gamma_N`, for the number N.
    ///
    /// # Errors
    /// When it is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        number: usize,
    ) -> Result<Self, E> {
        let gamma = vector(&format!("gamma_{number}"))?;
        Ok(Self { gamma })
    }
}

impl<'a> EncoderWeights<'a> {
    /// The weights that go by the names of their parts: `gamma_1`, `w_q`, …, `gamma_2`, and the feed-forward network.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        gated: bool,
    ) -> Result<Self, E> {
        Ok(Self {
            norm_1: RmsNorm::named(&vector, 1)?,
            attention: AttentionWeights::named(&matrix, "")?,
            norm_2: RmsNorm::named(&vector, 2)?,
            feed_forward: FeedForward::named(&matrix, gated)?,
        })
    }
}

impl<'a> DecoderWeights<'a> {
    /// The weights that go by the names of their parts: `gamma_1`, `self_w_q`, …, `gamma_2`, `cross_w_q`, …, `gamma_3`,
    /// and the feed-forward network.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        gated: bool,
    ) -> Result<Self, E> {
        Ok(Self {
            norm_1: RmsNorm::named(&vector, 1)?,
            self_attention: AttentionWeights::named(&matrix, "self_")?,
            norm_2: RmsNorm::named(&vector, 2)?,
            cross_attention: AttentionWeights::named(&matrix, "cross_")?,
            norm_3: RmsNorm::named(&vector, 3)?,
            feed_forward: FeedForward::named(&matrix, gated)?,
        })
    }
}

impl<'a> T5<'a> {
    /// A model whose blocks' weights are stacked: under `encoder.` and `decoder.` and each name of a block is one tensor,
    /// with the blocks on its first axis. Besides there are `embedding`, `encoder_bias`, `encoder_gamma`,
    /// `decoder_bias`, `decoder_gamma`, and `head` where it is not tied. Each closure finds the tensors with one number
    /// of axes.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn stacked<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        stack: impl Fn(&str) -> Result<ArrayView3<'a, f32>, E>,
        settings: Settings,
    ) -> Result<Self, E> {
        let row = |name: &str, block| Ok(matrix(name)?.index_axis_move(Axis(0), block));
        let layer = |name: &str, block| Ok(stack(name)?.index_axis_move(Axis(0), block));
        let gated = settings.gated;
        let mut encoder = Vec::new();
        for block in 0..stack("encoder.w_q")?.len_of(Axis(0)) {
            encoder.push(EncoderWeights::named(
                |name| row(&format!("encoder.{name}"), block),
                |name| layer(&format!("encoder.{name}"), block),
                gated,
            )?);
        }
        let mut decoder = Vec::new();
        for block in 0..stack("decoder.self_w_q")?.len_of(Axis(0)) {
            decoder.push(DecoderWeights::named(
                |name| row(&format!("decoder.{name}"), block),
                |name| layer(&format!("decoder.{name}"), block),
                gated,
            )?);
        }
        let embedding = matrix("embedding")?;
        let gamma = |name: &str| {
            Ok(RmsNorm {
                gamma: vector(name)?,
            })
        };
        Ok(Self {
            embedding,
            encoder_bias: matrix("encoder_bias")?,
            encoder,
            encoder_norm: gamma("encoder_gamma")?,
            decoder_bias: matrix("decoder_bias")?,
            decoder,
            decoder_norm: gamma("decoder_gamma")?,
            head: if settings.tied {
                Head::Tied(embedding)
            } else {
                Head::Untied(matrix("head")?)
            },
            heads: settings.heads,
            max_distance: settings.max_distance,
        })
    }
}

/// The settings of a model that its tensors do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `true` if the feed-forward networks are gated, as in T5 1.1.
    pub gated: bool,
    /// `true` if the matrix of the logits is the embedding, as in T5 1.0.
    pub tied: bool,
    /// The number of heads of every attention.
    pub heads: usize,
    /// The distance from which on all keys share the last bucket.
    pub max_distance: usize,
}
