//! The weights of a decoder block. Everything in this file is given.

use encoder_block::{FeedForward, Norm, projections_named};
use multi_head_attention::Projections;
use ndarray::{ArrayView1, ArrayView2};

/// The weights of one decoder block.
#[derive(Debug, Clone, Copy)]
pub struct DecoderWeights<'a> {
    /// Self-attention over the target.
    pub self_attention: Projections<'a>,
    /// The layer norm after self-attention.
    pub norm_1: Norm<'a>,
    /// Cross-attention from the target to the memory.
    pub cross_attention: Projections<'a>,
    /// The layer norm after cross-attention.
    pub norm_2: Norm<'a>,
    /// The feed-forward network.
    pub feed_forward: FeedForward<'a>,
    /// The layer norm after the feed-forward network.
    pub norm_3: Norm<'a>,
}

impl<'a> DecoderWeights<'a> {
    /// The weights that go by the names `self_w_q`, `self_b_q`, …, `cross_w_q`, `cross_b_q`, …, `w_1`, `b_1`, `w_2`,
    /// `b_2`, `gamma_1`, `beta_1`, … and `beta_3`: `vector` finds the biases, γ and β, and `matrix` the others.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        let attention = |prefix: &str| {
            projections_named(
                |name| vector(&format!("{prefix}_{name}")),
                |name| matrix(&format!("{prefix}_{name}")),
            )
        };
        Ok(Self {
            self_attention: attention("self")?,
            norm_1: Norm::named(&vector, 1)?,
            cross_attention: attention("cross")?,
            norm_2: Norm::named(&vector, 2)?,
            feed_forward: FeedForward::named(&vector, &matrix)?,
            norm_3: Norm::named(&vector, 3)?,
        })
    }
}
