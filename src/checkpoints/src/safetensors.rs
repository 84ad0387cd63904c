//! Tensors of a file of safetensors, or of several with an index.

mod writer;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::CheckpointError;
use crate::json::parse_object;
use crate::number::NumberType;
use crate::source::TensorSource;
use crate::unique::UniqueMap;

pub(crate) use writer::Writer;

/// The format's name, for errors.
const FORMAT: &str = "safetensors";
/// The most bytes of a header. One of a thousand layers has 2 MB.
const MAX_HEADER: u64 = 100_000_000;
/// Bytes before the header, which hold its length.
const LENGTH_BYTES: u64 = 8;

/// The tensors of all files of a model.
#[derive(Debug)]
pub(crate) struct Shards {
    /// The file, or the index.
    path: PathBuf,
    shards: Vec<Shard>,
    /// The index of the shard of each tensor.
    places: HashMap<String, usize>,
}

/// One file of safetensors.
#[derive(Debug)]
struct Shard {
    path: PathBuf,
    file: File,
    /// The position of the first tensor's first byte.
    data: u64,
    metadata: Metadata,
}

/// The index of a split model.
#[derive(Debug, Deserialize)]
struct Index {
    weight_map: UniqueMap<String>,
}

impl Shards {
    /// Opens one file.
    pub(crate) fn open_file(path: &Path) -> Result<Self, CheckpointError> {
        let shard = Shard::open(path)?;
        let names = shard.metadata.offset_keys();
        Ok(Self {
            path: path.to_owned(),
            places: names.into_iter().map(|name| (name, 0)).collect(),
            shards: vec![shard],
        })
    }

    /// Opens the files that an index names. They are beside it.
    pub(crate) fn open_index(path: &Path) -> Result<Self, CheckpointError> {
        let text = std::fs::read(path).map_err(CheckpointError::unreadable(path))?;
        let index: Index = parse_object(path, &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut files: BTreeMap<String, usize> = BTreeMap::new();
        let mut shards = Vec::new();
        let mut places = HashMap::new();
        for (name, file) in index.weight_map.0 {
            let shard = match files.get(&file) {
                Some(&shard) => shard,
                None => {
                    shards.push(Shard::open(&beside(path, folder, &file)?)?);
                    files.insert(file, shards.len() - 1);
                    shards.len() - 1
                }
            };
            if shards[shard].metadata.info(&name).is_none() {
                let file = &shards[shard].path;
                return Err(damaged(
                    path,
                    format!("a tensor `{name}` that is not in {}", file.display()),
                ));
            }
            places.insert(name, shard);
        }
        Ok(Self {
            path: path.to_owned(),
            shards,
            places,
        })
    }

    fn info(&self, name: &str) -> Option<(&Shard, &TensorInfo)> {
        let shard = &self.shards[*self.places.get(name)?];
        Some((shard, shard.metadata.info(name)?))
    }
}

impl TensorSource for Shards {
    fn names(&self) -> Vec<&str> {
        self.places.keys().map(String::as_str).collect()
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        let (_, info) = self.info(name)?;
        Some(&info.shape)
    }

    fn file(&self, name: &str) -> &Path {
        self.info(name).map_or(&self.path, |(shard, _)| &shard.path)
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        match self.info(name) {
            Some((shard, info)) => shard.numbers(name, info),
            None => Err(damaged(&self.path, format!("no tensor `{name}`"))),
        }
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self, CheckpointError> {
        let mut file = File::open(path).map_err(CheckpointError::unreadable(path))?;
        let size = file
            .metadata()
            .map_err(CheckpointError::unreadable(path))?
            .len();
        let mut length = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut length).map_err(cut_short(path))?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER || length > size.saturating_sub(LENGTH_BYTES) {
            return Err(damaged(
                path,
                format!("a header of {length} bytes in a file of {size}"),
            ));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(cut_short(path))?;
        let unreadable = |error: serde_json::Error| {
            damaged(path, format!("a header that cannot be read ({error})"))
        };
        serde_json::from_slice::<UniqueMap<IgnoredAny>>(&header).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&header).map_err(unreadable)?;
        let data = LENGTH_BYTES + length;
        let announced = metadata.data_len() as u64;
        let held = size - data;
        if announced != held {
            return Err(damaged(
                path,
                format!("tensors of {held} bytes where the header announces {announced}"),
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            data,
            metadata,
        })
    }

    /// The numbers of a tensor, in the order of the file.
    fn numbers(&self, name: &str, info: &TensorInfo) -> Result<Vec<f32>, CheckpointError> {
        let number = match info.dtype {
            Dtype::F32 => NumberType::F32,
            Dtype::F16 => NumberType::F16,
            Dtype::BF16 => NumberType::BF16,
            other => {
                return Err(CheckpointError::TensorType {
                    path: self.path.clone(),
                    name: name.to_owned(),
                    expected: "F32, F16 or BF16",
                    found: format!("{other:?}"),
                });
            }
        };
        let mut file = &self.file;
        let (start, end) = info.data_offsets;
        file.seek(SeekFrom::Start(self.data + start as u64))
            .map_err(CheckpointError::unreadable(&self.path))?;
        let numbers = number.read(file, (end - start) / number.size());
        numbers.map_err(cut_short(&self.path))
    }
}

fn damaged(path: &Path, problem: String) -> CheckpointError {
    CheckpointError::Damaged {
        path: path.to_owned(),
        format: FORMAT,
        problem,
    }
}

/// The error of a file that ends before it should.
fn cut_short(path: &Path) -> impl Fn(std::io::Error) -> CheckpointError {
    move |error| match error.kind() {
        ErrorKind::UnexpectedEof => damaged(
            path,
            "the end of the file before the end of what it announces".to_owned(),
        ),
        _ => CheckpointError::unreadable(path)(error),
    }
}

/// The path of a shard, which must be a file beside the index: an index leads nowhere else.
fn beside(index: &Path, folder: &Path, file: &str) -> Result<PathBuf, CheckpointError> {
    let mut parts = Path::new(file).components();
    let (Some(Component::Normal(_)), None) = (parts.next(), parts.next()) else {
        return Err(damaged(
            index,
            format!("`{file}`, which is not the name of a file in its folder"),
        ));
    };
    let path = folder.join(file);
    if path.is_file() {
        return Ok(path);
    }
    Err(CheckpointError::MissingShard {
        index: index.to_owned(),
        shard: file.to_owned(),
    })
}
