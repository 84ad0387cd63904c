//! The trained model that ships with the course.

use std::cell::OnceCell;
use std::path::Path;

use attentive_grader::Bundle;

use crate::bridge::to_libtorch;
use crate::model_weights::Weights;

/// The model's file.
const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../exercises/13-transformer/model.safetensors"
);

thread_local! {
    /// The model is read once: most computations of the exercise need it. libtorch's tensors stay in their thread.
    static TRAINED: OnceCell<Weights> = const { OnceCell::new() };
}

/// The trained weights, by the names that [`model`](super::model) reads.
///
/// # Panics
/// When the file is missing or no bundle: the repository is not whole.
pub fn trained() -> Weights {
    TRAINED.with(|trained| trained.get_or_init(read).clone())
}

fn read() -> Weights {
    load(Path::new(FILE)).unwrap_or_else(|error| {
        panic!("{FILE}: {error}; `cargo run -p attentive-reference -- train` makes it, in a few minutes")
    })
}

fn load(path: &Path) -> Result<Weights, Box<dyn std::error::Error>> {
    let bundle = Bundle::from_bytes(&std::fs::read(path)?)?;
    Ok(bundle
        .tensors
        .iter()
        .map(|(name, tensor)| (name.clone(), to_libtorch(tensor)))
        .collect())
}
