//! Runs checkpoints of the hub's layout through the functions of the course, or through a learner's.
//!
//! ```text
//! arguments → texts → token ids → pieces → batches → the model → what the task makes of it → text or JSON
//! ```
//!
//! [`Arguments`] is the command line, and [`run`] does what it says; each task is a module. Models and tokenizers come
//! from `attentive-models`, and the functions that choose tokens from exercise 19.
//!
//! With `--own`, `cargo attentive` compiles this crate and `attentive-models` with the exercises in place of the
//! solutions. Nothing here depends on that, except for the words about a function that is not solved or panics.

mod args;
mod attention;
mod batches;
mod catalogue;
mod chat;
mod classify;
mod classify_images;
mod continuation;
mod convert;
mod digit_range;
mod edits;
mod encode;
mod error;
mod features;
mod fill_mask;
mod generate;
mod input;
mod labels;
mod model;
mod own;
mod page;
mod pieces;
mod print;
mod run;
mod stop;
mod stream;
mod tensors;
mod text2text;
mod tokenize;
mod train;
mod writer;
mod written;

pub use args::Arguments;
pub use error::PipelineError;
pub use run::run;
