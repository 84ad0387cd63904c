//! Cases and replies: the inputs of a learner's function, and its outputs.

use std::collections::BTreeMap;

use ndarray::{Array, ArrayD, ArrayView, Dimension};
use thiserror::Error;

use crate::peak_memory::peak_memory;
use crate::tensor::Tensor;

/// The inputs of one call of a learner's function.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The case's name, such as `cross-attention`.
    pub name: String,
    /// The input tensors by name.
    pub inputs: BTreeMap<String, Tensor>,
}

/// An answer that asks for an input which the case does not have: the course is broken, not the learner's code.
#[derive(Debug, Error)]
pub enum CaseError {
    /// There is no input of that name.
    #[error("case `{case}` has no input `{name}`; it has {has}")]
    Missing {
        /// The case.
        case: String,
        /// The input asked for.
        name: String,
        /// The inputs there are.
        has: String,
    },
    /// There is one, of another kind or number of axes.
    #[error("case `{case}`: expected `{name}` to be {expected}, found a tensor of shape {shape:?}")]
    Kind {
        /// The case.
        case: String,
        /// The input asked for.
        name: String,
        /// The kind that it should have had.
        expected: String,
        /// The shape that it has.
        shape: Vec<usize>,
    },
    /// Memory is to be counted, and nothing counts it.
    #[error(
        "case `{case}`: expected the memory of the call to be counted, found no `CountingAllocator`; install it in \
         tests/grade.rs with `#[global_allocator]`"
    )]
    Uncounted {
        /// The case.
        case: String,
    },
}

impl Case {
    /// The numbers called `name`; the number of axes follows from where they are used.
    ///
    /// # Errors
    /// When the case has no such input.
    pub fn view<D: Dimension>(&self, name: &str) -> Result<ArrayView<'_, f32, D>, CaseError> {
        let tensor = self.input(name)?;
        match tensor {
            Tensor::F32(array) => array.view().into_dimensionality().ok(),
            _ => None,
        }
        .ok_or_else(|| self.kind::<D>(name, "numbers", tensor))
    }

    /// The mask called `name`: `true` where attention is allowed.
    ///
    /// # Errors
    /// When the case has no such input.
    pub fn mask<D: Dimension>(&self, name: &str) -> Result<ArrayView<'_, bool, D>, CaseError> {
        let tensor = self.input(name)?;
        match tensor {
            Tensor::Bool(array) => array.view().into_dimensionality().ok(),
            _ => None,
        }
        .ok_or_else(|| self.kind::<D>(name, "a mask", tensor))
    }

    /// The mask called `name`, in the cases that have one.
    ///
    /// # Errors
    /// When there is an input of that name that is not a mask.
    pub fn optional_mask<D: Dimension>(
        &self,
        name: &str,
    ) -> Result<Option<ArrayView<'_, bool, D>>, CaseError> {
        if self.inputs.contains_key(name) {
            self.mask(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The size called `name`: a number of heads, a length, an offset.
    ///
    /// # Errors
    /// When the case has no such input, or it is negative.
    pub fn size(&self, name: &str) -> Result<usize, CaseError> {
        let tensor = self.input(name)?;
        match tensor {
            Tensor::I64(array) if array.ndim() == 0 => {
                array.first().and_then(|&size| usize::try_from(size).ok())
            }
            _ => None,
        }
        .ok_or_else(|| self.kind::<ndarray::Ix0>(name, "a size", tensor))
    }

    /// The sizes called `name`: the lengths of the sequences of a batch, or token ids.
    ///
    /// # Errors
    /// When the case has no such input, or one of them is negative.
    pub fn sizes(&self, name: &str) -> Result<Vec<usize>, CaseError> {
        let tensor = self.input(name)?;
        match tensor {
            Tensor::I64(array) if array.ndim() == 1 => array
                .iter()
                .map(|&size| usize::try_from(size).ok())
                .collect(),
            _ => None,
        }
        .ok_or_else(|| self.kind::<ndarray::Ix1>(name, "sizes", tensor))
    }

    /// The token ids called `name`, of a batch of sequences or of one.
    ///
    /// # Errors
    /// When the case has no such input, or one of them is negative.
    pub fn ids<D: Dimension>(&self, name: &str) -> Result<Array<usize, D>, CaseError> {
        let tensor = self.input(name)?;
        let natural = |array: &ArrayD<i64>| {
            let ids = array
                .iter()
                .map(|&id| usize::try_from(id).ok())
                .collect::<Option<_>>()?;
            ArrayD::from_shape_vec(array.raw_dim(), ids)
                .ok()?
                .into_dimensionality()
                .ok()
        };
        match tensor {
            Tensor::I64(array) => natural(array),
            _ => None,
        }
        .ok_or_else(|| self.kind::<D>(name, "ids", tensor))
    }

    /// The text called `name`.
    ///
    /// # Errors
    /// When the case has no such input, or it is no text.
    pub fn text(&self, name: &str) -> Result<String, CaseError> {
        let tensor = self.input(name)?;
        let bytes = tensor.to_bytes();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| self.kind::<ndarray::Ix1>(name, "a text", tensor))
    }

    /// The bytes called `name`, which need not be a text.
    ///
    /// # Errors
    /// When the case has no such input, or it is not made of bytes.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, CaseError> {
        let tensor = self.input(name)?;
        let bytes = tensor.to_bytes();
        bytes.ok_or_else(|| self.kind::<ndarray::Ix1>(name, "bytes", tensor))
    }

    /// The list of texts called `name`, such as the words of a vocabulary.
    ///
    /// # Errors
    /// When the case has no such input, or it is no list of texts.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, CaseError> {
        let tensor = self.input(name)?;
        let text = |bytes| String::from_utf8(bytes).ok();
        let texts = tensor.to_texts();
        texts
            .and_then(|texts| texts.into_iter().map(text).collect())
            .ok_or_else(|| self.kind::<ndarray::Ix1>(name, "texts", tensor))
    }

    /// The pairs of ids called `name`, such as the merges of a tokenizer.
    ///
    /// # Errors
    /// When the case has no such input, or it is not made of pairs.
    pub fn pairs(&self, name: &str) -> Result<Vec<(usize, usize)>, CaseError> {
        let tensor = self.input(name)?;
        let pairs = tensor.to_pairs();
        pairs.ok_or_else(|| self.kind::<ndarray::Ix1>(name, "pairs", tensor))
    }

    /// The single number called `name`, such as an epsilon.
    ///
    /// # Errors
    /// When the case has no such input.
    pub fn number(&self, name: &str) -> Result<f32, CaseError> {
        self.view::<ndarray::Ix0>(name)
            .map(|number| number.into_scalar().to_owned())
    }

    /// Calls a learner's function, and returns its result with the most bytes that it had allocated at a time.
    ///
    /// # Errors
    /// When the test binary has no [`CountingAllocator`](crate::CountingAllocator).
    pub fn peak_memory<T>(&self, function: impl FnOnce() -> T) -> Result<(T, usize), CaseError> {
        match peak_memory(function) {
            (result, Some(bytes)) => Ok((result, bytes)),
            (_, None) => Err(CaseError::Uncounted {
                case: self.name.clone(),
            }),
        }
    }

    /// Begins a reply with an output of numbers.
    pub fn reply<A: Copy + Into<f64>, D: Dimension>(
        &self,
        name: &str,
        output: Array<A, D>,
    ) -> Reply {
        Reply::default().and(name, output)
    }

    fn input(&self, name: &str) -> Result<&Tensor, CaseError> {
        self.inputs.get(name).ok_or_else(|| CaseError::Missing {
            case: self.name.clone(),
            name: name.to_owned(),
            has: self
                .inputs
                .keys()
                .map(|key| format!("`{key}`"))
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    fn kind<D: Dimension>(&self, name: &str, what: &str, found: &Tensor) -> CaseError {
        let axes = D::NDIM.map_or_else(String::new, |axes| format!(" with {axes} axes"));
        CaseError::Kind {
            case: self.name.clone(),
            name: name.to_owned(),
            expected: format!("{what}{axes}"),
            shape: found.shape().to_vec(),
        }
    }
}

/// Outputs by name.
pub type Outputs = BTreeMap<String, Tensor>;

/// The outputs of one call of a learner's function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// The outputs by name.
    pub outputs: Outputs,
}

impl Reply {
    /// Adds an output of numbers. Masks become numbers, too: 0 and 1.
    #[must_use]
    pub fn and<A: Copy + Into<f64>, D: Dimension>(self, name: &str, output: Array<A, D>) -> Self {
        self.with(name, output.mapv(|entry| entry.into() as f32))
    }

    /// Adds an output of ids, or of a text's tokens.
    #[must_use]
    pub fn and_ids<D: Dimension>(self, name: &str, ids: Array<usize, D>) -> Self {
        // No id that is right is larger than what `i64` holds.
        self.with(name, ids.mapv(|id| i64::try_from(id).unwrap_or(i64::MAX)))
    }

    /// Adds a count.
    #[must_use]
    pub fn and_count(self, name: &str, count: usize) -> Self {
        self.and_ids(name, ndarray::arr0(count))
    }

    /// Adds an output that is a text, or a string of bytes.
    #[must_use]
    pub fn and_text(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.with(name, Tensor::of_bytes(text))
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn and_texts<T: AsRef<[u8]>>(self, name: &str, texts: &[T]) -> Self {
        self.with(name, Tensor::of_texts(texts))
    }

    /// Adds pairs of ids.
    #[must_use]
    pub fn and_pairs(self, name: &str, pairs: &[(usize, usize)]) -> Self {
        self.with(name, Tensor::of_pairs(pairs))
    }

    fn with(mut self, name: &str, output: impl Into<Tensor>) -> Self {
        self.outputs.insert(name.to_owned(), output.into());
        self
    }
}
