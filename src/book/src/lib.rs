//! The book of Attentive, built.
//!
//! mdBook turns Markdown into pages; this crate adds what the lessons need and mdBook does not have, all of it at
//! build time, so that a page asks nothing of the network and shows everything without JavaScript:
//!
//! - `$…$` and `$$…$$` are typeset by KaTeX;
//! - `{{#quiz NAME}}` becomes the questions of `quizzes/NAME.toml`;
//! - `{{#figure NAME}}` becomes a picture of what the course's solutions compute ([`figures`]);
//! - `{{#explorer NAME}}` becomes attention whose settings the reader can change;
//! - a section whose heading is the anchor of a mistake in an `exercise.toml` ends with the right numbers and the
//!   mistaken ones.
//!
//! [`build`] does it all in one process. [`Lessons`] is the part that is an mdBook preprocessor.

mod build;
mod check;
mod course;
mod error;
mod explorer;
pub mod figures;
mod files;
mod html;
mod includes;
mod log;
mod markdown;
mod math;
mod mistakes;
mod page;
mod preprocess;
mod quiz;
mod search;
mod serve;

pub use build::build;
pub use check::{Checked, Finding, check};
pub use error::{BookError, Place};
pub use preprocess::{Lessons, Progress, preprocess};
pub use serve::{Event, serve};
