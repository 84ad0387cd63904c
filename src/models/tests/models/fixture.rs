//! The tiny checkpoints of `src/reference/checkpoints.py`.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The folder of a fixture.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// A copy of a fixture that may be damaged.
pub(crate) fn copy(name: &str) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for file in ["config.json", "model.safetensors"] {
        fs::copy(folder(name).join(file), copy.path().join(file)).expect("a copy");
    }
    copy
}
