//! Embeddings of which two may have equal scores, on every processor.

use tch::Tensor;

/// Embeddings as long as these, each with one entry that is not 0, in a column of its own.
///
/// A score is one product then. Two of the same embedding are equal, bit for bit, whatever the order in which a processor
/// adds up, and whether or not it adds up both in the same one.
pub(crate) fn with_one_entry(embeddings: &Tensor) -> Tensor {
    let (rows, columns) = embeddings.size2().expect("a matrix");
    let lengths = embeddings.square().sum_dim_intlist(-1, false, None).sqrt();
    lengths
        .diag_embed(0, -2, -1)
        .constant_pad_nd([0, columns - rows])
}
