//! Writes a file of safetensors tensor by tensor, so that no more than one of them is in memory.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorInfo};

use crate::error::CheckpointError;
use crate::number::NumberType;

/// The header's length is a multiple of this, so that the numbers behind it are aligned.
const ALIGNMENT: usize = 8;

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    number: NumberType,
}

impl Writer {
    /// Writes the header of tensors that follow in this order.
    pub(crate) fn create(
        path: &Path,
        number: NumberType,
        tensors: &[(&str, &[usize])],
    ) -> Result<Self, CheckpointError> {
        let mut infos = Vec::with_capacity(tensors.len());
        let mut end = 0;
        for (name, shape) in tensors {
            let start = end;
            end += shape.iter().product::<usize>() * number.size();
            let info = TensorInfo {
                dtype: number.dtype(),
                shape: shape.to_vec(),
                data_offsets: (start, end),
            };
            infos.push(((*name).to_owned(), info));
        }
        // The hub's library asks for it.
        let framework = [("format".to_owned(), "pt".to_owned())];
        let metadata = Metadata::new(Some(framework.into()), infos);
        let metadata = metadata.map_err(|error| CheckpointError::Damaged {
            path: path.to_owned(),
            format: super::FORMAT,
            problem: format!("tensors that no header can describe ({error})"),
        })?;
        let mut header = serde_json::to_vec(&metadata).map_err(CheckpointError::json(path))?;
        header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
        let file = File::create_new(path).map_err(CheckpointError::unwritable(path))?;
        let mut writer = Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
            number,
        };
        writer.write(&(header.len() as u64).to_le_bytes())?;
        writer.write(&header)?;
        Ok(writer)
    }

    /// Writes the next tensor, and returns its number of bytes.
    ///
    /// # Errors
    /// When a number is too large for the file's type, or the file cannot be written.
    pub(crate) fn tensor(&mut self, name: &str, numbers: &[f32]) -> Result<u64, CheckpointError> {
        ensure_fit(self.number, name, numbers)?;
        let bytes = self.number.bytes(numbers);
        self.write(&bytes)?;
        Ok(bytes.len() as u64)
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> Result<(), CheckpointError> {
        let flushed = self.file.flush();
        flushed.map_err(CheckpointError::unwritable(&self.path))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), CheckpointError> {
        let written = self.file.write_all(bytes);
        written.map_err(CheckpointError::unwritable(&self.path))
    }
}

/// Checks that no number becomes infinite in the type that it is rounded to. One that is infinite may stay so.
fn ensure_fit(number: NumberType, name: &str, numbers: &[f32]) -> Result<(), CheckpointError> {
    let (largest, wider) = match number {
        NumberType::F32 => return Ok(()),
        NumberType::F16 => ("65504", "bf16 or f32"),
        NumberType::BF16 => ("3.39e38", "f32"),
    };
    for &found in numbers {
        if found.is_finite() && !number.has(found) {
            return Err(CheckpointError::TooLarge {
                name: name.to_owned(),
                number,
                largest,
                found,
                wider,
            });
        }
    }
    Ok(())
}
