//! GGUF: the format of llama.cpp, one file with quantised tensors, metadata and the tokenizer.

mod header;
mod llama;
mod metadata;
mod places;
mod tokenizer;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::blocks::{BlockType, Blocks};
use crate::error::CheckpointError;

use header::Header;

pub(crate) use llama::Llama;
pub(crate) use metadata::Metadata;
pub(crate) use tokenizer::{settings, tokenizer};

/// The first bytes of a file.
pub(crate) const MAGIC: [u8; 4] = *b"GGUF";
/// The format's name, for errors.
const FORMAT: &str = "GGUF";

/// A file of GGUF. Opening it reads the header; the blocks of a tensor are read when they are asked for.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    tensors: BTreeMap<String, TensorPlace>,
}

/// The place of a tensor in the file.
#[derive(Debug)]
struct TensorPlace {
    kind: BlockType,
    shape: Vec<usize>,
    /// The position of the first byte.
    start: u64,
    bytes: usize,
}

impl Gguf {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read, has a version or a quantisation that is not read, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let file = File::open(path).map_err(CheckpointError::unreadable(path))?;
        let mut header = Header::new(path, &file)?;
        let counts = header.start()?;
        let metadata = header.metadata(counts.fields)?;
        let tensors = places::tensors(&mut header, counts.tensors, &metadata)?;
        drop(header);
        Ok(Self {
            path: path.to_owned(),
            file,
            metadata,
            tensors,
        })
    }

    /// The names of all tensors as they are in the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, rows first. GGUF itself has the length of a row first.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        Some(&self.tensors.get(name)?.shape)
    }

    /// Reads the blocks of a tensor, by its name in the file.
    ///
    /// # Errors
    /// When there is none of this name, or the file cannot be read.
    pub fn blocks(&self, name: &str) -> Result<Blocks, CheckpointError> {
        let Some(place) = self.tensors.get(name) else {
            return Err(damaged(&self.path, format!("no tensor `{name}`")));
        };
        // The header was checked: the file had so many bytes when it was opened.
        let mut bytes = vec![0; place.bytes];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(CheckpointError::unreadable(&self.path))?;
        Ok(Blocks {
            kind: place.kind,
            shape: place.shape.clone(),
            bytes,
        })
    }
}

fn damaged(path: &Path, problem: String) -> CheckpointError {
    CheckpointError::Damaged {
        path: path.to_owned(),
        format: FORMAT,
        problem,
    }
}
