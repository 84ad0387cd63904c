//! The book of Attentive, built.
//!
//! mdBook turns Markdown into pages; this crate adds what the lessons need and mdBook does not have, all of it at
//! build time, so that a page asks nothing of the network and shows everything without JavaScript:
//!
//! - `$…$` and `$$…$$` are typeset by KaTeX;
//! - `{{#quiz NAME}}` becomes the questions of `quizzes/NAME.toml`;
//! - `{{#figure NAME}}` becomes a picture of what the course's solutions compute ([`figures`]).
//!
//! [`build`] does it all in one process. [`Lessons`] is the part that is an mdBook preprocessor.

mod build;
mod error;
pub mod figures;
mod log;
mod markdown;
mod math;
mod page;
mod preprocess;
mod quiz;

pub use build::build;
pub use error::{BookError, Place};
pub use preprocess::Lessons;
