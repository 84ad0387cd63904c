//! Texts, bytes, pairs and ids as tensors of libtorch.

use attentive_grader::Tensor as GraderTensor;
use tch::Tensor;

use crate::bridge::to_libtorch;

/// Makes a tensor of bytes, such as the UTF-8 of a text.
pub fn of_bytes(bytes: impl AsRef<[u8]>) -> Tensor {
    to_libtorch(&GraderTensor::of_bytes(bytes))
}

/// Makes a tensor of a list of texts.
pub fn of_texts<T: AsRef<[u8]>>(texts: &[T]) -> Tensor {
    to_libtorch(&GraderTensor::of_texts(texts))
}

/// Makes a tensor of pairs of ids.
pub fn of_pairs(pairs: &[(usize, usize)]) -> Tensor {
    to_libtorch(&GraderTensor::of_pairs(pairs))
}

/// Makes a tensor of ids.
pub fn of_ids(ids: &[usize]) -> Tensor {
    let ids: Vec<i64> = ids.iter().map(|&id| id as i64).collect();
    Tensor::from_slice(&ids)
}
