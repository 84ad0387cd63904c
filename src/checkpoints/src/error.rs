//! The error of a checkpoint that cannot be read or written.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::number::NumberType;

/// Most names of tensors that an error lists.
const NAMES_SHOWN: usize = 3;

/// An error of reading or converting a checkpoint. Each names the file, the expected and the found.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The folder lacks a file.
    #[error("{folder}: expected a model in the hub's layout, with {file}, found no such file", folder = .folder.display())]
    MissingFile {
        /// The folder of the model.
        folder: PathBuf,
        /// The file.
        file: &'static str,
    },
    /// The weights are in a pickle, which can run any program when it is read.
    #[error(
        "{path}: expected model.safetensors, found a pickle, which the course never loads; save the model again with \
         `safe_serialization=True`", path = .0.display()
    )]
    Pickle(PathBuf),
    /// A file is of no format that is read.
    #[error("{path}: expected a folder, or a file of safetensors, GGUF or ONNX, found {found}", path = .path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// A description of it.
        found: &'static str,
    },
    /// A folder has more files than can belong to one model.
    #[error("{folder}: expected {expected}, found {found}; name one of the files", folder = .folder.display())]
    Ambiguous {
        /// The folder.
        folder: PathBuf,
        /// The files that a model has.
        expected: &'static str,
        /// The files that are there.
        found: String,
    },
    /// A file cannot be read.
    #[error("{path} cannot be read: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A file of JSON is not what it should be.
    #[error("{path}: {error}", path = .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The error with its line.
        error: serde_json::Error,
    },
    /// A file of settings is no object.
    #[error("{path}: expected an object of settings in JSON, {{…}}, found {found}; is it the right file?", path = .path.display())]
    NoObject {
        /// The file.
        path: PathBuf,
        /// The kind of value that it has.
        found: &'static str,
    },
    /// A checkpoint is cut short, contradicts itself, or is none.
    #[error("{path}: expected a checkpoint of {format}, found {problem}; fetch it again", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The format's name.
        format: &'static str,
        /// A description of its defect.
        problem: String,
    },
    /// A file that an index names is not there.
    #[error("{index}: expected the file {shard} next to it, found none; fetch it, too", index = .index.display())]
    MissingShard {
        /// The index.
        index: PathBuf,
        /// The name of the file.
        shard: String,
    },
    /// A file of GGUF has a version that is not read.
    #[error("{path}: expected GGUF of version 2 or 3, found version {found}; get a newer file of this model", path = .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// A tensor is quantised in a way that is not read.
    #[error(
        "{path}: expected the tensor `{name}` in F32, F16, BF16, Q8_0, Q4_0 or Q4_1, found {found}; get the model in one of \
         these", path = .path.display()
    )]
    Quantization {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The name of its quantisation.
        found: String,
    },
    /// A field of a file's metadata is missing, or has a value with which no model can be made.
    #[error("{path}: expected `{key}` to be {expected}, found {found}", path = .path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The key of the field.
        key: String,
        /// The values that can be read.
        expected: String,
        /// The value in the file.
        found: String,
    },
    /// An ONNX graph is of a model that is not known, or was made in a way that is not known.
    #[error("{path}: expected {expected}, found {found}", path = .path.display())]
    Graph {
        /// The file.
        path: PathBuf,
        /// The graphs that are read.
        expected: &'static str,
        /// The parts of this one.
        found: String,
    },
    /// A tensor is not in the checkpoint.
    #[error("{path}: expected a tensor `{name}` of shape {shape:?}, found none of this name", path = .path.display())]
    MissingTensor {
        /// The file, or the index of several.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The shape that the configuration asks for.
        shape: Vec<usize>,
    },
    /// A tensor has a shape that does not follow from the configuration.
    #[error("{path}: expected the tensor `{name}` to have shape {expected:?}, found {found:?}", path = .path.display())]
    TensorShape {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor has numbers of a kind that is not read.
    #[error("{path}: expected the tensor `{name}` to be {expected}, found {found}", path = .path.display())]
    TensorType {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The kinds that are read.
        expected: &'static str,
        /// The kind in the file.
        found: String,
    },
    /// The checkpoint has tensors for which its model has no place.
    #[error("{path}: expected only tensors of {model}, found {count} more: {names}", path = .path.display(), count = .names.len(), names = first_names(.names))]
    UnknownTensors {
        /// The file, or the folder of several.
        path: PathBuf,
        /// The kind of the model.
        model: &'static str,
        /// The tensors' names, sorted.
        names: Vec<String>,
    },
    /// A number is too large for the type that it is to be written in.
    #[error(
        "expected numbers up to {largest} in the tensor `{name}`, as {number:?} has them, found {found}; write {wider}"
    )]
    TooLarge {
        /// The tensor's name.
        name: String,
        /// The type.
        number: NumberType,
        /// Its largest number.
        largest: &'static str,
        /// The number.
        found: f32,
        /// The types that have it.
        wider: &'static str,
    },
    /// The folder to be written has no name that it can get when it is whole.
    #[error("{path}: expected the name of a folder, found a path without one; name a new folder in it", path = .0.display())]
    NoName(PathBuf),
    /// The folder to be written is in use.
    #[error("{path}: expected a new or empty folder, found something in its place; name another one", path = .0.display())]
    NotEmpty(PathBuf),
    /// There is no room.
    #[error("{path}: the disk is full; make room, and try again", path = .0.display())]
    DiskFull(PathBuf),
    /// A file cannot be written.
    #[error("{path} cannot be written: {error}", path = .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
}

impl CheckpointError {
    /// An error of the system in reading one file.
    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Unreadable {
            path: path.to_owned(),
            error,
        }
    }

    /// An error of the system in writing one file.
    pub(crate) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path.to_owned()),
            _ => Self::Unwritable {
                path: path.to_owned(),
                error,
            },
        }
    }

    /// An error of one file of JSON.
    pub(crate) fn json(path: &Path) -> impl FnOnce(serde_json::Error) -> Self {
        move |error| Self::Json {
            path: path.to_owned(),
            error,
        }
    }
}

/// The first names of a list of tensors, as an error shows them.
pub fn first_names(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>();
    let more = if names.len() > NAMES_SHOWN {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}
