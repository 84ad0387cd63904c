//! The command line. What `--help` prints is written here, and it is meant to be read by beginners.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Parsed command line of the program, which is two commands of `cargo attentive`.
#[derive(Debug, Parser)]
#[command(name = "attentive", bin_name = "cargo attentive")]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a language model
    #[command(after_help = "\
Examples:
  cargo attentive pipeline tokenize \"The cat sat.\" --model models/gpt2

A model is a folder with config.json, model.safetensors and tokenizer.json, as the hub has it.

`cargo attentive pipeline TASK --help` has the options of a task.

Exit status: 0 done, 2 the command could not do its work.")]
    Pipeline(Pipeline),
}

/// `pipeline`.
#[derive(Debug, Args)]
#[command(subcommand_value_name = "TASK", subcommand_help_heading = "Tasks")]
#[command(disable_help_subcommand = true)]
pub struct Pipeline {
    /// The task.
    #[command(subcommand)]
    pub task: Task,
}

/// Tasks, by the hub's names.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Show the tokens of a text, and their ids
    #[command(after_help = "\
Examples:
  cargo attentive pipeline tokenize \"The quick brown fox\" --model models/gpt2
  cargo attentive pipeline tokenize \"The quick brown fox\" --model models/gpt2 --model models/bert-base-uncased
  cargo attentive pipeline tokenize --ids \"464 2068 7586\" --model models/gpt2

The folder needs tokenizer.json or vocab.txt only. With several models, their tokens are side by side.")]
    Tokenize(Tokenize),
}

/// Texts, and the model that reads them.
#[derive(Debug, Args)]
pub struct Input {
    /// The texts; without any, each line of --file or of standard input is one
    #[arg(value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Read texts from a file, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "texts")]
    pub file: Option<PathBuf>,
    /// Texts are token ids, such as "101 2023 102", and are taken as they are
    #[arg(long)]
    pub ids: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `tokenize`.
#[derive(Debug, Args)]
pub struct Tokenize {
    /// Texts.
    #[command(flatten)]
    pub input: Input,
    /// A folder with a tokenizer; may be repeated
    #[arg(long, value_name = "FOLDER")]
    pub model: Vec<String>,
}
