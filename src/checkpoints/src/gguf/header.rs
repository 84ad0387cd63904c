//! The header of a file: counts, metadata, and what the list of tensors is made of. Nothing is read beyond the end of the
//! file, and no memory is taken for what it cannot hold.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::CheckpointError;

use super::metadata::{Metadata, Value};
use super::{MAGIC, damaged};

/// The versions that are read. They differ in nothing that is read here.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
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

    /// The bytes of the file that were read.
    pub(super) fn read(&self) -> u64 {
        self.size - self.left
    }

    /// The bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The file.
    pub(super) fn path(&self) -> &'a Path {
        self.path
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

    pub(super) fn text(&mut self, what: &str) -> Result<String, CheckpointError> {
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

    pub(super) fn u32(&mut self, what: &str) -> Result<u32, CheckpointError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(super) fn u64(&mut self, what: &str) -> Result<u64, CheckpointError> {
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
