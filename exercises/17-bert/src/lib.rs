//! # BERT
//!
//! A model that only reads needs no decoder. BERT is a stack of encoder blocks over learned embeddings, and it turns a
//! text into one vector for each of its tokens. What a text is read for is decided by what comes after the stack: the
//! mean of the vectors is a vector for the text, and a small *head* fills gaps or sorts texts into classes.
//!
//! ```text
//! embed      x = LayerNorm(E[token] + P[position] + T[type])        three tables, all of them learned
//! encode     a = LayerNorm₁(x + Attention(x))                       no position attends to padding
//!            y = LayerNorm₂(a + GELU(a W₁ᵀ + b₁) W₂ᵀ + b₂)          and y is the next layer's x
//! sentence   m / ‖m‖, where m is the mean of y over the text's own tokens
//! fill_mask  LayerNorm(GELU(y W_tᵀ + b_t)) Eᵀ + b                   the same E as in `embed`
//! classify   tanh(y₀ W_pᵀ + b_p) W_cᵀ + b_c                         y₀ is the vector of the first token, [CLS]
//! ```
//!
//! (Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", section 3,
//! figure 2 and appendix A. The mean as a vector for a text: Reimers and Gurevych 2019, "Sentence-BERT", section 3.)
//!
//! | symbol  | shape                      | meaning                                                            |
//! |---------|----------------------------|--------------------------------------------------------------------|
//! | ids     | (batch, tokens)            | word pieces, as numbers: [CLS], a text, [SEP], padding             |
//! | types   | (batch, tokens)            | 0 in the first text, 1 in the second, if a row holds a pair        |
//! | mask    | (batch, tokens)            | `true` = a token of the text, `false` = padding                    |
//! | E, P, T | (rows, width)              | the embeddings of word pieces, positions and types                 |
//! | x, a, y | (batch, tokens, width)     | a vector for each token                                            |
//! | m       | (batch, width)             | a vector for each text                                             |
//! | logits  | (batch, …)                 | scores: of each word piece at each token, or of each class         |
//!
//! With your functions, the files that the world's BERT, DistilBERT, ALBERT and sentence encoders come in do their
//! work. Two details decide whether they do it well: GELU is the exact one, and ε is the model's, 10⁻¹² in nearly all.
//! (Only the second version of ALBERT was trained with the approximation of GELU, and would need that.)
//!
//! You do not write the parts again. `Norm::apply(x, epsilon)` is the layer norm of each position, `Linear::apply(x)`
//! is x Wᵀ + b, `gelu(x)` is exercise 10's on a whole batch, and
//! `multi_head_attention(query, key, value, projections, heads, mask)` returns `(output, weights)`; its mask is
//! `Option<ArrayView3<bool>>`, (batch, queries, keys). `Cargo.toml` says whose functions these are, the course's or
//! your own.

mod weights;

use feed_forward::relu;
use multi_head_attention::multi_head_attention;
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, Axis, s};

pub use encoder_block::Norm;
pub use multi_head_attention::Projections;
pub use weights::{
    Bert, BertEmbeddings, BertLayer, ClassificationHead, Linear, MaskedLmHead, gelu,
};

/// Tokens as vectors (batch, tokens, width): the layer norm of E\[token\] + P\[position\] + T\[type\].
///
/// `ids` and `types` are (batch, tokens). Positions count from 0 in each row, through both texts of a pair. Without a
/// table of types, as in DistilBERT, `types` is not read. With a projection, as in ALBERT, it comes last. Padding gets
/// a vector like any other token.
pub fn embed(
    ids: ArrayView2<'_, usize>,
    types: ArrayView2<'_, usize>,
    embeddings: &BertEmbeddings<'_>,
    epsilon: f32,
) -> Array3<f32> {
    todo!(
        "for each token, the sum of its rows in the tables; then the norm, and the projection if any"
    )
}

/// Results of the stack, layer by layer.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The embeddings, and then the output of each layer: (batch, tokens, width). The last is what heads read.
    pub states: Vec<Array3<f32>>,
    /// The attention weights of each layer: (batch, heads, tokens, tokens).
    pub attention: Vec<Array4<f32>>,
}

/// Encodes a batch of texts: [`embed`], then every layer.
///
/// `ids`, `types` and `mask` are (batch, tokens). No token attends to padding, where `mask` is `false`. Padding itself
/// attends to the text, as it does in other libraries, and its states are not used. In a row with nothing but padding,
/// all attention weights are 0.
///
/// A layer is a post-norm encoder block with GELU: exercise 11's `post_norm_block` with a different activation and a
/// different ε.
pub fn encode(
    ids: ArrayView2<'_, usize>,
    types: ArrayView2<'_, usize>,
    mask: ArrayView2<'_, bool>,
    model: &Bert<'_>,
) -> Encoded {
    todo!("embed; in each layer: attention, add, norm; feed-forward with GELU, add, norm")
}

/// A vector of length 1 for each text (batch, width): the mean of its tokens' vectors, divided by its length.
///
/// `states` is (batch, tokens, width), the last of [`Encoded::states`], and `mask` is (batch, tokens). Padding does not
/// count; \[CLS\] and \[SEP\] do. A mean of length 0 stays as it is, and a row with nothing but padding gets zeros,
/// never NaN.
pub fn sentence(states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    todo!("add up the vectors that are not padding, then divide by the Euclidean length of the sum")
}

/// Logits of each word piece at each token (batch, tokens, vocabulary), to fill gaps with.
///
/// `states` is (batch, tokens, width) and `word` is E (vocabulary, width), the model's [`BertEmbeddings::word`]: the
/// matrix that turned word pieces into vectors turns vectors into scores of word pieces. The highest logit at a \[MASK\]
/// is the model's guess.
pub fn fill_mask(
    states: ArrayView3<'_, f32>,
    head: &MaskedLmHead<'_>,
    word: ArrayView2<'_, f32>,
    epsilon: f32,
) -> Array3<f32> {
    todo!("the transform, GELU, the norm; then the product with each row of E, and its bias")
}

/// Logits of each class for each text (batch, classes).
///
/// `states` is (batch, tokens, width), with at least one token. Only the first token, \[CLS\], is read. BERT applies a
/// linear layer called the pooler, tanh, and the last linear layer; DistilBERT has ReLU for tanh.
pub fn classify(states: ArrayView3<'_, f32>, head: &ClassificationHead<'_>) -> Array2<f32> {
    todo!("the first token of each text; a linear layer, tanh or ReLU, a linear layer")
}
