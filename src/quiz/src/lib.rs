//! The quizzes of Attentive.
//!
//! A quiz is a TOML file, one per chapter. Every choice carries the reason why it is right or wrong, because the
//! reason is what the reader came for:
//!
#![doc = concat!("```toml\n", include_str!("../example.toml"), "```")]
//!
//! Prompts, choices and reasons are Markdown with `$…$` for mathematics. [`Quiz::load`] reads one file and
//! [`quizzes`] a folder; both accept only quizzes that make sense, and name file and line of what does not.
//! [`Question::is_answered_by`] judges an answer. How questions are shown is up to the caller: the book and the terminal do
//! it differently, and where nothing can be typeset, [`plain`] helps.

mod error;
mod file;
mod formula;
mod judge;
mod model;
mod read;

pub use error::{Problem, QuizError};
pub use formula::plain;
pub use judge::Answer;
pub use model::{Choice, Kind, Question, Quiz};
pub use read::quizzes;
