//! Checkpoints of each format are read, converted, and refused if they are wrong.

mod converting;
mod errors;
mod gguf;
mod onnx;
mod safetensors;
#[path = "../samples/shared.rs"]
mod samples;
