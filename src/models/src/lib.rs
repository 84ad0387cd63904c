//! Models in the hub's layout, and the course's functions that run them.
//!
//! ```text
//! folder → config, checkpoint → encoder or GPT → hidden states, attentions, logits
//!        → tokenizer → ids ↗
//! ```
//!
//! A folder is a model: `config.json`, `model.safetensors` (or the index of several) and `tokenizer.json` (or `vocab.txt`,
//! or `vocab.json` with `merges.txt`).
//!
//! [`Config`] says which model it is and how large. [`Checkpoint`] reads tensors by name as `f32`, and checks each against
//! the shape that follows from the configuration. [`Tokenizer`] turns text into ids and back.
//!
//! What is read is never trusted. A file that is cut short, contradicts itself, or belongs to another model gets a
//! [`ModelError`], which names the file, the tensor, the expected and the found.

mod checkpoint;
mod config;
mod error;
mod tokenizer;

pub use checkpoint::Checkpoint;
pub use config::{Config, EncoderConfig, EncoderFamily, GptConfig};
pub use error::ModelError;
pub use tokenizer::{Encoded, Tokenizer};
