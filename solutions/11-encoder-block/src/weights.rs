//! The weights of an encoder block. Everything in this file is given.

use feed_forward::feed_forward;
use layer_norm::layer_norm;
use multi_head_attention::Projections;
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3};

/// The weights of one encoder block.
#[derive(Debug, Clone, Copy)]
pub struct EncoderWeights<'a> {
    /// Self-attention.
    pub attention: Projections<'a>,
    /// The layer norm of the first half, with attention.
    pub norm_1: Norm<'a>,
    /// The feed-forward network.
    pub feed_forward: FeedForward<'a>,
    /// The layer norm of the second half, with the feed-forward network.
    pub norm_2: Norm<'a>,
}

/// The scale and the offset of a layer norm.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// γ (d_model).
    pub gamma: ArrayView1<'a, f32>,
    /// β (d_model).
    pub beta: ArrayView1<'a, f32>,
}

/// The two linear layers of a feed-forward network, each y = x Wᵀ + b.
#[derive(Debug, Clone, Copy)]
pub struct FeedForward<'a> {
    /// W₁ (d_ff, d_model).
    pub w_1: ArrayView2<'a, f32>,
    /// b₁ (d_ff).
    pub b_1: ArrayView1<'a, f32>,
    /// W₂ (d_model, d_ff).
    pub w_2: ArrayView2<'a, f32>,
    /// b₂ (d_model).
    pub b_2: ArrayView1<'a, f32>,
}

impl<'a> Norm<'a> {
    /// The layer norm that goes by the names `gamma_N` and `beta_N`, for the number N.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        number: usize,
    ) -> Result<Self, E> {
        Ok(Self {
            gamma: vector(&format!("gamma_{number}"))?,
            beta: vector(&format!("beta_{number}"))?,
        })
    }

    /// Layer norm of each position, by exercise 09's `layer_norm`: (batch, length, d_model) in and out.
    pub fn apply(&self, x: ArrayView3<'_, f32>, epsilon: f32) -> Array3<f32> {
        each_position(x, |rows| layer_norm(rows, self.gamma, self.beta, epsilon))
    }
}

impl<'a> FeedForward<'a> {
    /// The feed-forward network that goes by the names `w_1`, `b_1`, `w_2` and `b_2`.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            w_1: matrix("w_1")?,
            b_1: vector("b_1")?,
            w_2: matrix("w_2")?,
            b_2: vector("b_2")?,
        })
    }

    /// The feed-forward network at each position, by exercise 10's `feed_forward`: (batch, length, d_model) in and out.
    pub fn apply(&self, x: ArrayView3<'_, f32>) -> Array3<f32> {
        each_position(x, |rows| {
            feed_forward(rows, self.w_1, self.b_1, self.w_2, self.b_2)
        })
    }
}

/// Runs a layer that treats every row alike, (positions, d_model), on the positions of a whole batch.
fn each_position(
    x: ArrayView3<'_, f32>,
    layer: impl Fn(ArrayView2<'_, f32>) -> Array2<f32>,
) -> Array3<f32> {
    let (batch, length, d_model) = x.dim();
    let rows = x
        .to_shape((batch * length, d_model))
        .expect("as many entries");
    let rows = layer(rows.view());
    rows.to_shape((batch, length, d_model))
        .expect("as many entries")
        .into_owned()
}

impl<'a> EncoderWeights<'a> {
    /// The weights that go by the names `w_q`, `b_q`, …, `gamma_1`, `beta_1`, `w_1`, `b_1`, `w_2`, `b_2`, `gamma_2` and
    /// `beta_2`: `vector` finds the biases, γ and β, and `matrix` the others.
    ///
    /// # Errors
    /// When one of them is not found.
    pub fn named<E>(
        vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
        matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            attention: projections_named(&vector, &matrix)?,
            norm_1: Norm::named(&vector, 1)?,
            feed_forward: FeedForward::named(&vector, &matrix)?,
            norm_2: Norm::named(&vector, 2)?,
        })
    }
}

/// The linear layers of attention that go by the names `w_q`, `b_q`, …, `w_o` and `b_o`.
///
/// # Errors
/// When one of them is not found.
pub fn projections_named<'a, E>(
    vector: impl Fn(&str) -> Result<ArrayView1<'a, f32>, E>,
    matrix: impl Fn(&str) -> Result<ArrayView2<'a, f32>, E>,
) -> Result<Projections<'a>, E> {
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
}
