//! The model's weights, and the file that they come from. Everything in this file is given.
//!
//! A file has one tensor for each name of a block's weights, with all blocks of a stack on its first axis: `encoder.w_q`
//! is (blocks, d_model, d_model), `decoder.self_w_q` likewise. Besides there are `embedding` (vocabulary, d_model) and
//! `heads`.

use std::collections::BTreeMap;

use decoder_block::DecoderWeights;
use encoder_block::EncoderWeights;
use ndarray::{ArrayD, ArrayView, ArrayView2, ArrayViewD, Axis, Dimension, IxDyn};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use thiserror::Error;

/// A transformer's weights, block by block.
#[derive(Debug, Clone)]
pub struct Model<'a> {
    /// E (vocabulary, d_model): for the source, for the target, and, transposed, for the logits.
    pub embedding: ArrayView2<'a, f32>,
    /// The encoder's blocks, in the order in which they are gone through.
    pub encoder: Vec<EncoderWeights<'a>>,
    /// The decoder's blocks, likewise.
    pub decoder: Vec<DecoderWeights<'a>>,
    /// The number of heads of every attention.
    pub heads: usize,
}

/// The numbers that a [`Model`] has views of.
#[derive(Debug, Clone)]
pub struct Weights {
    tensors: BTreeMap<String, ArrayD<f32>>,
    heads: usize,
}

/// Error of a file of weights that does not make a model.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The bytes are no file of weights.
    #[error(
        "expected weights in the safetensors format ({0}); restore model.safetensors from the repository"
    )]
    Format(#[from] safetensors::SafeTensorError),
    /// A tensor that is not there.
    #[error("expected weights called `{0}`, found none of that name")]
    Missing(String),
    /// A tensor of a different type or number of axes.
    #[error("weights `{name}`: expected {expected}, found {found}")]
    Kind {
        /// Its name.
        name: String,
        /// Its type or number of axes, as expected.
        expected: String,
        /// Its type or number of axes, as found.
        found: String,
    },
}

/// The weights of the course's trained model, which writes words backwards.
///
/// # Panics
/// When `model.safetensors`, which is compiled in, is not the file that came with the course.
pub fn trained() -> Weights {
    let bytes = include_bytes!("../model.safetensors");
    Weights::from_bytes(bytes).unwrap_or_else(|error| panic!("model.safetensors: {error}"))
}

impl Weights {
    /// Weights by their names, and the number of heads.
    pub fn new(tensors: BTreeMap<String, ArrayD<f32>>, heads: usize) -> Self {
        Self { tensors, heads }
    }

    /// Reads a file of weights.
    ///
    /// # Errors
    /// When it is not in the safetensors format, or holds something other than numbers.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let (mut tensors, mut heads) = (BTreeMap::new(), None);
        for (name, view) in SafeTensors::deserialize(bytes)?.iter() {
            let kind = |expected: &str| WeightsError::Kind {
                name: name.to_owned(),
                expected: expected.to_owned(),
                found: format!("{:?} of shape {:?}", view.dtype(), view.shape()),
            };
            match (name, view.dtype()) {
                ("heads", Dtype::I64) => {
                    let number = view
                        .data()
                        .first_chunk()
                        .map(|&bytes| i64::from_le_bytes(bytes));
                    let number = number.and_then(|number| usize::try_from(number).ok());
                    heads = Some(number.ok_or_else(|| kind("a number of heads"))?);
                }
                (_, Dtype::F32) => {
                    let numbers = view
                        .data()
                        .as_chunks()
                        .0
                        .iter()
                        .map(|&bytes| f32::from_le_bytes(bytes));
                    let tensor = ArrayD::from_shape_vec(IxDyn(view.shape()), numbers.collect());
                    tensors.insert(
                        name.to_owned(),
                        tensor.map_err(|_| kind("as many numbers as its shape says"))?,
                    );
                }
                _ => return Err(kind("numbers of type F32")),
            }
        }
        Ok(Self::new(
            tensors,
            heads.ok_or_else(|| WeightsError::Missing("heads".to_owned()))?,
        ))
    }

    /// The model that these weights make. Without weights for one of the two stacks, it has no blocks there.
    ///
    /// # Errors
    /// When some are missing or have a different number of axes.
    pub fn model(&self) -> Result<Model<'_>, WeightsError> {
        let embedding = self.find("embedding")?.view();
        let mut encoder = Vec::new();
        for block in 0..self.blocks("encoder.") {
            encoder.push(EncoderWeights::named(
                |name| self.of_block("encoder.", name, block),
                |name| self.of_block("encoder.", name, block),
            )?);
        }
        let mut decoder = Vec::new();
        for block in 0..self.blocks("decoder.") {
            decoder.push(DecoderWeights::named(
                |name| self.of_block("decoder.", name, block),
                |name| self.of_block("decoder.", name, block),
            )?);
        }
        Ok(Model {
            embedding: in_dimension("embedding", embedding)?,
            encoder,
            decoder,
            heads: self.heads,
        })
    }

    /// Number of blocks of a stack.
    fn blocks(&self, stack: &str) -> usize {
        let tensor = self
            .tensors
            .iter()
            .find(|(name, _)| name.starts_with(stack));
        tensor.map_or(0, |(_, tensor)| {
            tensor.shape().first().copied().unwrap_or(0)
        })
    }

    fn of_block<D: Dimension>(
        &self,
        stack: &str,
        name: &str,
        block: usize,
    ) -> Result<ArrayView<'_, f32, D>, WeightsError> {
        let name = format!("{stack}{name}");
        let blocks = self.find(&name)?;
        if blocks.shape().first().is_none_or(|&count| count <= block) {
            return Err(WeightsError::Kind {
                name,
                expected: format!("at least {} blocks", block + 1),
                found: format!("a tensor of shape {:?}", blocks.shape()),
            });
        }
        in_dimension(&name, blocks.index_axis(Axis(0), block))
    }

    fn find(&self, name: &str) -> Result<&ArrayD<f32>, WeightsError> {
        self.tensors
            .get(name)
            .ok_or_else(|| WeightsError::Missing(name.to_owned()))
    }
}

/// The same numbers with a number of axes that is known to the compiler.
fn in_dimension<'a, D: Dimension>(
    name: &str,
    tensor: ArrayViewD<'a, f32>,
) -> Result<ArrayView<'a, f32, D>, WeightsError> {
    let found = format!("a tensor of shape {:?}", tensor.shape());
    let expected = || format!("{} axes", D::NDIM.unwrap_or(0));
    tensor
        .into_dimensionality()
        .map_err(|_| WeightsError::Kind {
            name: name.to_owned(),
            expected: expected(),
            found,
        })
}
