//! One model of the course, shared by the command, the book, the instructors' and the authors' programs.
//!
//! - [`Course`] is a checkout: it finds its root and lists, selects and finds its [`Exercise`]s in either [`Tree`].
//! - [`Course::stub`] makes an exercise's stub from its solution, and [`sources`] lists what a crate is compiled from.
//! - [`changed_signatures`] compares what an exercise asks for with what a learner has.
//! - [`manifest`] follows the path dependencies of a crate.
//! - [`panics`] says in which exercise a function panicked, when a program runs a learner's functions.
//! - [`files`] reads, lists and writes files, with errors that name them; [`Location`] is a line of one.
//! - [`text`] counts nouns, joins names, and reads and writes seconds.
//! - [`cargo_program`] is the cargo to call, and [`COMMAND_VARIABLE`] tells other programs which `attentive` to call.
//!
//! Learners compile this crate with the command, so that it depends on nothing that the command does not have anyway.

mod course;
mod error;
mod exercise;
pub mod files;
mod find;
mod location;
pub mod manifest;
pub mod panics;
mod region;
mod signature;
mod sources;
mod stub;
pub mod text;

use std::ffi::OsString;

pub use course::Course;
pub use error::CourseError;
pub use exercise::{Exercise, Tree};
pub use find::{find, suggestion};
pub use location::{Location, line_of_byte};
pub use region::{RegionError, RegionProblem, StubText, stub_text, todo_text, without_given_paths};
pub use signature::{
    FoundItem, FoundSignature, SignatureChange, changed_signatures, function_line,
};
pub use sources::{given_code, sources};
pub use stub::{STUB_FOLDER, StubError};

/// Returns the cargo to call: the one that runs this program, if one does.
pub fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Variable of the environment in which `attentive` names itself to the programs that it starts.
pub const COMMAND_VARIABLE: &str = "ATTENTIVE_COMMAND";
