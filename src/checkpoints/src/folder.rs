//! The files in which a model's tensors are.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::CheckpointError;
use crate::gguf::MAGIC;

/// The file of a model that is not split.
const WHOLE: &str = "model.safetensors";
/// The index of a model that is split into several files.
const INDEX: &str = "model.safetensors.index.json";
/// The name of a model's file of the old kind.
const PICKLE: &str = "pytorch_model.bin";

/// Files with tensors.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// One file of safetensors.
    Safetensors(PathBuf),
    /// The index of several files of safetensors.
    Index(PathBuf),
    /// A file of GGUF.
    Gguf(PathBuf),
    /// One graph, or an encoder and a decoder; sorted.
    Onnx(Vec<PathBuf>),
}

impl Found {
    /// Finds the tensors of a folder, or of a file that is named.
    pub(crate) fn at(path: &Path) -> Result<Self, CheckpointError> {
        if path.is_dir() {
            return Self::in_folder(path);
        }
        let mut magic = [0; MAGIC.len()];
        let mut file = File::open(path).map_err(CheckpointError::unreadable(path))?;
        // A file that is shorter is no GGUF.
        if file.read_exact(&mut magic).is_ok() && magic == MAGIC {
            return Ok(Self::Gguf(path.to_owned()));
        }
        match extension(path) {
            "safetensors" => Ok(Self::Safetensors(path.to_owned())),
            "json" => Ok(Self::Index(path.to_owned())),
            "gguf" => Ok(Self::Gguf(path.to_owned())),
            "onnx" => Ok(Self::Onnx(vec![path.to_owned()])),
            "bin" | "pt" | "pth" => Err(CheckpointError::Pickle(path.to_owned())),
            _ => Err(CheckpointError::UnknownFormat {
                path: path.to_owned(),
                found: "none of these by its first bytes or its name",
            }),
        }
    }

    /// Finds the tensors of a folder.
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, CheckpointError> {
        if let Some(found) = Self::of_safetensors(folder) {
            return Ok(found);
        }
        if let Some(found) = Self::of_other_formats(folder)? {
            return Ok(found);
        }
        let pickle = folder.join(PICKLE);
        if pickle.is_file() {
            return Err(CheckpointError::Pickle(pickle));
        }
        Err(CheckpointError::MissingFile {
            folder: folder.to_owned(),
            file: WHOLE,
        })
    }

    /// Finds the tensors of a folder, if they are in safetensors.
    pub(crate) fn of_safetensors(folder: &Path) -> Option<Self> {
        let (whole, index) = (folder.join(WHOLE), folder.join(INDEX));
        if whole.is_file() {
            Some(Self::Safetensors(whole))
        } else {
            index.is_file().then_some(Self::Index(index))
        }
    }

    /// Finds the tensors of a folder, if they are in GGUF or ONNX.
    pub(crate) fn of_other_formats(folder: &Path) -> Result<Option<Self>, CheckpointError> {
        let (mut gguf, mut onnx) = (Vec::new(), Vec::new());
        // A folder that is none has no such files.
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.map_err(CheckpointError::unreadable(folder))?.path();
            match extension(&path) {
                "gguf" => gguf.push(path),
                "onnx" => onnx.push(path),
                _ => {}
            }
        }
        gguf.sort();
        onnx.sort();
        match (gguf.as_slice(), onnx.as_slice()) {
            ([], []) => Ok(None),
            ([gguf], []) => Ok(Some(Self::Gguf(gguf.clone()))),
            ([], [_] | [_, _]) => Ok(Some(Self::Onnx(onnx))),
            _ => Err(CheckpointError::Ambiguous {
                folder: folder.to_owned(),
                expected: "one file of GGUF, or one or two of ONNX",
                found: file_names(gguf.iter().chain(&onnx)),
            }),
        }
    }

    /// The folder of the files.
    pub(crate) fn folder(&self) -> &Path {
        let file = match self {
            Self::Safetensors(path) | Self::Index(path) | Self::Gguf(path) => Some(path),
            Self::Onnx(paths) => paths.first(),
        };
        file.and_then(|file| file.parent()).unwrap_or(Path::new(""))
    }
}

fn extension(path: &Path) -> &str {
    let extension = path.extension().unwrap_or_default();
    extension.to_str().unwrap_or_default()
}

fn file_names<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> String {
    let names = paths.filter_map(|path| path.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
    names.join(", ")
}
