//! The weights of a Vision Transformer. Everything in this file is given.
//!
//! Names in parentheses are those in a checkpoint of the hub; all begin with `vit.`, but for `classifier`.

use bert::Linear;
use encoder_block::{Norm, projections_named};
use multi_head_attention::Projections;
use ndarray::{ArrayView1, ArrayView2};

/// The weights of a whole model.
#[derive(Debug, Clone)]
pub struct Vit<'a> {
    /// From pixels to vectors.
    pub embeddings: VitEmbeddings<'a>,
    /// The blocks, in the order in which the tokens go through them (`encoder.layer`).
    pub blocks: Vec<VitBlock<'a>>,
    /// From vectors to classes.
    pub head: VitHead<'a>,
    /// The number of heads of every attention.
    pub heads: usize,
    /// The ε of every layer norm.
    pub epsilon: f32,
}

/// Weights that turn an image into vectors.
#[derive(Debug, Clone, Copy)]
pub struct VitEmbeddings<'a> {
    /// Rows, and columns, of pixels in a patch.
    pub patch_size: usize,
    /// From the numbers of a patch to a vector (`embeddings.patch_embeddings.projection`). Its weight is
    /// (d_model, channels · size · size). A checkpoint has it as the kernel of a convolution,
    /// (d_model, channels, size, size): the same numbers in the same order.
    pub projection: Linear<'a>,
    /// c (d_model), the vector that every image begins with (`embeddings.cls_token`).
    pub class_token: ArrayView1<'a, f32>,
    /// P (1 + side · side, d_model) (`embeddings.position_embeddings`).
    pub positions: ArrayView2<'a, f32>,
}

/// The weights of one block.
#[derive(Debug, Clone, Copy)]
pub struct VitBlock<'a> {
    /// The layer norm before attention (`layernorm_before`).
    pub norm_1: Norm<'a>,
    /// Query, key, value and output of attention (`attention.attention.query` and so on, `attention.output.dense`).
    pub attention: Projections<'a>,
    /// The layer norm before the feed-forward network (`layernorm_after`: after attention).
    pub norm_2: Norm<'a>,
    /// The first layer of the feed-forward network (`intermediate.dense`): (d_ff, d_model).
    pub widen: Linear<'a>,
    /// The second layer of the feed-forward network (`output.dense`): (d_model, d_ff).
    pub narrow: Linear<'a>,
}

/// Weights that turn the output of the last block into logits.
#[derive(Debug, Clone, Copy)]
pub struct VitHead<'a> {
    /// The layer norm after the last block (`layernorm`).
    pub norm: Norm<'a>,
    /// The linear layer (`classifier`): (classes, d_model).
    pub classifier: Linear<'a>,
}

impl<'a> VitEmbeddings<'a> {
    /// The embeddings that go by the names `w_projection`, `b_projection`, `class_token` and `positions`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
        patch_size: usize,
    ) -> Result<Self, E> {
        Ok(Self {
            patch_size,
            projection: Linear::named(&vector, &matrix, "projection")?,
            class_token: vector("class_token")?,
            positions: matrix("positions")?,
        })
    }
}

impl<'a> VitBlock<'a> {
    /// The block whose weights have the names of those of an encoder block, `w_q`, `b_q` and so on to `gamma_2` and
    /// `beta_2`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            norm_1: Norm::named(&vector, 1)?,
            attention: projections_named(&vector, &matrix)?,
            norm_2: Norm::named(&vector, 2)?,
            widen: Linear::named(&vector, &matrix, "1")?,
            narrow: Linear::named(&vector, &matrix, "2")?,
        })
    }
}

impl<'a> VitHead<'a> {
    /// The head that goes by the names `gamma_0`, `beta_0`, `w_classifier` and `b_classifier`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            norm: Norm::named(&vector, 0)?,
            classifier: Linear::named(&vector, &matrix, "classifier")?,
        })
    }
}
