//! # The Vision Transformer
//!
//! An image is cut into square patches, and each patch becomes a token. From there on it is a transformer that only
//! reads: a stack of blocks in which every token sees every other. One more token, the class token, is there to collect
//! what the image shows.
//!
//! ```text
//! patches      s_k = the numbers of patch k: all of its first channel, then all of its second, …
//! interpolate  P′ = P, with the square of positions resized to another grid
//! embed        x = [c; s₁ Wᵀ + b; …; s_n Wᵀ + b] + P′            [ ; ] puts rows below each other
//! block        a = x + Attention(LayerNorm₁(x))                  no mask
//!              y = a + GELU(LayerNorm₂(a) W₁ᵀ + b₁) W₂ᵀ + b₂
//! classify     LayerNorm_f(y)₀ W_cᵀ + b_c                        row 0 is the class token
//! ```
//!
//! (Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", section 3.1
//! and equations 1 to 4. Positions for a different size: section 3.2.)
//!
//! | symbol  | shape                            | meaning                                                     |
//! |---------|----------------------------------|-------------------------------------------------------------|
//! | images  | (batch, channels, height, width) | pixels, about −1 to 1; all images of a batch have one size  |
//! | s       | (patches, channels · size²)      | a row for each patch of size × size pixels                  |
//! | W, b    | (d_model, channels · size²)      | the projection, from patches to vectors                     |
//! | c       | (d_model)                        | the class token, the same for every image                   |
//! | P       | (1 + side², d_model)             | positions: the class token's, then those of a square grid   |
//! | x, a, y | (batch, 1 + patches, d_model)    | a vector for each token                                     |
//! | logits  | (batch, classes)                 | a score for each class                                      |
//!
//! Patches are numbered as you read: row by row from the top, and in each row from the left. If the height or the width
//! is no multiple of the size, the pixels that are left at the bottom or at the right belong to no patch.
//!
//! You do not write the parts again. `Norm::apply(x, epsilon)` is the layer norm of each position, `Linear::apply(x)` is
//! x Wᵀ + b at each position, `gelu(x)` is the exact one on a whole batch, and
//! `multi_head_attention(query, key, value, projections, heads, mask)` returns `(output, weights)`. `Cargo.toml` says
//! whose functions these are, the course's or your own.

#[path = "../../../exercises/23-vision-transformer/src/weights.rs"]
mod weights;

use multi_head_attention::multi_head_attention;
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayView4, Axis, s};

pub use bert::{Linear, gelu};
pub use encoder_block::Norm;
pub use multi_head_attention::Projections;
pub use weights::{Vit, VitBlock, VitEmbeddings, VitHead};

/// The patches of an image as rows: (patches, channels · size · size).
///
/// `pixels` is (channels, height, width), and an image has at least `size` rows and `size` columns. Patches follow one
/// another row by row. In the row of a patch, its first channel comes first, from its top row to its bottom row.
pub fn patches(pixels: ArrayView3<'_, f32>, size: usize) -> Array2<f32> {
    // region: solution "for each patch of the grid, row by row: its channels, flattened, as a row"
    let (channels, height, width) = pixels.dim();
    let (rows, columns) = (height / size, width / size);
    let mut patches = Array2::zeros((rows * columns, channels * size * size));
    for row in 0..rows {
        for column in 0..columns {
            let (top, left) = (row * size, column * size);
            let patch = pixels.slice(s![.., top..top + size, left..left + size]);
            let flat = patch.flatten();
            patches.row_mut(row * columns + column).assign(&flat);
        }
    }
    patches
    // endregion
}

/// Positions for a grid of `rows` · `columns` patches: (1 + rows · columns, d_model).
///
/// `positions` is P (1 + side · side, d_model): the position of the class token, which stays as it is, and then those of
/// a grid of side · side patches, row by row. Of these, each feature is an image of side · side pixels, and it is
/// resized as `transformers` does it, bicubically.
///
/// Along each axis, entry t of the new grid is at s = (t + ½) · side / length − ½ of the old one, where `length` is
/// `rows` or `columns`. With i = ⌊s⌋, it is the sum of the entries i − 1, i, i + 1 and i + 2, each times k(its distance
/// from s). Where an index is outside of 0 … side − 1, the nearest entry inside takes its place.
///
/// ```text
/// k(d) = 1.25 d³ − 2.25 d² + 1                for d ≤ 1
///        −0.75 d³ + 3.75 d² − 6 d + 3         for 1 < d < 2
/// ```
pub fn interpolate(positions: ArrayView2<'_, f32>, rows: usize, columns: usize) -> Array2<f32> {
    // region: solution "the first row as it is; each other row: the sum of 4 · 4 old ones, by their weights"
    /// The weight of an entry at this distance.
    fn kernel(distance: f32) -> f32 {
        let d = distance.abs();
        if d <= 1.0 {
            (1.25 * d - 2.25) * d * d + 1.0
        } else {
            ((-0.75 * d + 3.75) * d - 6.0) * d + 3.0
        }
    }

    /// The weights (length, side) by which the entries of an axis are added up.
    fn weights(side: usize, length: usize) -> Array2<f32> {
        let mut weights = Array2::zeros((length, side));
        for target in 0..length {
            let source = (target as f32 + 0.5) * side as f32 / length as f32 - 0.5;
            let first = source.floor() - 1.0;
            for step in 0..4 {
                let entry = first + step as f32;
                let inside = entry.clamp(0.0, (side - 1) as f32) as usize;
                weights[(target, inside)] += kernel(source - entry);
            }
        }
        weights
    }

    let side = (positions.nrows() - 1).isqrt();
    let (down, across) = (weights(side, rows), weights(side, columns));
    let mut resized = Array2::zeros((1 + rows * columns, positions.ncols()));
    resized.row_mut(0).assign(&positions.row(0));
    for ((row, old_row), &vertical) in down.indexed_iter() {
        for ((column, old_column), &horizontal) in across.indexed_iter() {
            let old = positions.row(1 + old_row * side + old_column);
            let mut new = resized.row_mut(1 + row * columns + column);
            new.scaled_add(vertical * horizontal, &old);
        }
    }
    resized
    // endregion
}

/// Images as vectors (batch, 1 + patches, d_model): the class token, then the patches, plus their positions.
///
/// `images` is (batch, channels, height, width). If the grid of patches is not the one that the positions are for, side
/// rows of side patches, they are interpolated: even if there are as many patches.
pub fn embed(images: ArrayView4<'_, f32>, embeddings: &VitEmbeddings<'_>) -> Array3<f32> {
    // region: solution "the class token, the projection of each patch below it, and the positions added to all of them"
    let (batch, _, height, width) = images.dim();
    let size = embeddings.patch_size;
    let (rows, columns) = (height / size, width / size);
    let positions = interpolate(embeddings.positions, rows, columns);

    let mut vectors = Array3::zeros((batch, 1 + rows * columns, positions.ncols()));
    for (mut vectors, pixels) in vectors.outer_iter_mut().zip(images.outer_iter()) {
        let projected = embeddings.projection.apply(patches(pixels, size).view());
        vectors.row_mut(0).assign(&embeddings.class_token);
        vectors.slice_mut(s![1.., ..]).assign(&projected);
        vectors += &positions;
    }
    vectors
    // endregion
}

/// Results of a block, step by step: (batch, tokens, d_model), but for the weights. Returning all of them lets the
/// grader say which step goes wrong first.
#[derive(Debug, Clone)]
pub struct BlockSteps {
    /// Weights of self-attention: (batch, heads, tokens, tokens).
    pub attention_weights: Array4<f32>,
    /// Self-attention, with its last linear layer, before the residual connection adds it.
    pub attention: Array3<f32>,
    /// a, after the first residual connection.
    pub after_attention: Array3<f32>,
    /// The feed-forward network, before the residual connection adds it.
    pub feed_forward: Array3<f32>,
    /// y, the output of the block.
    pub output: Array3<f32>,
}

/// A block: pre-norm, self-attention in which every token sees every other, and a feed-forward network with GELU.
///
/// `x` is (batch, tokens, d_model). `epsilon` is the ε of both layer norms, 10⁻¹² in most models.
pub fn block(
    x: ArrayView3<'_, f32>,
    weights: &VitBlock<'_>,
    heads: usize,
    epsilon: f32,
) -> BlockSteps {
    // region: solution "norm, self-attention, add; norm, feed-forward with GELU, add"
    let normed = weights.norm_1.apply(x, epsilon);
    let normed = normed.view();
    let (attention, attention_weights) =
        multi_head_attention(normed, normed, normed, &weights.attention, heads, None);
    let after_attention = &x + &attention;

    let normed = weights.norm_2.apply(after_attention.view(), epsilon);
    let hidden = gelu(weights.widen.apply(normed.view()).view());
    let feed_forward = weights.narrow.apply(hidden.view());
    let output = &after_attention + &feed_forward;
    BlockSteps {
        attention_weights,
        attention,
        after_attention,
        feed_forward,
        output,
    }
    // endregion
}

/// Logits of each class for each image: (batch, classes).
///
/// `x` (batch, tokens, d_model) is the output of the last block, which nothing has normalised yet. Only the class token,
/// the first, is read.
pub fn classify(x: ArrayView3<'_, f32>, head: &VitHead<'_>, epsilon: f32) -> Array2<f32> {
    // region: solution "the last layer norm; of each image, the class token; the linear layer"
    let normed = head.norm.apply(x, epsilon);
    head.classifier.apply(normed.index_axis(Axis(1), 0))
    // endregion
}
