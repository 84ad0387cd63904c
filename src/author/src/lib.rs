//! For authors: makes the skeleton of an exercise, and says what is still missing from one.
//!
//! - [`create`] writes every file of a new exercise, with a placeholder wherever its author has to write.
//! - [`Check`] goes through all that CI would say about one exercise, as a list of [`Step`]s. Each ends in an
//!   [`Outcome`]; what is missing is a [`Gap`] with what to do about it.
//! - [`Part`] names the files that an author writes, which both work on.

mod check;
mod part;
mod report;
mod skeleton;

pub use check::{Check, CheckError, Checked, Gap, Outcome, ProgramError, Step};
pub use part::Part;
pub use report::{json, missing, result, summary};
pub use skeleton::{CreateError, Created, NameError, RegistrationError, create};
