//! The book of Attentive, built.
//!
//! mdBook turns Markdown into pages. This crate adds the following at build time, so that a page needs no network and
//! shows everything without JavaScript:
//!
//! - `$…$` and `$$…$$` are typeset by KaTeX;
//! - `{{#quiz NAME}}` becomes the questions of `quizzes/NAME.toml`;
//! - `{{#question ID}}` becomes one of them, inside the lesson instead of at its end;
//! - `{{#figure NAME}}` becomes a picture of numbers that the course's solutions compute ([`figures`]);
//! - `{{#diagram NAME}}` becomes a drawing of boxes, arrows and tensors ([`diagrams`]);
//! - `{{#explorer NAME}}` becomes a heat map of attention whose settings the reader can change;
//! - `{{#thread STAGE}}` becomes one step of the sentence that the lessons carry from text to a prediction;
//! - `{{#count lessons in PART}}` becomes a number that the build counts;
//! - the head of a lesson gets a small map of the model, on which the lesson's parts are filled;
//! - a section whose heading is the anchor of a mistake in an `exercise.toml` ends with the right numbers and the
//!   mistaken ones, and all but the first three of these sections are folded;
//! - `{{#mistakes-of PAGE: id, id}}` becomes folded mistakes that another lesson explains, with the numbers of this one;
//! - the first use of each term of `glossary.md` on a page becomes a link to its entry.
//!
//! [`build`] does all of this in one process. [`LessonPreprocessor`] is the part that is an mdBook preprocessor.

mod build;
mod cache;
mod check;
mod counts;
mod course;
pub mod diagrams;
mod directive;
mod error;
mod explorer;
pub mod figures;

mod glossary;
mod here;
mod html;
mod includes;
mod markdown;
mod math;
mod mdbook_log;
mod menu;
mod mistakes;
mod page;
mod pdf;
mod preprocessor;
mod quiz_html;
mod search;
mod serve;
mod suggest;
mod thread;

pub use build::build;
pub use check::{CheckReport, Diagnostic, check};
pub use error::BookError;
pub use pdf::build_pdf;
pub use preprocessor::{LessonPreprocessor, Progress, preprocess};
pub use serve::{ServeEvent, Terminal, serve};
