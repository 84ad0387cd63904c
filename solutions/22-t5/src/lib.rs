//! # T5
//!
//! T5 turns one text into another: a translation, a summary, a title. It has an encoder that reads and a decoder that
//! writes, like the transformer of 2017, and differs in what it does about positions. No vector says where a token is.
//! Instead, each score of attention gets an addend that depends on how far the key is from the query. This is T5
//! weight by weight: with your functions, its checkpoints run, those of 2019 and those of version 1.1.
//!
//! ```text
//! scores    Q Kᵀ + bias                             not divided by √d_k
//! bias      table[bucket(key position − query position), head]
//! bucket    near distances have one each, far ones share one, in steps that grow like a logarithm
//! block     a = x + SelfAttention(RMSNorm₁(x))       with the bias, under a causal mask
//!           c = a + CrossAttention(RMSNorm₂(a))      without a bias; keys and values from the memory
//!           y = c + FFN(RMSNorm₃(c))
//! FFN       max(0, x W_inᵀ) W_outᵀ                          version 1.0
//!           (GELU(x W_gateᵀ) ⊙ x W_valueᵀ) W_outᵀ           version 1.1
//! logits    RMSNorm_f(y) Eᵀ / √d_model               version 1.0, with the embedding E
//!           RMSNorm_f(y) W_headᵀ                     version 1.1, with a matrix of its own
//! ```
//!
//! (Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", section
//! 2.1; Shazeer 2020, "GLU Variants Improve Transformer", section 2, for the gate. The constants of the buckets are in
//! the paper's code.)
//!
//! | symbol  | shape                       | meaning                                                         |
//! |---------|-----------------------------|-----------------------------------------------------------------|
//! | x, y    | (batch, length, d_model)    | a vector for each token                                         |
//! | memory  | (batch, source, d_model)    | what the encoder has made of the source                         |
//! | table   | (buckets, heads)            | a learned number for each bucket and head                       |
//! | bias    | (heads, queries, keys)      | what is added to the scores                                     |
//! | W_Q, …  | (inner, d_model)            | projections; inner is heads · head_dim, and need not be d_model |
//! | W_O     | (d_model, inner)            | mixes the contexts of all heads                                 |
//! | E       | (vocabulary, d_model)       | the embedding of source and target                              |
//! | logits  | (batch, length, vocabulary) | at each position, a score for each token that could come *next* |
//!
//! No layer has a bias vector. Where T5 speaks of a bias, it is the one of the scores.
//!
//! You do not write the parts again. `linear(x, weight, None)` is x Wᵀ at each position, `split_heads` and `merge_heads`
//! are those of exercise 07, `softmax` and `masked_softmax` those of exercise 01, `relu` and `gelu_tanh` those of
//! exercise 10 (all four take and return two axes), and `norm.apply(x, EPSILON)` is the RMS norm of each position.
//! `causal(length, length)` is the mask, and [`beam_search`] is that of exercise 19. `Cargo.toml` says whose functions
//! these are, the course's or your own. [`encode`] and [`encoder_block`] are given: they show how the parts are put
//! together.

#[path = "../../../exercises/22-t5/src/encoder.rs"]
mod encoder;
#[path = "../../../exercises/22-t5/src/weights.rs"]
mod weights;

use attentive_given::linear;
use feed_forward::{gelu_tanh, relu};
use masks::causal;
use multi_head_attention::{merge_heads, split_heads};
use ndarray::{Array3, Array4, ArrayView2, ArrayView3, Axis, aview1, s};
use sampling::beam_search;
use softmax::{masked_softmax, softmax};

pub use encoder::{embed, encode, encoder_block};
pub use sampling::Search;
pub use weights::{
    AttentionWeights, DecoderWeights, EPSILON, EncoderWeights, FeedForward, Head, RmsNorm,
    Settings, T5,
};

/// The padding token. T5 has no token for the start of a text, so the decoder begins with this one.
pub const PADDING: usize = 0;

/// The bucket of a key: a number from 0 up to `buckets`, without it.
///
/// `offset` is the key's position minus the query's. With `bidirectional`, the first half of the buckets is for keys at
/// the query's position or before it, and the second half is for keys after it. Without, all buckets are for keys at
/// the query's position or before it, and a key after it gets bucket 0; a mask forbids it anyway.
///
/// Let n be the number of buckets of one direction. The distances 0, 1, … up to n/2 − 1 have a bucket each. For a larger
/// distance d it is n/2 + ⌊ln(d / (n/2)) / ln(`max_distance` / (n/2)) · (n − n/2)⌋, but never more than n − 1. Here n/2
/// is rounded down, and `max_distance` is more than n/2. There are at least 4 buckets, and an even number.
pub fn relative_position_bucket(
    offset: isize,
    bidirectional: bool,
    buckets: usize,
    max_distance: usize,
) -> usize {
    // region: solution "the direction's first bucket, plus the distance itself or, if it is large, its logarithm"
    let (first, count, distance) = match (bidirectional, offset > 0) {
        (true, true) => (buckets / 2, buckets / 2, offset.unsigned_abs()),
        (true, false) => (0, buckets / 2, offset.unsigned_abs()),
        (false, true) => (0, buckets, 0),
        (false, false) => (0, buckets, offset.unsigned_abs()),
    };
    let exact = count / 2;
    if distance < exact {
        return first + distance;
    }
    let octaves = |distance: usize| (distance as f32 / exact as f32).ln();
    let share = octaves(distance) / octaves(max_distance);
    let step = (share * (count - exact) as f32) as usize;
    first + (exact + step).min(count - 1)
    // endregion
}

/// The addend for each score: (heads, queries, keys).
///
/// `table` is (buckets, heads). The keys have the positions 0, 1, … There are at least as many keys as queries, and the
/// queries are the last positions, as in exercise 06: query i has position keys − queries + i.
pub fn position_bias(
    table: ArrayView2<'_, f32>,
    queries: usize,
    keys: usize,
    bidirectional: bool,
    max_distance: usize,
) -> Array3<f32> {
    // region: solution "for each query and key, the row of the table for their bucket, with the heads moved to the front"
    let (buckets, heads) = table.dim();
    let past = keys - queries;
    Array3::from_shape_fn((heads, queries, keys), |(head, query, key)| {
        let offset = key as isize - (past + query) as isize;
        let bucket = relative_position_bucket(offset, bidirectional, buckets, max_distance);
        table[(bucket, head)]
    })
    // endregion
}

/// Attention of T5: the output (batch, queries, d_model) and the weights (batch, heads, queries, keys).
///
/// `x` (batch, queries, d_model) asks, and keys and values are made from `source` (batch, keys, d_model). The scores
/// are Q Kᵀ in each head, not divided by anything, plus `bias` (heads, queries, keys), which is the same for the whole
/// batch. `mask` is (batch, queries, keys), and `true` means *may attend*. A query that may attend to nothing gets
/// weights of 0.
pub fn attention(
    x: ArrayView3<'_, f32>,
    source: ArrayView3<'_, f32>,
    weights: &AttentionWeights<'_>,
    heads: usize,
    bias: Option<ArrayView3<'_, f32>>,
    mask: Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>) {
    // region: solution "project and split; in each head softmax(Q Kᵀ + bias) V under the mask; merge and project"
    let q = split_heads(linear(x, weights.w_q, None).view(), heads);
    let k = split_heads(linear(source, weights.w_k, None).view(), heads);
    let v = split_heads(linear(source, weights.w_v, None).view(), heads);
    let (batch, _, queries, _) = q.dim();
    let mut attention_weights = Array4::zeros((batch, heads, queries, k.len_of(Axis(2))));
    let mut contexts = Array4::zeros(q.dim());
    for sequence in 0..batch {
        for head in 0..heads {
            let at = s![sequence, head, .., ..];
            let mut scores = q.slice(at).dot(&k.slice(at).t());
            if let Some(bias) = bias {
                scores += &bias.index_axis(Axis(0), head);
            }
            let weights = match mask {
                Some(mask) => masked_softmax(scores.view(), mask.index_axis(Axis(0), sequence)),
                None => softmax(scores.view()),
            };
            contexts.slice_mut(at).assign(&weights.dot(&v.slice(at)));
            attention_weights.slice_mut(at).assign(&weights);
        }
    }
    let merged = merge_heads(contexts.view());
    let output = linear(merged.view(), weights.w_o, None);
    (output, attention_weights)
    // endregion
}

/// The feed-forward network at each position of `x` (batch, length, d_model): as wide as `x`.
///
/// Version 1.0 is max(0, x W_inᵀ) W_outᵀ, and version 1.1 is (GELU(x W_gateᵀ) ⊙ x W_valueᵀ) W_outᵀ, with the tanh form
/// of GELU.
pub fn feed_forward(x: ArrayView3<'_, f32>, weights: &FeedForward<'_>) -> Array3<f32> {
    // region: solution "two layers with ReLU between them; or GELU of one layer, times another, then the last"
    let (batch, length, d_model) = x.dim();
    let rows = x
        .to_shape((batch * length, d_model))
        .expect("as many entries");
    let rows = match weights {
        FeedForward::Relu { w_in, w_out } => relu(rows.dot(&w_in.t()).view()).dot(&w_out.t()),
        FeedForward::GatedGelu {
            w_gate,
            w_value,
            w_out,
        } => {
            let gate = gelu_tanh(rows.dot(&w_gate.t()).view());
            (gate * rows.dot(&w_value.t())).dot(&w_out.t())
        }
    };
    rows.into_shape_with_order((batch, length, d_model))
        .expect("as many entries")
    // endregion
}

/// Results of a block of the decoder, step by step. Returning all of them lets the grader say which step goes wrong
/// first.
#[derive(Debug, Clone)]
pub struct DecoderSteps {
    /// Weights of self-attention: (batch, heads, length, length).
    pub self_weights: Array4<f32>,
    /// a, after the first residual connection: (batch, length, d_model).
    pub after_self: Array3<f32>,
    /// Weights of cross-attention: (batch, heads, length, source).
    pub cross_weights: Array4<f32>,
    /// c, after the second residual connection: (batch, length, d_model).
    pub after_cross: Array3<f32>,
    /// y, the output of the block: (batch, length, d_model).
    pub output: Array3<f32>,
}

/// A block of the decoder: pre-norm with RMS norm, causal self-attention, cross-attention, feed-forward.
///
/// `x` is (batch, length, d_model), and `memory` (batch, source, d_model) comes from the encoder, already normalised.
/// `bias` (heads, length, length) is for self-attention, and the causal mask is part of the block. `memory_mask` is
/// (batch, length, source), `true` where the memory may be read.
pub fn decoder_block(
    x: ArrayView3<'_, f32>,
    memory: ArrayView3<'_, f32>,
    weights: &DecoderWeights<'_>,
    heads: usize,
    bias: ArrayView3<'_, f32>,
    memory_mask: Option<ArrayView3<'_, bool>>,
) -> DecoderSteps {
    // region: solution "norm, causal self-attention with the bias, add; norm, cross-attention, add; norm, feed-forward, add"
    let (batch, length, _) = x.dim();
    let causal = causal(length, length);
    let no_future = causal.broadcast((batch, length, length));

    let normed = weights.norm_1.apply(x, EPSILON);
    let normed = normed.view();
    let own = &weights.self_attention;
    let (read, self_weights) = attention(normed, normed, own, heads, Some(bias), no_future);
    let after_self = &x + &read;

    let normed = weights.norm_2.apply(after_self.view(), EPSILON);
    let cross = &weights.cross_attention;
    let (read, cross_weights) = attention(normed.view(), memory, cross, heads, None, memory_mask);
    let after_cross = &after_self + &read;

    let normed = weights.norm_3.apply(after_cross.view(), EPSILON);
    let output = &after_cross + &feed_forward(normed.view(), &weights.feed_forward);
    DecoderSteps {
        self_weights,
        after_self,
        cross_weights,
        after_cross,
        output,
    }
    // endregion
}

/// Scores of each token that could come next: (batch, length, vocabulary).
///
/// `x` (batch, length, d_model) is the output of the last block, and has not been normalised. With a head that is
/// [`Head::Tied`] to the embedding E, the logits are RMSNorm_f(x) Eᵀ / √d_model. Otherwise they are RMSNorm_f(x) Wᵀ.
pub fn logits(x: ArrayView3<'_, f32>, final_norm: &RmsNorm<'_>, head: &Head<'_>) -> Array3<f32> {
    // region: solution "the last RMS norm, then the product with the head's matrix; scaled if that is the embedding"
    let normed = final_norm.apply(x, EPSILON);
    match head {
        Head::Tied(embedding) => {
            let d_model = embedding.ncols() as f32;
            linear(normed.view(), *embedding, None) / d_model.sqrt()
        }
        Head::Untied(matrix) => linear(normed.view(), *matrix, None),
    }
    // endregion
}

/// The best text for a source that a beam search finds.
///
/// `source` has the tokens of the source, with its end, and no padding. The decoder begins with [`PADDING`], and a text
/// is over with `search.end`. The result has neither of them.
pub fn generate(source: &[usize], model: &T5<'_>, search: &Search) -> Vec<usize> {
    // region: solution "encode once; search with the decoder's last logits, from the padding token on"
    let source = aview1(source).insert_axis(Axis(0)); // a batch of one
    let memory = encode(source, model, None);
    let mut next = |target: &[usize]| {
        let length = target.len();
        let bias = position_bias(
            model.decoder_bias,
            length,
            length,
            false,
            model.max_distance,
        );
        let mut x = embed(aview1(target).insert_axis(Axis(0)), model.embedding);
        for weights in &model.decoder {
            let memory = memory.view();
            x = decoder_block(x.view(), memory, weights, model.heads, bias.view(), None).output;
        }
        let logits = logits(x.view(), &model.decoder_norm, &model.head);
        logits.slice(s![0, -1, ..]).to_owned()
    };
    let mut beams = beam_search(&[PADDING], &mut next, search);
    let mut tokens = beams.swap_remove(0).tokens;
    if tokens.last() == Some(&search.end) {
        tokens.pop();
    }
    tokens
    // endregion
}
