//! Tensors of a model's file of safetensors, or of several with an index.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use ndarray::{Array, Dimension, IntoDimension};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::Deserialize;

use crate::error::ModelError;

/// The file of a model that is not split.
const WHOLE: &str = "model.safetensors";
/// The index of a model that is split into several files.
const INDEX: &str = "model.safetensors.index.json";
/// The name of a model's file of the old kind.
const PICKLE: &str = "pytorch_model.bin";
/// The most bytes of a header. One of a thousand layers has 2 MB.
const MAX_HEADER: u64 = 100_000_000;
/// Bytes before the header, which hold its length.
const LENGTH_BYTES: u64 = 8;
/// Numbers of 16 bits that are read at once.
const CHUNK: usize = 1 << 15;

/// The tensors of a model. Opening one reads the header alone; each tensor is read when it is asked for.
#[derive(Debug)]
pub struct Checkpoint {
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
    weight_map: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Opens the checkpoint of a model's folder.
    ///
    /// # Errors
    /// When there is none, or a header does not agree with its file.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let whole = folder.join(WHOLE);
        if whole.is_file() {
            return Self::open_file(&whole);
        }
        let index = folder.join(INDEX);
        if index.is_file() {
            return Self::open_index(folder, &index);
        }
        let pickle = folder.join(PICKLE);
        if pickle.is_file() {
            return Err(ModelError::Pickle(pickle));
        }
        Err(ModelError::MissingFile {
            folder: folder.to_owned(),
            file: WHOLE,
        })
    }

    /// Opens one file of safetensors.
    ///
    /// # Errors
    /// When it cannot be read, or its header does not agree with its size.
    pub fn open_file(path: &Path) -> Result<Self, ModelError> {
        let shard = Shard::open(path)?;
        let names = shard.metadata.offset_keys();
        Ok(Self {
            path: path.to_owned(),
            places: names.into_iter().map(|name| (name, 0)).collect(),
            shards: vec![shard],
        })
    }

    fn open_index(folder: &Path, path: &Path) -> Result<Self, ModelError> {
        let text = std::fs::read(path).map_err(ModelError::unreadable(path))?;
        let index: Index = serde_json::from_slice(&text).map_err(|error| ModelError::Json {
            path: path.to_owned(),
            error,
        })?;
        let mut files: BTreeMap<String, usize> = BTreeMap::new();
        let mut shards = Vec::new();
        let mut places = HashMap::new();
        for (name, file) in index.weight_map {
            let shard = match files.get(&file) {
                Some(&shard) => shard,
                None => {
                    shards.push(Shard::open(&folder.join(plain_name(path, &file)?))?);
                    files.insert(file, shards.len() - 1);
                    shards.len() - 1
                }
            };
            if shards[shard].metadata.info(&name).is_none() {
                let file = &shards[shard].path;
                return Err(ModelError::Checkpoint {
                    path: path.to_owned(),
                    problem: format!("a tensor `{name}` that is not in {}", file.display()),
                });
            }
            places.insert(name, shard);
        }
        Ok(Self {
            path: path.to_owned(),
            shards,
            places,
        })
    }

    /// The file, or the index of several.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all tensors, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Returns `true` if there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Reads a tensor of F32, F16 or BF16 as `f32`.
    ///
    /// # Errors
    /// When there is none of this name, its shape is a different one, its numbers are of a different kind, or the file
    /// cannot be read.
    pub fn read<D: Dimension>(
        &self,
        name: &str,
        shape: impl IntoDimension<Dim = D>,
    ) -> Result<Array<f32, D>, ModelError> {
        let shape = shape.into_dimension();
        let (shard, info) = self.info(name).ok_or_else(|| ModelError::MissingTensor {
            path: self.path.clone(),
            name: name.to_owned(),
            shape: shape.slice().to_vec(),
        })?;
        if info.shape != shape.slice() {
            return Err(ModelError::TensorShape {
                path: shard.path.clone(),
                name: name.to_owned(),
                expected: shape.slice().to_vec(),
                found: info.shape.clone(),
            });
        }
        let numbers = shard.numbers(name, info)?;
        Array::from_shape_vec(shape, numbers).map_err(|error| ModelError::Checkpoint {
            path: shard.path.clone(),
            problem: format!("the tensor `{name}` with a shape that fits no memory ({error})"),
        })
    }

    fn info(&self, name: &str) -> Option<(&Shard, &TensorInfo)> {
        let shard = &self.shards[*self.places.get(name)?];
        Some((shard, shard.metadata.info(name)?))
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self, ModelError> {
        let mut file = File::open(path).map_err(ModelError::unreadable(path))?;
        let size = file.metadata().map_err(ModelError::unreadable(path))?.len();
        let wrong = |problem: String| ModelError::Checkpoint {
            path: path.to_owned(),
            problem,
        };
        let mut length = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut length).map_err(cut_short(path))?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER || length > size.saturating_sub(LENGTH_BYTES) {
            return Err(wrong(format!(
                "a header of {length} bytes in a file of {size}"
            )));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(cut_short(path))?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|error| wrong(format!("a header that cannot be read ({error})")))?;
        let data = LENGTH_BYTES + length;
        let announced = metadata.data_len() as u64;
        let held = size - data;
        if announced != held {
            return Err(wrong(format!(
                "tensors of {held} bytes where the header announces {announced}"
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            data,
            metadata,
        })
    }

    /// The numbers of a tensor, in the order of the file.
    fn numbers(&self, name: &str, info: &TensorInfo) -> Result<Vec<f32>, ModelError> {
        let mut file = &self.file;
        let (start, end) = info.data_offsets;
        file.seek(SeekFrom::Start(self.data + start as u64))
            .map_err(ModelError::unreadable(&self.path))?;
        let numbers = match info.dtype {
            Dtype::F32 => read_f32(file, (end - start) / size_of::<f32>()),
            Dtype::F16 => read_half::<f16>(file, (end - start) / size_of::<f16>()),
            Dtype::BF16 => read_half::<bf16>(file, (end - start) / size_of::<bf16>()),
            other => {
                return Err(ModelError::TensorType {
                    path: self.path.clone(),
                    name: name.to_owned(),
                    found: format!("{other:?}"),
                });
            }
        };
        numbers.map_err(cut_short(&self.path))
    }
}

/// Reads little-endian numbers straight into the memory in which they stay.
fn read_f32(mut file: &File, count: usize) -> std::io::Result<Vec<f32>> {
    let mut numbers = vec![0.0_f32; count];
    file.read_exact(bytemuck::cast_slice_mut(&mut numbers))?;
    if cfg!(target_endian = "big") {
        for number in &mut numbers {
            *number = f32::from_bits(number.to_bits().swap_bytes());
        }
    }
    Ok(numbers)
}

/// Reads numbers of 16 bits by the chunk, so that they are never in memory beside the whole tensor.
fn read_half<H: Copy + Default>(mut file: &File, count: usize) -> std::io::Result<Vec<f32>>
where
    [H]: HalfFloatSliceExt,
{
    let mut numbers = vec![0.0; count];
    let mut halves = vec![H::default(); CHUNK.min(count)];
    for numbers in numbers.chunks_mut(CHUNK) {
        let halves = &mut halves[..numbers.len()];
        let bits = halves.reinterpret_cast_mut();
        file.read_exact(bytemuck::cast_slice_mut(bits))?;
        if cfg!(target_endian = "big") {
            for bits in bits {
                *bits = bits.swap_bytes();
            }
        }
        halves.convert_to_f32_slice(numbers);
    }
    Ok(numbers)
}

/// The error of a file that ends before it should.
fn cut_short(path: &Path) -> impl Fn(std::io::Error) -> ModelError {
    move |error| match error.kind() {
        ErrorKind::UnexpectedEof => ModelError::Checkpoint {
            path: path.to_owned(),
            problem: "the end of the file before the end of what it announces".to_owned(),
        },
        _ => ModelError::Unreadable {
            path: path.to_owned(),
            error,
        },
    }
}

/// The name of a shard, which must be a file beside the index: an index leads nowhere else.
fn plain_name<'a>(index: &Path, file: &'a str) -> Result<&'a str, ModelError> {
    let mut parts = Path::new(file).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(_)), None) => Ok(file),
        _ => Err(ModelError::Checkpoint {
            path: index.to_owned(),
            problem: format!("`{file}`, which is not the name of a file in its folder"),
        }),
    }
}
