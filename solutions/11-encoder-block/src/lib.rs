//! # The encoder block
//!
//! An encoder is a stack of equal blocks. In each, every position first reads from all the others, by self-attention,
//! and is then changed on its own, by a feed-forward network. Around both there is a residual connection, so that each
//! only has to compute a change, and a layer norm, which keeps the numbers in bounds:
//!
//! ```text
//! post-norm:  h = LayerNorm₁(x + Attention(x))        y = LayerNorm₂(h + FFN(h))
//! pre-norm:   h = x + Attention(LayerNorm₁(x))        y = h + FFN(LayerNorm₂(h))
//! ```
//!
//! (Post-norm: Vaswani et al. 2017, "Attention Is All You Need", sections 3.1 and 5.4. Pre-norm: Xiong et al. 2020, "On
//! Layer Normalization in the Transformer Architecture", figure 1.)
//!
//! | symbol      | shape                     | meaning                                                     |
//! |-------------|---------------------------|-------------------------------------------------------------|
//! | x, h, y     | (batch, length, d_model)  | the input, the state after attention, the output            |
//! | Attention   | (batch, length, d_model)  | multi-head self-attention of exercise 07                    |
//! | FFN         | (batch, length, d_model)  | the feed-forward network of exercise 10, with ReLU          |
//! | LayerNormᵢ  | (batch, length, d_model)  | the layer norm of exercise 09, each with its own γ and β    |
//! | mask        | (batch, length, length)   | `true` = may attend                                         |
//!
//! The output has the shape of the input, so blocks can be stacked.
//!
//! You do not write the parts again. Attention comes from `multi_head_attention`, and [`Norm::apply`] and
//! [`FeedForward::apply`] run the functions of exercises 09 and 10 on a whole batch. `Cargo.toml` says whose functions
//! these are, the course's or your own.
//!
//! `multi_head_attention(query, key, value, projections, heads, mask)` returns `(output, weights)`. The first three are
//! views (batch, length, d_model), and `mask` is `Option<ArrayView3<bool>>`, (batch, queries, keys).

#[path = "../../../exercises/11-encoder-block/src/weights.rs"]
mod weights;

use multi_head_attention::multi_head_attention;
use ndarray::{Array3, ArrayView3};

pub use multi_head_attention::Projections;
pub use weights::{EncoderWeights, FeedForward, Norm, projections_named};

/// The ε of both layer norms in [`post_norm_block`] and [`pre_norm_block`].
pub const EPSILON: f32 = 1e-5;

/// The ε of both layer norms in [`keras_block`].
pub const KERAS_EPSILON: f32 = 1e-6;

/// Results of a block, step by step; every step is (batch, length, d_model). Returning all of them lets the grader say
/// which step goes wrong first.
#[derive(Debug, Clone)]
pub struct EncoderSteps {
    /// Attention(…), before the residual connection adds it.
    pub attention: Array3<f32>,
    /// h, with which the second half of the block begins.
    pub after_attention: Array3<f32>,
    /// FFN(…), before the residual connection adds it.
    pub feed_forward: Array3<f32>,
    /// y, the output of the block.
    pub output: Array3<f32>,
}

/// Entries that dropout keeps, and their share on average. It is an argument so that the same call gives the same
/// result.
#[derive(Debug, Clone, Copy)]
pub struct Dropout<'a> {
    /// The probability p with which an entry is dropped.
    pub rate: f32,
    /// Entries of the attention's output that are kept: (batch, length, d_model), `true` = kept.
    pub keep_attention: ArrayView3<'a, bool>,
    /// Entries of the feed-forward network's output that are kept, likewise.
    pub keep_feed_forward: ArrayView3<'a, bool>,
}

/// The block of the first transformer: each layer norm comes after its residual connection.
///
/// `x` is (batch, length, d_model); `mask` is (batch, length, length), and `true` means *may attend*.
pub fn post_norm_block(
    x: ArrayView3<'_, f32>,
    weights: &EncoderWeights<'_>,
    heads: usize,
    mask: Option<ArrayView3<'_, bool>>,
) -> EncoderSteps {
    // region: solution "attention, add, norm; feed-forward, add, norm"
    let (attention, _) = multi_head_attention(x, x, x, &weights.attention, heads, mask);
    let after_attention = weights.norm_1.apply((&x + &attention).view(), EPSILON);
    let feed_forward = weights.feed_forward.apply(after_attention.view());
    let output = weights
        .norm_2
        .apply((&after_attention + &feed_forward).view(), EPSILON);
    EncoderSteps {
        attention,
        after_attention,
        feed_forward,
        output,
    }
    // endregion
}

/// The block of most later models: each layer norm comes before attention or the feed-forward network, and the residual
/// connection goes past both.
///
/// The arguments are those of [`post_norm_block`]. A model of such blocks has one more layer norm, after its last
/// block; it is not part of the block.
pub fn pre_norm_block(
    x: ArrayView3<'_, f32>,
    weights: &EncoderWeights<'_>,
    heads: usize,
    mask: Option<ArrayView3<'_, bool>>,
) -> EncoderSteps {
    // region: solution "norm, attention, add; norm, feed-forward, add"
    let normed = weights.norm_1.apply(x, EPSILON);
    let normed = normed.view();
    let (attention, _) =
        multi_head_attention(normed, normed, normed, &weights.attention, heads, mask);
    let after_attention = &x + &attention;
    let normed = weights.norm_2.apply(after_attention.view(), EPSILON);
    let feed_forward = weights.feed_forward.apply(normed.view());
    let output = &after_attention + &feed_forward;
    EncoderSteps {
        attention,
        after_attention,
        feed_forward,
        output,
    }
    // endregion
}

/// The block as Keras's examples build it: post-norm with ε = 10⁻⁶, and with dropout on what each half adds.
///
/// In Keras the size of a head is an argument of its own. Here it equals d_model, so W_Q, W_K and W_V are
/// (heads · d_model, d_model) and W_O is (d_model, heads · d_model); `multi_head_attention` needs no other argument
/// for it. The steps `attention` and `feed_forward` are what is added to the residual connection, after dropout.
///
/// Dropout sets the entries that are not kept to 0 and divides the others by 1 − p, so that sums stay the same on
/// average. It is used in training only: without `dropout`, nothing is dropped and nothing is divided.
pub fn keras_block(
    x: ArrayView3<'_, f32>,
    weights: &EncoderWeights<'_>,
    heads: usize,
    dropout: Option<&Dropout<'_>>,
) -> EncoderSteps {
    // region: solution "as post_norm_block, with dropout on attention and on feed-forward, and the other ε"
    /// Sets what is not kept to 0, and divides the rest by 1 − rate.
    fn drop_out(x: &mut Array3<f32>, keep: ArrayView3<'_, bool>, rate: f32) {
        x.zip_mut_with(&keep, |x, &kept| {
            *x = if kept { *x / (1.0 - rate) } else { 0.0 }
        });
    }

    let (mut attention, _) = multi_head_attention(x, x, x, &weights.attention, heads, None);
    if let Some(dropout) = dropout {
        drop_out(&mut attention, dropout.keep_attention, dropout.rate);
    }
    let after_attention = weights
        .norm_1
        .apply((&x + &attention).view(), KERAS_EPSILON);
    let mut feed_forward = weights.feed_forward.apply(after_attention.view());
    if let Some(dropout) = dropout {
        drop_out(&mut feed_forward, dropout.keep_feed_forward, dropout.rate);
    }
    let output = weights
        .norm_2
        .apply((&after_attention + &feed_forward).view(), KERAS_EPSILON);
    EncoderSteps {
        attention,
        after_attention,
        feed_forward,
        output,
    }
    // endregion
}
