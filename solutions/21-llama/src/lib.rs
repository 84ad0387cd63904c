//! # Llama
//!
//! Most language models with open weights are built like Llama: a decoder alone, as GPT-2, with almost every part
//! replaced. Positions are rotated into queries and keys, the norms subtract no mean, the feed-forward network has a
//! gate, groups of query heads share one head of keys and values, and there are no biases.
//!
//! ```text
//! x        E[token]                                            no table of positions, and nothing is scaled
//! block    a = x + Attention(RMSNorm₁(x))                      queries and keys are rotated, under a causal mask
//!          y = a + (SiLU(n W_gateᵀ) ⊙ n W_upᵀ) W_downᵀ         with n = RMSNorm₂(a)
//! logits   RMSNorm_f(y) Hᵀ                                     H is E if the weights are tied
//! ```
//!
//! (Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models", section 2.2, for the block; Ainslie et
//! al. 2023, "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints", section 2.2, for the
//! groups of heads.)
//!
//! | symbol       | shape                            | meaning                                                    |
//! |--------------|----------------------------------|------------------------------------------------------------|
//! | x, a, y      | (new, d_model)                   | a vector for each new token                                |
//! | queries      | (heads, new, head_dim)           | what each new position looks for, rotated to its position  |
//! | keys, values | (kv_heads, past + new, head_dim) | those of all positions so far; each key is rotated already |
//! | group        | heads / kv_heads                 | the number of query heads that share a key head            |
//! | weights      | (heads, new, past + new)         | how much each new position reads from each position so far |
//! | W_gate, W_up | (d_ff, d_model)                  | the two matrices that widen                                |
//! | W_down       | (d_model, d_ff)                  | the matrix that narrows again                              |
//! | logits       | (new, vocabulary)                | after each new token, a score for each that could follow   |
//!
//! All matrices are (out, in), as libtorch stores them: a linear layer is x Wᵀ, which is `linear(x, w, None)`. head_dim
//! is the number of rows of W_k divided by kv_heads; heads · head_dim need not be d_model.
//!
//! There is one sequence at a time, and it is read with a [`Cache`] as in exercise 20: the new positions are the last,
//! and the first of them is at position `past`, the number of positions in the cache. Keys are rotated *before* they go
//! into the cache, each once, to its own position. Nothing in the cache is rotated again.
//!
//! You do not write the parts again. `attention(q, k, v, mask)` of exercise 05 returns `(output, weights)` for one head,
//! `causal(queries, keys)` of exercise 06 is the mask, `rms_norm(x, gamma, epsilon)` is that of exercise 09,
//! `swiglu(x, w, v, w_2)` that of exercise 10, and `append(past, new)` that of exercise 20. [`split_heads`] and
//! [`merge_heads`] are those of exercise 07, for one sequence. `Cargo.toml` says whose functions these are, the course's
//! or your own. `rotate` of exercise 14 is no help here: its base is fixed.

#[path = "../../../exercises/21-llama/src/model.rs"]
mod model;

use attentive_given::linear;
use feed_forward::swiglu;
use kv_cache::append;
use layer_norm::rms_norm;
use masks::causal;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};
use scaled_dot_product::attention;

pub use model::{BlockWeights, Cache, Config, Llama, empty_cache, merge_heads, split_heads};

/// Rotates the vectors of each head by the angles of their positions: (heads, new, head_dim), as `x`.
///
/// Row r of every head is at position m = `past` + r. Feature i is paired with feature i + head_dim / 2, for
/// i = 0, 1, …, head_dim / 2 − 1, and the pair (a, b) becomes (a cos(m θ_i) − b sin(m θ_i), a sin(m θ_i) + b cos(m θ_i))
/// with θ_i = `base`^(−2i / head_dim). Positions may be in the hundreds of thousands, where an angle in `f32` has too few
/// digits left.
pub fn rotate(x: ArrayView3<'_, f32>, past: usize, base: f32) -> Array3<f32> {
    // region: solution "in each head, rotate features i and i + head_dim / 2 by position · base^(−2i / head_dim)"
    let (_, new, head_dim) = x.dim();
    let half = head_dim / 2;
    // In f64: far out, an angle in f32 would have lost too many digits to rounding.
    let angles = Array2::from_shape_fn((new, half), |(row, i)| {
        let theta = f64::from(base).powf(-2.0 * i as f64 / head_dim as f64);
        (past + row) as f64 * theta
    });
    let cos = angles.mapv(|angle| angle.cos() as f32);
    let sin = angles.mapv(|angle| angle.sin() as f32);

    let (first, second) = (s![.., .., ..half], s![.., .., half..]);
    let (a, b) = (x.slice(first), x.slice(second));
    let mut rotated = Array3::zeros(x.raw_dim());
    rotated.slice_mut(first).assign(&(&a * &cos - &b * &sin));
    rotated.slice_mut(second).assign(&(&a * &sin + &b * &cos));
    rotated
    // endregion
}

/// Attention in which groups of query heads share one head of keys and values: the contexts (heads, new, head_dim) and
/// the weights (heads, new, past + new), in this order.
///
/// `queries` is (heads, new, head_dim). `keys` and `values` are (kv_heads, past + new, head_dim), and the new positions
/// are the last of them. Query head i reads key head i / group, rounded down, where group = heads / kv_heads. Each query
/// may attend to every position up to its own.
pub fn grouped_query_attention(
    queries: ArrayView3<'_, f32>,
    keys: ArrayView3<'_, f32>,
    values: ArrayView3<'_, f32>,
) -> (Array3<f32>, Array3<f32>) {
    // region: solution "in each query head, causal attention to the keys and values of its group"
    let (heads, new, _) = queries.dim();
    let (kv_heads, length, _) = keys.dim();
    let group = heads / kv_heads;
    let causal = causal(new, length);

    let mut contexts = Array3::zeros(queries.raw_dim());
    let mut weights = Array3::zeros((heads, new, length));
    for head in 0..heads {
        let shared = s![head / group, .., ..];
        let (context, weight) = attention(
            queries.slice(s![head, .., ..]),
            keys.slice(shared),
            values.slice(shared),
            Some(causal.view()),
        );
        contexts.slice_mut(s![head, .., ..]).assign(&context);
        weights.slice_mut(s![head, .., ..]).assign(&weight);
    }
    (contexts, weights)
    // endregion
}

/// Results of self-attention, step by step.
#[derive(Debug, Clone)]
pub struct AttentionSteps {
    /// The keys, rotated, and the values of all positions so far: (kv_heads, past + new, head_dim).
    pub cache: Cache,
    /// The weights of [`grouped_query_attention`]: (heads, new, past + new).
    pub weights: Array3<f32>,
    /// The output of the last linear layer: (new, d_model).
    pub output: Array2<f32>,
}

/// Self-attention of new positions to all so far, with rotary embedding and a cache.
///
/// `x` (new, d_model) is already normalised. `past` has the keys, rotated, and the values of the positions before, perhaps
/// none.
pub fn self_attention(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> AttentionSteps {
    // region: solution "project, split, rotate queries and keys, append to the cache, attend, merge, W_o"
    let position = past.keys.len_of(Axis(1));
    let queries = split_heads(linear(x, weights.w_q, None).view(), config.heads);
    let keys = split_heads(linear(x, weights.w_k, None).view(), config.kv_heads);
    let values = split_heads(linear(x, weights.w_v, None).view(), config.kv_heads);

    let queries = rotate(queries.view(), position, config.base);
    let keys = rotate(keys.view(), position, config.base);
    let cache = Cache {
        keys: append(past.keys.view(), keys.view()),
        values: append(past.values.view(), values.view()),
    };

    let (contexts, attention_weights) =
        grouped_query_attention(queries.view(), cache.keys.view(), cache.values.view());
    let output = linear(merge_heads(contexts.view()).view(), weights.w_o, None);
    AttentionSteps {
        cache,
        weights: attention_weights,
        output,
    }
    // endregion
}

/// Results of a block, step by step: (new, d_model), but for the cache.
#[derive(Debug, Clone)]
pub struct BlockSteps {
    /// Self-attention, before the residual connection adds it.
    pub attention: Array2<f32>,
    /// a, after the first residual connection.
    pub after_attention: Array2<f32>,
    /// The feed-forward network, before the residual connection adds it.
    pub feed_forward: Array2<f32>,
    /// y, the output of the block.
    pub output: Array2<f32>,
    /// The cache of self-attention, with the new positions in it.
    pub cache: Cache,
}

/// A block of Llama: pre-norm with RMS norm, self-attention, and SwiGLU.
///
/// `x` is (new, d_model), and `past` is the cache of this block.
pub fn block(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> BlockSteps {
    // region: solution "RMS norm, self-attention, add; RMS norm, SwiGLU, add"
    let normed = rms_norm(x, weights.norm_1, config.epsilon);
    let AttentionSteps {
        output: attention,
        cache,
        ..
    } = self_attention(normed.view(), past, weights, config);
    let after_attention = &x + &attention;

    let normed = rms_norm(after_attention.view(), weights.norm_2, config.epsilon);
    let feed_forward = swiglu(normed.view(), weights.w_gate, weights.w_up, weights.w_down);
    let output = &after_attention + &feed_forward;
    BlockSteps {
        attention,
        after_attention,
        feed_forward,
        output,
        cache,
    }
    // endregion
}

/// Scores of each token that could come next, (new, vocabulary), and the caches with the new positions in them.
///
/// `tokens` come after those whose keys and values are in `pasts`, one cache for each block; those of a model that has
/// read nothing are [`Llama::empty_caches`]. There is at least one token. The last RMS norm comes before the head, and the
/// head is E if the model has none of its own.
pub fn logits(tokens: &[usize], pasts: &[Cache], model: &Llama<'_>) -> (Array2<f32>, Vec<Cache>) {
    // region: solution "rows of E, every block with its cache, the last RMS norm, the head"
    let mut x = model.token_embedding.select(Axis(0), tokens);
    let mut caches = Vec::new();
    for (weights, past) in model.blocks.iter().zip(pasts) {
        let steps = block(x.view(), past, weights, &model.config);
        x = steps.output;
        caches.push(steps.cache);
    }
    let normed = rms_norm(x.view(), model.final_norm, model.config.epsilon);
    let head = model.head.unwrap_or(model.token_embedding);
    (linear(normed.view(), head, None), caches)
    // endregion
}
