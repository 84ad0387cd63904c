//! Small files of all formats, written by hand so that each number in them is known.

pub(crate) mod gguf;
pub(crate) mod onnx;

use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

/// Numbers that look random and are always the same.
pub(crate) struct Numbers(u32);

impl Numbers {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 24) as u8
    }

    /// Some bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }

    /// Some numbers between -1 and 1.
    pub(crate) fn floats(&mut self, count: usize) -> Vec<f32> {
        let mut float = || f32::from(self.byte()) / 128.0 - 1.0;
        (0..count).map(|_| float()).collect()
    }
}

/// A folder with files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, contents) in files {
        fs::write(folder.path().join(name), contents).expect("a file");
    }
    folder
}

/// The bytes of floats.
pub(crate) fn le_bytes(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// A text without the name of a folder.
pub(crate) fn without(folder: &Path, text: &str) -> String {
    text.replace(&folder.display().to_string(), "folder")
}

/// A file of safetensors with one tensor.
pub(crate) fn safetensors_file(name: &str, dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let view = TensorView::new(dtype, shape.to_vec(), bytes).expect("a tensor");
    safetensors::serialize([(name, view)], None).expect("a file")
}
