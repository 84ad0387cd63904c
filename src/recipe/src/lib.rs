//! Everything that two runs of training must have in common, if their losses are to be compared: one run computes with the
//! functions of the course or of a learner, and the other one with libtorch.
//!
//! ```text
//! text or chains → Source → Corpus → the batch of each step ↘
//!                                    first parameters       → a run → RunRecord
//!                           Recipe → settings               ↗
//! ```
//!
//! A recipe is for [`Data`] of one kind, and a [`Source`] has them: a [`Text`], or sequences that are drawn. [`Corpus`] turns
//! them into numbers, holds a part of them out, and draws the batch of each step. [`first_parameters`] draws the parameters
//! before the first step. What is drawn depends on the seed and on the number of the step alone, so that a run can be resumed
//! at any step. A [`Recipe`] has the sizes and the settings, a [`Plan`] all that decides what a run computes, and a
//! [`RunRecord`] the losses that came of it.

mod chains;
mod characters;
mod corpus;
mod data;
mod error;
mod name;
mod parameters;
mod plan;
mod random;
mod recipe;
mod record;
mod source;
mod text;

pub use characters::Characters;
pub use corpus::{Corpus, Windows};
pub use data::Data;
pub use error::{RecordError, TextError};
pub use name::RecipeName;
pub use parameters::first_parameters;
pub use plan::{Aspect, Difference, Plan};
pub use recipe::Recipe;
pub use record::{Measured, RunRecord};
pub use source::Source;
pub use text::Text;
