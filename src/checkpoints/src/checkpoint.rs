//! The tensors of a model, whatever its format.

use std::path::{Path, PathBuf};

use ndarray::{Array, Dimension, IntoDimension};

use crate::blocks::Blocks;
use crate::error::CheckpointError;
use crate::folder::Found;
use crate::gguf::Llama;
use crate::onnx::OnnxModel;
use crate::safetensors::Shards;
use crate::source::TensorSource;

/// The tensors of a model, by the hub's names. Opening one reads what describes them; each tensor is read when it is asked
/// for.
#[derive(Debug)]
pub struct Checkpoint {
    /// The file, or the index of several, or their folder.
    path: PathBuf,
    tensors: Box<dyn TensorSource>,
}

impl Checkpoint {
    /// Opens the checkpoint of a model's folder: safetensors, or GGUF, or ONNX.
    ///
    /// # Errors
    /// When there is none, or what describes the tensors does not agree with the file.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        Self::of(Found::in_folder(folder)?)
    }

    /// Opens one file of safetensors.
    ///
    /// # Errors
    /// When it cannot be read, or its header does not agree with its size.
    pub fn open_file(path: &Path) -> Result<Self, CheckpointError> {
        Self::of(Found::Safetensors(path.to_owned()))
    }

    /// Opens files that were found.
    pub(crate) fn of(found: Found) -> Result<Self, CheckpointError> {
        Ok(match found {
            Found::Safetensors(path) => Self::new(&path, Shards::open_file(&path)?),
            Found::Index(path) => Self::new(&path, Shards::open_index(&path)?),
            Found::Gguf(path) => Self::new(&path, Llama::open(&path)?),
            Found::Onnx(files) => {
                let model = OnnxModel::open(&files)?;
                let path = model.path().to_owned();
                Self::new(&path, model)
            }
        })
    }

    /// Tensors that were opened.
    pub(crate) fn new(path: &Path, tensors: impl TensorSource + 'static) -> Self {
        Self {
            path: path.to_owned(),
            tensors: Box::new(tensors),
        }
    }

    /// The file, or the index of several, or their folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all tensors, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.names().into_iter()
    }

    /// Returns `true` if there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.shape(name).is_some()
    }

    /// The shape of a tensor, or `None` if there is none of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.shape(name)
    }

    /// Reads a tensor as `f32`.
    ///
    /// # Errors
    /// When there is none of this name, its shape is a different one, its numbers are of a kind that is not read, or the
    /// file cannot be read.
    pub fn read<D: Dimension>(
        &self,
        name: &str,
        shape: impl IntoDimension<Dim = D>,
    ) -> Result<Array<f32, D>, CheckpointError> {
        let shape = shape.into_dimension();
        self.ensure_shape(name, shape.slice())?;
        let numbers = self.tensors.numbers(name)?;
        Array::from_shape_vec(shape, numbers).map_err(|error| CheckpointError::Damaged {
            path: self.tensors.file(name).to_owned(),
            format: "tensors",
            problem: format!("the tensor `{name}` with a shape that fits no memory ({error})"),
        })
    }

    /// Reads the blocks of a matrix (rows, columns), with the rows in the hub's order. `None` if the file has no blocks.
    ///
    /// # Errors
    /// When there is none of this name, its shape is a different one, or the file cannot be read.
    pub fn blocks(
        &self,
        name: &str,
        shape: (usize, usize),
    ) -> Result<Option<Blocks>, CheckpointError> {
        self.ensure_shape(name, &[shape.0, shape.1])?;
        self.tensors.blocks(name)
    }

    /// Checks that there is a tensor of this name and shape.
    fn ensure_shape(&self, name: &str, shape: &[usize]) -> Result<(), CheckpointError> {
        let found = self.shape(name);
        let found = found.ok_or_else(|| CheckpointError::MissingTensor {
            path: self.path.clone(),
            name: name.to_owned(),
            shape: shape.to_vec(),
        })?;
        if found == shape {
            return Ok(());
        }
        Err(CheckpointError::TensorShape {
            path: self.tensors.file(name).to_owned(),
            name: name.to_owned(),
            expected: shape.to_vec(),
            found: found.to_vec(),
        })
    }

    /// The numbers of a tensor, row by row. There is one of this name.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        self.tensors.numbers(name)
    }
}
