//! Trains a small Vision Transformer on handwritten digits.
//!
//! ```text
//! fetched digits → Samples → Vit → Trained → folder in the hub's layout
//! ```
//!
//! The first digits are learned from, the others are held out: [`attentive_models::digits`] says where one ends and the
//! other begins. Everything random comes from libtorch's one generator, on one thread, so the same seed on the same kind of
//! processor gives the same bytes.

mod folder;
mod run;
mod samples;
mod vit;

pub use folder::{Record, recorded, write};
pub use run::{Options, Progress, Trained, train};
pub use vit::STEPS;

/// The name of the model and of its folder.
pub const NAME: &str = "book-digits";
