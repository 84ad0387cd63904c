//! The header of a file: counts, metadata, and the list of tensors. Nothing is read beyond the end of the file, and no memory
//! is taken for what it cannot hold.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::CheckpointError;

use super::blocks::BlockType;
use super::metadata::{Metadata, Value};
use super::{MAGIC, TensorPlace, damaged};

/// The versions that are read. They differ in nothing that is read here.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// The most axes of a tensor.
const MAX_AXES: u32 = 4;
/// The field with the alignment of tensors.
const ALIGNMENT_KEY: &str = "general.alignment";
/// The alignment if there is no such field.
const ALIGNMENT: u64 = 32;
/// Every alignment is a multiple of this.
const ALIGNMENT_UNIT: u64 = 8;
/// The fewest bytes of a text: its length.
const TEXT_BYTES: u64 = 8;

/// A file whose header is being read.
pub(super) struct Header<'a> {
    path: &'a Path,
    reader: BufReader<&'a File>,
    /// Bytes of the file.
    size: u64,
    /// Bytes that were not read yet.
    left: u64,
}

/// The counts at the beginning.
pub(super) struct Counts {
    pub(super) tensors: u64,
    pub(super) fields: u64,
}

/// A tensor as the header lists it.
struct Listed {
    name: String,
    kind: BlockType,
    shape: Vec<usize>,
    /// The position after the header.
    offset: u64,
    bytes: u64,
}

impl<'a> Header<'a> {
    pub(super) fn new(path: &'a Path, file: &'a File) -> Result<Self, CheckpointError> {
        let size = file.metadata().map_err(CheckpointError::unreadable(path))?;
        Ok(Self {
            path,
            reader: BufReader::new(file),
            size: size.len(),
            left: size.len(),
        })
    }

    /// Reads the first bytes.
    pub(super) fn start(&mut self) -> Result<Counts, CheckpointError> {
        let magic: [u8; 4] = self.array("its first bytes")?;
        if magic != MAGIC {
            return Err(damaged(
                self.path,
                format!("a file that does not begin with {}", super::FORMAT),
            ));
        }
        let version = self.u32("its version")?;
        if !VERSIONS.contains(&version) {
            let found = match version.swap_bytes() {
                swapped if VERSIONS.contains(&swapped) => {
                    format!("{swapped} for machines with the other order of bytes")
                }
                _ => version.to_string(),
            };
            return Err(CheckpointError::Version {
                path: self.path.to_owned(),
                found,
            });
        }
        Ok(Counts {
            tensors: self.u64("the number of its tensors")?,
            fields: self.u64("the number of its fields")?,
        })
    }

    /// Reads the fields. Their number is no reason to take memory: the file ends before a wrong one is reached.
    pub(super) fn metadata(&mut self, count: u64) -> Result<Metadata, CheckpointError> {
        let mut fields = BTreeMap::new();
        for _ in 0..count {
            let key = self.text("the key of a field")?;
            let kind = self.u32("the type of a field")?;
            let value = self.value(&key, kind)?;
            if fields.contains_key(&key) {
                return Err(damaged(self.path, format!("the field `{key}` twice")));
            }
            fields.insert(key, value);
        }
        Ok(Metadata::new(self.path, fields))
    }

    /// Reads the list of tensors, and finds their places.
    pub(super) fn tensors(
        &mut self,
        count: u64,
        metadata: &Metadata,
    ) -> Result<BTreeMap<String, TensorPlace>, CheckpointError> {
        let mut listed = Vec::new();
        for _ in 0..count {
            listed.push(self.tensor()?);
        }
        let alignment = alignment(metadata)?;
        let read = self.size - self.left;
        let data = read.checked_next_multiple_of(alignment);
        let held = data.map_or(0, |data| self.size.saturating_sub(data));
        listed.sort_by_key(|tensor| tensor.offset);
        let mut end = 0;
        let mut tensors = BTreeMap::new();
        for tensor in listed {
            let Listed {
                name,
                offset,
                bytes,
                ..
            } = &tensor;
            let fits = offset.checked_add(*bytes).filter(|&end| end <= held);
            let (Some(next), Some(data)) = (fits, data) else {
                return Err(damaged(
                    self.path,
                    format!(
                        "the tensor `{name}` of {bytes} bytes at {offset} where {held} bytes are there for all"
                    ),
                ));
            };
            if *offset < end || offset % alignment != 0 {
                return Err(damaged(
                    self.path,
                    format!(
                        "the tensor `{name}` at {offset}, which is inside another one or not a multiple of {alignment}"
                    ),
                ));
            }
            end = next;
            let place = TensorPlace {
                kind: tensor.kind,
                shape: tensor.shape,
                start: data + tensor.offset,
                bytes: tensor.bytes as usize,
            };
            if tensors.contains_key(&tensor.name) {
                return Err(damaged(
                    self.path,
                    format!("the tensor `{}` twice", tensor.name),
                ));
            }
            tensors.insert(tensor.name, place);
        }
        Ok(tensors)
    }

    fn tensor(&mut self) -> Result<Listed, CheckpointError> {
        let name = self.text("the name of a tensor")?;
        let axes = self.u32("the axes of a tensor")?;
        if axes > MAX_AXES {
            return Err(damaged(
                self.path,
                format!("the tensor `{name}` of {axes} axes, where {MAX_AXES} are the most"),
            ));
        }
        let mut lengths = Vec::new();
        for _ in 0..axes {
            lengths.push(self.u64("the shape of a tensor")?);
        }
        let code = self.u32("the type of a tensor")?;
        let offset = self.u64("the place of a tensor")?;
        let kind = BlockType::from_code(code).map_err(|found| CheckpointError::Quantization {
            path: self.path.to_owned(),
            name: name.clone(),
            found,
        })?;
        let Some(bytes) = size_of_tensor(kind, &lengths) else {
            return Err(damaged(
                self.path,
                format!(
                    "the tensor `{name}` of shape {lengths:?}, which is no whole number of blocks"
                ),
            ));
        };
        Ok(Listed {
            name,
            kind,
            // Rows first, as the hub has it.
            shape: lengths
                .iter()
                .rev()
                .map(|&length| length as usize)
                .collect(),
            offset,
            bytes,
        })
    }

    fn value(&mut self, key: &str, kind: u32) -> Result<Value, CheckpointError> {
        Ok(match kind {
            0 => Value::Integer(self.array::<1>(key)?[0].into()),
            1 => Value::Integer(i8::from_le_bytes(self.array(key)?).into()),
            2 => Value::Integer(u16::from_le_bytes(self.array(key)?).into()),
            3 => Value::Integer(i16::from_le_bytes(self.array(key)?).into()),
            4 => Value::Integer(self.u32(key)?.into()),
            5 => Value::Integer(i32::from_le_bytes(self.array(key)?).into()),
            6 => Value::Float(f32::from_le_bytes(self.array(key)?).into()),
            7 => Value::Bool(self.array::<1>(key)?[0] != 0),
            8 => Value::Text(self.text(key)?),
            9 => self.list(key)?,
            10 => Value::Integer(self.u64(key)?.into()),
            11 => Value::Integer(i64::from_le_bytes(self.array(key)?).into()),
            12 => Value::Float(f64::from_le_bytes(self.array(key)?)),
            other => {
                return Err(damaged(
                    self.path,
                    format!("the field `{key}` of the unknown type {other}"),
                ));
            }
        })
    }

    fn list(&mut self, key: &str) -> Result<Value, CheckpointError> {
        let kind = self.u32(key)?;
        let count = self.u64(key)?;
        let bytes_of_one = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 => TEXT_BYTES,
            10..=12 => 8,
            other => {
                return Err(damaged(
                    self.path,
                    format!("the list `{key}` of the type {other}, which no list has"),
                ));
            }
        };
        let bytes = count
            .checked_mul(bytes_of_one)
            .filter(|&bytes| bytes <= self.left);
        let Some(bytes) = bytes else {
            return Err(damaged(
                self.path,
                format!(
                    "the list `{key}` of {count} entries in a file that has {} bytes more",
                    self.left
                ),
            ));
        };
        match kind {
            5 => {
                let mut integers = Vec::with_capacity(count as usize);
                for _ in 0..count {
                    integers.push(i32::from_le_bytes(self.array(key)?));
                }
                Ok(Value::Integers(integers))
            }
            8 => {
                let mut texts = Vec::with_capacity(count as usize);
                for _ in 0..count {
                    texts.push(self.text(key)?);
                }
                Ok(Value::Texts(texts))
            }
            _ => {
                self.skip(bytes)?;
                Ok(Value::Others)
            }
        }
    }

    fn text(&mut self, what: &str) -> Result<String, CheckpointError> {
        let length = self.u64(what)?;
        if length > self.left {
            return Err(damaged(
                self.path,
                format!(
                    "{length} bytes for {what} in a file that has {} bytes more",
                    self.left
                ),
            ));
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes, what)?;
        String::from_utf8(bytes)
            .map_err(|_| damaged(self.path, format!("{what} that is no text in UTF-8")))
    }

    fn u32(&mut self, what: &str) -> Result<u32, CheckpointError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    fn u64(&mut self, what: &str) -> Result<u64, CheckpointError> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], CheckpointError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8], what: &str) -> Result<(), CheckpointError> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(damaged(self.path, format!("the end of the file in {what}")));
        };
        self.left = left;
        let read = self.reader.read_exact(bytes);
        read.map_err(CheckpointError::unreadable(self.path))
    }

    /// Passes over bytes, of which so many are left.
    fn skip(&mut self, bytes: u64) -> Result<(), CheckpointError> {
        self.left -= bytes;
        let read = std::io::copy(&mut self.reader.by_ref().take(bytes), &mut std::io::sink());
        read.map_err(CheckpointError::unreadable(self.path))?;
        Ok(())
    }
}

/// The bytes of a tensor, or `None` if its rows are no whole numbers of blocks or no machine could hold it. The length of a
/// row comes first.
fn size_of_tensor(kind: BlockType, lengths: &[u64]) -> Option<u64> {
    let in_block = kind.numbers() as u64;
    let row = lengths.first().copied().unwrap_or(1);
    if row % in_block != 0 {
        return None;
    }
    let mut bytes = (row / in_block).checked_mul(kind.size() as u64)?;
    for length in lengths.iter().skip(1) {
        bytes = bytes.checked_mul(*length)?;
    }
    let fits = usize::try_from(bytes).is_ok();
    fits.then_some(bytes)
}

fn alignment(metadata: &Metadata) -> Result<u64, CheckpointError> {
    if !metadata.contains(ALIGNMENT_KEY) {
        return Ok(ALIGNMENT);
    }
    let alignment = metadata.positive(ALIGNMENT_KEY)? as u64;
    if alignment.is_multiple_of(ALIGNMENT_UNIT) {
        return Ok(alignment);
    }
    Err(metadata.unexpected(ALIGNMENT_KEY, format!("a multiple of {ALIGNMENT_UNIT}")))
}
