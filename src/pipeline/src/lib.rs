//! Language models on the command line.
//!
//! ```text
//! arguments → texts → tokens → text or JSON
//! ```
//!
//! [`Arguments`] is the command line, and [`run`] does what it says; each task is a module. Tokenizers come from
//! `attentive-models`.

mod args;
mod error;
mod input;
mod pieces;
mod print;
mod run;
mod tokenize;

pub use args::Arguments;
pub use error::PipelineError;
pub use run::run;
