//! The list of tensors, and their places in a file: inside it, aligned, and none in another.

use std::collections::BTreeMap;
use std::path::Path;

use crate::blocks::BlockType;
use crate::error::CheckpointError;

use super::header::Header;
use super::metadata::Metadata;
use super::{TensorPlace, damaged};

/// The most axes of a tensor.
const MAX_AXES: u32 = 4;
/// The field with the alignment of tensors.
const ALIGNMENT_KEY: &str = "general.alignment";
/// The alignment if there is no such field.
const ALIGNMENT: u64 = 32;
/// Every alignment is a multiple of this.
const ALIGNMENT_UNIT: u64 = 8;

/// A tensor as the header lists it.
struct Listed {
    name: String,
    kind: BlockType,
    shape: Vec<usize>,
    /// The position after the header.
    offset: u64,
    bytes: u64,
}

/// Reads the list of tensors, and finds their places.
pub(super) fn tensors(
    header: &mut Header<'_>,
    count: u64,
    metadata: &Metadata,
) -> Result<BTreeMap<String, TensorPlace>, CheckpointError> {
    let mut list = Vec::new();
    for _ in 0..count {
        list.push(listed(header)?);
    }
    list.sort_by_key(|tensor| tensor.offset);
    let alignment = alignment(metadata)?;
    let path = header.path();
    // No file is so long that the next multiple is none.
    let data = header.read().next_multiple_of(alignment);
    let held = header.size().saturating_sub(data);
    let mut end = 0;
    let mut tensors = BTreeMap::new();
    for tensor in list {
        end = tensor.end(path, end, held, alignment)?;
        let place = TensorPlace {
            kind: tensor.kind,
            shape: tensor.shape,
            start: data + tensor.offset,
            bytes: tensor.bytes as usize,
        };
        if tensors.contains_key(&tensor.name) {
            return Err(damaged(path, format!("the tensor `{}` twice", tensor.name)));
        }
        tensors.insert(tensor.name, place);
    }
    Ok(tensors)
}

impl Listed {
    /// The offset of the first byte after the tensor, which begins after the `end` of the one before.
    fn end(
        &self,
        path: &Path,
        end: u64,
        held: u64,
        alignment: u64,
    ) -> Result<u64, CheckpointError> {
        let Self {
            name,
            offset,
            bytes,
            ..
        } = self;
        let fits = offset.checked_add(*bytes).filter(|&end| end <= held);
        let problem = match fits {
            Some(next) if *offset >= end && offset.is_multiple_of(alignment) => return Ok(next),
            Some(_) => format!(
                "the tensor `{name}` at {offset}, which is inside another one or not a multiple of {alignment}"
            ),
            None => format!(
                "the tensor `{name}` of {bytes} bytes at {offset} where {held} bytes are there for all"
            ),
        };
        Err(damaged(path, problem))
    }
}

/// Reads the next tensor of the list.
fn listed(header: &mut Header<'_>) -> Result<Listed, CheckpointError> {
    let name = header.text("the name of a tensor")?;
    let axes = header.u32("the axes of a tensor")?;
    if axes > MAX_AXES {
        return Err(damaged(
            header.path(),
            format!("the tensor `{name}` of {axes} axes, where {MAX_AXES} are the most"),
        ));
    }
    let mut lengths = Vec::new();
    for _ in 0..axes {
        lengths.push(header.u64("the shape of a tensor")?);
    }
    let code = header.u32("the type of a tensor")?;
    let offset = header.u64("the place of a tensor")?;
    let kind = BlockType::from_code(code).map_err(|found| CheckpointError::Quantization {
        path: header.path().to_owned(),
        name: name.clone(),
        found,
    })?;
    let Some(bytes) = size_of_tensor(kind, &lengths) else {
        return Err(damaged(
            header.path(),
            format!(
                "the tensor `{name}` of shape {lengths:?}, whose rows are no whole numbers of blocks, or which is too large"
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
