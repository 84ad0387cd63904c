//! The weights of a decoder block. Everything in this file is given.

use encoder_block::{FeedForward, Norm};
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
            let vector = |name: &str| vector(&format!("{prefix}_{name}"));
            let matrix = |name: &str| matrix(&format!("{prefix}_{name}"));
            Ok(Projections {
                w_q: matrix("w_q")?,
                b_q: vector("b_q")?,
                w_k: matrix("w_k")?,
                b_k: vector("b_k")?,
                w_v: matrix("w_v")?,
                b_v: vector("b_v")?,
                w_o: matrix("w_o")?,
                b_o: vector("b_o")?,
            })
        };
        Ok(Self {
            self_attention: attention("self")?,
            norm_1: Norm {
                gamma: vector("gamma_1")?,
                beta: vector("beta_1")?,
            },
            cross_attention: attention("cross")?,
            norm_2: Norm {
                gamma: vector("gamma_2")?,
                beta: vector("beta_2")?,
            },
            feed_forward: FeedForward {
                w_1: matrix("w_1")?,
                b_1: vector("b_1")?,
                w_2: matrix("w_2")?,
                b_2: vector("b_2")?,
            },
            norm_3: Norm {
                gamma: vector("gamma_3")?,
                beta: vector("beta_3")?,
            },
        })
    }
}
