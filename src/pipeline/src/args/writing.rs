//! The options of the tasks that write, token by token.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Input, ModelChoice};

/// `text-generation`.
#[derive(Debug, Args)]
pub struct Generate {
    /// Prompts.
    #[command(flatten)]
    pub input: Input,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// Answer the text instead of continuing it; without a text, each line of standard input is answered in one
    /// conversation
    #[arg(long, conflicts_with_all = ["ids", "tensors"])]
    pub chat: bool,
    /// Number of tokens to write at most [default: 50, or 500 with --chat]
    #[arg(long, value_name = "NUMBER")]
    pub max_new_tokens: Option<usize>,
    /// The way in which tokens are chosen.
    #[command(flatten)]
    pub decoding: Decoding,
    /// Form in which the weights are in memory [default: stored, or f32 with --own]
    #[arg(long, value_enum)]
    pub weights: Option<WeightForm>,
    /// Write hidden states, attentions and logits of the prompts to a safetensors file
    #[arg(long, value_name = "FILE")]
    pub tensors: Option<PathBuf>,
}

/// A form of weights in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WeightForm {
    /// Blocks of a GGUF file stay as they are: less memory and more tokens per second
    Stored,
    /// All are floats of 32 bits, as your functions take them
    F32,
}

/// `text2text-generation`.
#[derive(Debug, Args)]
pub struct Text2Text {
    /// Sources.
    #[command(flatten)]
    pub input: Input,
    /// The model.
    #[command(flatten)]
    pub model: ModelChoice,
    /// Number of tokens to write at most
    #[arg(long, value_name = "NUMBER", default_value_t = 500)]
    pub max_new_tokens: usize,
    /// The way in which tokens are chosen.
    #[command(flatten)]
    pub decoding: Decoding,
    /// Write the encoder's hidden states and attentions, and the first logits, to a safetensors file
    #[arg(long, value_name = "FILE")]
    pub tensors: Option<PathBuf>,
}

/// Options of tasks that write, token by token.
#[derive(Debug, Args)]
pub struct Decoding {
    /// End before this text or special token, where the model writes it; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub stop: Vec<String>,
    /// Divide scores by this before a token is drawn: below 1 prefers likely tokens, 0 takes the likeliest [default: 0,
    /// or 1 with --top-k or --top-p]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub temperature: Option<f32>,
    /// Draw among this many of the likeliest tokens
    #[arg(long, value_name = "NUMBER")]
    pub top_k: Option<usize>,
    /// Draw among the likeliest tokens whose probabilities add up to this
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub top_p: Option<f32>,
    /// Make tokens less likely that are there already; 1 changes nothing
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    pub repetition_penalty: f32,
    /// Search for the likeliest text with this many beams, at most 64, instead of drawing
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["temperature", "top_k", "top_p"])]
    pub beams: Option<usize>,
    /// Fixes what is drawn: the same seed writes the same text
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// Number of threads that compute a token together; with --own there is one
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub threads: u8,
}
