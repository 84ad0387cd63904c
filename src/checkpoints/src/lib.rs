//! Checkpoints of other people, in three formats, read as if all of them came from the hub.
//!
//! ```text
//! model.safetensors, or shards with an index ─┐
//! GGUF: blocks, metadata, tokenizer ──────────┼→ Checkpoint: tensors as f32, by the hub's names ┐
//! ONNX: initialisers with their scales ───────┘→ HubModel: config.json, tokenizer.json … ───────┴→ convert → folder
//! ```
//!
//! [`Checkpoint`] is what a model is read from. It opens a folder or a file, knows the names and shapes of all tensors, and
//! reads each one as `f32` when it is asked for. [`Gguf`] has the blocks of a tensor as they are in the file, for programs
//! that compute with them. [`HubModel`] adds the files that the other formats have inside, and [`convert`] writes all of it
//! as a folder of the hub. [`Unfinished`] is a folder that has no name until it is whole.
//!
//! The files come from strangers. Every count, offset and length is checked before it is used. No reader takes more memory
//! than a small multiple of the file, and what is wrong with a file is a [`CheckpointError`] of one line.

mod blocks;
mod checkpoint;
mod companions;
mod convert;
mod error;
mod expected;
mod folder;
mod gguf;
mod hub;
mod json;
mod number;
mod onnx;
mod safetensors;
mod source;
mod unfinished;
mod unique;

pub use blocks::{BlockParts, BlockType, Blocks};
pub use checkpoint::Checkpoint;
pub use convert::{Converted, Progress, convert};
pub use error::{CheckpointError, first_names};
pub use gguf::Gguf;
pub use hub::{HubFile, HubModel, hub_file};
pub use json::{ensure_object, parse_object};
pub use number::NumberType;
pub use unfinished::Unfinished;
