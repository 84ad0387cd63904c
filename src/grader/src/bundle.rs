//! Bundles: named tensors and one note in the `safetensors` format, for packs and for the protocol of workers.

use std::collections::{BTreeMap, HashMap};

use ndarray::{ArrayD, IxDyn};
use safetensors::tensor::{Dtype, SafeTensors, TensorInfo, TensorView};
use thiserror::Error;

use crate::tensor::Tensor;

/// The number of bytes that say how long the header is.
const LENGTH_BYTES: usize = 8;
/// The most bytes of a header: it holds the note, and a vocabulary may be in it.
const MAX_HEADER: u64 = 8 << 20;
/// The most tensors of one file.
const MAX_TENSORS: usize = 10_000;
/// The most axes of a tensor.
const MAX_AXES: usize = 16;

/// The one metadata key: a single key keeps the bytes reproducible, since the format stores metadata unordered.
const NOTE: &str = "attentive";

/// Named tensors with a note (JSON text, by convention).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bundle {
    /// A description of the tensors.
    pub note: String,
    /// The tensors by name.
    pub tensors: BTreeMap<String, Tensor>,
}

/// The reason for which bytes are not a [`Bundle`], or a bundle cannot be written.
#[derive(Debug, Error)]
pub enum BundleError {
    /// Not the format at all, cut short, or with offsets that do not fit.
    #[error("expected a safetensors file, found something else ({0})")]
    Format(safetensors::SafeTensorError),
    /// A safetensors file that this course did not write.
    #[error("expected the metadata key `{NOTE}`, found none: this is not one of Attentive's files")]
    NoNote,
    /// A header that is longer than any that the course writes.
    #[error("expected a header of at most {MAX_HEADER} bytes, found {0}")]
    Header(u64),
    /// More tensors than the course writes into one file.
    #[error("expected at most {MAX_TENSORS} tensors, found {0}")]
    Tensors(usize),
    /// A tensor with more axes than any of the course's.
    #[error("tensor `{name}`: expected at most {MAX_AXES} axes, found {found}")]
    Axes {
        /// The tensor's name.
        name: String,
        /// The number of its axes.
        found: usize,
    },
    /// A tensor of a type that the course does not use.
    #[error("tensor `{name}`: expected F32, BOOL or I64, found {found:?}")]
    Type {
        /// The tensor's name.
        name: String,
        /// Its type.
        found: Dtype,
    },
    /// A tensor whose bytes do not fill its shape.
    #[error("tensor `{name}`: its bytes do not fill its shape {shape:?}")]
    Shape {
        /// The tensor's name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
}

impl Bundle {
    /// Reads the `safetensors` format.
    ///
    /// # Errors
    /// When the bytes are not that format, lack the note, or hold tensors of another type.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        ensure_short_header(bytes)?;
        // Once: of a pack of many small tensors, reading the header is nearly all of the work.
        let (length, metadata) = SafeTensors::read_metadata(bytes).map_err(BundleError::Format)?;
        let data = &bytes[LENGTH_BYTES + length..];
        let infos = metadata.tensors();
        if infos.len() > MAX_TENSORS {
            return Err(BundleError::Tensors(infos.len()));
        }
        let note = metadata
            .metadata()
            .as_ref()
            .and_then(|map| map.get(NOTE))
            .ok_or(BundleError::NoNote)?
            .clone();
        let mut tensors = BTreeMap::new();
        for (name, info) in infos {
            let tensor = read(&name, info, data)?;
            tensors.insert(name, tensor);
        }
        Ok(Self { note, tensors })
    }

    /// Writes the `safetensors` format; equal bundles give equal bytes.
    ///
    /// # Errors
    /// When a tensor is larger than the format can say.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        let raw: Vec<_> = self
            .tensors
            .iter()
            .map(|(name, tensor)| (name, tensor.shape(), write(tensor)))
            .collect();
        let views = raw
            .iter()
            .map(|(name, shape, (dtype, bytes))| {
                Ok((name, TensorView::new(*dtype, shape.to_vec(), bytes)?))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(BundleError::Format)?;
        let note = HashMap::from([(NOTE.to_owned(), self.note.clone())]);
        safetensors::serialize(views, Some(note)).map_err(BundleError::Format)
    }
}

/// Checks the length that a header says it has, before anything is made of it.
fn ensure_short_header(bytes: &[u8]) -> Result<(), BundleError> {
    match bytes.first_chunk() {
        Some(length) if u64::from_le_bytes(*length) > MAX_HEADER => {
            Err(BundleError::Header(u64::from_le_bytes(*length)))
        }
        // Bytes without a whole length are no file of this format, and the library says so.
        _ => Ok(()),
    }
}

/// Reads one tensor of `data`, which is all that follows the header.
fn read(name: &str, info: &TensorInfo, data: &[u8]) -> Result<Tensor, BundleError> {
    let found = info.shape.len();
    if found > MAX_AXES {
        let name = name.to_owned();
        return Err(BundleError::Axes { name, found });
    }
    let wrong_shape = || BundleError::Shape {
        name: name.to_owned(),
        shape: info.shape.clone(),
    };
    let (start, end) = info.data_offsets;
    let bytes = data.get(start..end).ok_or_else(wrong_shape)?;
    let dim = IxDyn(&info.shape);
    match info.dtype {
        Dtype::F32 => {
            ArrayD::from_shape_vec(dim, words(bytes, f32::from_le_bytes)).map(Tensor::F32)
        }
        Dtype::I64 => {
            ArrayD::from_shape_vec(dim, words(bytes, i64::from_le_bytes)).map(Tensor::I64)
        }
        Dtype::BOOL => ArrayD::from_shape_vec(dim, bytes.iter().map(|&byte| byte != 0).collect())
            .map(Tensor::Bool),
        found => {
            return Err(BundleError::Type {
                name: name.to_owned(),
                found,
            });
        }
    }
    .map_err(|_| wrong_shape())
}

fn words<const N: usize, T>(bytes: &[u8], from: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|&word| from(word))
        .collect()
}

fn write(tensor: &Tensor) -> (Dtype, Vec<u8>) {
    match tensor {
        Tensor::F32(array) => (Dtype::F32, to_bytes(array, f32::to_le_bytes)),
        Tensor::Bool(array) => (Dtype::BOOL, to_bytes(array, |x| [u8::from(x)])),
        Tensor::I64(array) => (Dtype::I64, to_bytes(array, i64::to_le_bytes)),
    }
}

/// Returns the bytes of all entries. A loop, because learners' builds have no optimisation, and an answer may be large.
fn to_bytes<const N: usize, T: Copy>(array: &ArrayD<T>, bytes_of: fn(T) -> [u8; N]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(N * array.len());
    for &entry in array {
        bytes.extend_from_slice(&bytes_of(entry));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, arr1, arr2};

    use super::*;

    fn bundle() -> Bundle {
        let tensors = [
            (
                "q",
                Tensor::from(arr2(&[[1.0_f32, f32::NAN], [f32::INFINITY, -0.5]])),
            ),
            ("mask", Tensor::from(arr1(&[true, false, true]))),
            ("heads", Tensor::from(4)),
            ("empty", Tensor::from(Array::<f32, _>::zeros((0, 3)))),
        ];
        Bundle {
            note: "{}".into(),
            tensors: tensors
                .map(|(name, tensor)| (name.to_owned(), tensor))
                .into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let bytes = bundle().to_bytes().expect("a bundle can be written");
        let again = Bundle::from_bytes(&bytes).expect("and read");
        assert_eq!(
            format!("{:?}", again),
            format!("{:?}", bundle()),
            "NaN is not equal to itself, its text is"
        );
        assert_eq!(again.to_bytes().expect("and written"), bytes);
    }

    #[test]
    fn cut_or_foreign_bytes_are_errors() {
        let bytes = bundle().to_bytes().expect("a bundle can be written");
        for length in 0..bytes.len() {
            assert!(
                Bundle::from_bytes(&bytes[..length]).is_err(),
                "{length} bytes of {}",
                bytes.len()
            );
        }
        let foreign = safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), None)
            .expect("an empty file");
        assert!(matches!(
            Bundle::from_bytes(&foreign),
            Err(BundleError::NoNote)
        ));
    }
}
