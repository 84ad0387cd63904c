//! # Positional encoding
//!
//! Attention does not depend on positions: move the keys, and the weights move with them. So each position gets a
//! vector of its own, which is added to the vector of the token there:
//!
//! ```text
//! PE(pos, 2i)     = sin(pos / 10000^(2i / d_model))
//! PE(pos, 2i + 1) = cos(pos / 10000^(2i / d_model))
//! ```
//!
//! (Vaswani et al. 2017, "Attention Is All You Need", section 3.5.)
//!
//! | symbol   | shape                    | meaning                                                            |
//! |----------|--------------------------|--------------------------------------------------------------------|
//! | encoding | (length, d_model)        | one row for each position, one column for each feature             |
//! | x        | (batch, length, d_model) | a batch of sequences of vectors                                    |
//! | offset   |                          | the position of the first row: 0, unless a sequence is continued   |
//! | i        |                          | the pair of columns 2i and 2i + 1, a sine and a cosine of one angle |
//!
//! Each pair is like the hand of a clock. The hand of pair 0 turns by one radian from one position to the next, and
//! each later hand turns more slowly than the one before.

use ndarray::{Array2, Array3, ArrayView3};

/// The encodings (length, d_model) of the positions `offset`, `offset + 1`, and so on.
///
/// If `d_model` is odd, the last column is a sine whose cosine is left out.
pub fn sinusoidal(length: usize, d_model: usize, offset: usize) -> Array2<f32> {
    // region: solution "a sine in each even column and a cosine in each odd one, both of the same angle in a pair"
    Array2::from_shape_fn((length, d_model), |(row, column)| {
        let position = (offset + row) as f32;
        let two_i = column - column % 2; // the even column of the pair
        let angle = position / 10_000_f32.powf(two_i as f32 / d_model as f32);
        if column == two_i {
            angle.sin()
        } else {
            angle.cos()
        }
    })
    // endregion
}

// ANCHOR: region
/// The sequences (batch, length, d_model) with the encoding of its position added to each vector.
///
/// `x` is (batch, length, d_model). All sequences of the batch begin at the position `offset`.
pub fn add_positions(x: ArrayView3<'_, f32>, offset: usize) -> Array3<f32> {
    // region: solution "the encoding of each position, added to the vector there in every sequence"
    let (_, length, d_model) = x.dim();
    &x + &sinusoidal(length, d_model, offset)
    // endregion
}
// ANCHOR_END: region
