//! Tensors in files of safetensors.

use std::collections::HashMap;

use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use training::Tensors;

/// Words that a file has besides its tensors.
pub(crate) type Words = HashMap<String, String>;

/// The bytes of a number.
const BYTES: usize = size_of::<f32>();

/// A file of tensors.
///
/// # Errors
/// When their names make no header.
pub(crate) fn to_bytes<'a>(
    tensors: impl Iterator<Item = (String, &'a ArrayD<f32>)>,
    words: Option<Words>,
) -> Result<Vec<u8>, SafeTensorError> {
    let mut stored: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in tensors {
        let bytes = tensor.iter().flat_map(|number| number.to_le_bytes());
        stored.push((name, tensor.shape().to_vec(), bytes.collect()));
    }
    let mut views = Vec::new();
    for (name, shape, bytes) in &stored {
        views.push((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?));
    }
    safetensors::serialize(views, words)
}

/// The tensors of a file, and its words.
///
/// # Errors
/// A description of what the file is instead.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<(Tensors, Words), String> {
    let damaged =
        |error: SafeTensorError| format!("a damaged file, or one of a different kind ({error})");
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let (kind, shape) = (view.dtype(), view.shape());
        if kind != Dtype::F32 {
            return Err(format!("a tensor `{name}` of {kind} instead of F32"));
        }
        let numbers = view.data().chunks_exact(BYTES);
        let numbers = numbers.map(|bytes| {
            f32::from_le_bytes(bytes.try_into().expect("as many bytes as a number has"))
        });
        let tensor = ArrayD::from_shape_vec(IxDyn(shape), numbers.collect());
        let tensor =
            tensor.map_err(|_| format!("a tensor `{name}` that is not as long as its shape"))?;
        tensors.insert(name, tensor);
    }
    Ok((tensors, metadata.metadata().clone().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use ndarray::{arr0, array};

    use super::*;

    #[test]
    fn tensors_and_words_come_back() {
        let tensors = Tensors::from([
            ("step".to_owned(), arr0(3.0).into_dyn()),
            ("w".to_owned(), array![[1.0, -2.5], [0.0, 1e-30]].into_dyn()),
            ("none".to_owned(), ArrayD::zeros(IxDyn(&[0, 2]))),
        ]);
        let words = Words::from([("format".to_owned(), "a test".to_owned())]);
        let named = tensors.iter().map(|(name, tensor)| (name.clone(), tensor));
        let bytes = to_bytes(named, Some(words.clone())).expect("a file");
        assert_eq!(from_bytes(&bytes), Ok((tensors, words)));
    }

    #[test]
    fn a_file_that_is_cut_short_is_described() {
        let tensor = array![1.0, 2.0].into_dyn();
        let bytes = to_bytes([("w".to_owned(), &tensor)].into_iter(), None).expect("a file");
        for length in 0..bytes.len() {
            let problem = from_bytes(&bytes[..length]).expect_err("it is cut short");
            assert!(problem.starts_with("a damaged file"), "{problem}");
        }
        let (read, words) = from_bytes(&bytes).expect("a whole file");
        assert_eq!((read["w"].len(), words.len()), (2, 0));
    }

    #[test]
    fn other_kinds_of_numbers_are_refused() {
        let bytes = [0; 8];
        let view = TensorView::new(Dtype::F64, vec![1], &bytes).expect("a tensor");
        let file = safetensors::serialize([("w", view)], None).expect("a file");
        let problem = from_bytes(&file).expect_err("it is no F32");
        assert_eq!(problem, "a tensor `w` of F64 instead of F32");
    }
}
