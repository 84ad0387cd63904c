//! The quizzes of Attentive.
//!
//! A quiz is a TOML file, one per chapter. Every choice carries the reason why it is right or wrong, because the
//! reason is what the reader came for:
//!
#![doc = concat!("```toml\n", include_str!("../example.toml"), "```")]
//!
//! Prompts, choices and reasons are Markdown with `$…$` for mathematics. [`Quiz::load`] reads one file and
//! [`Quiz::load_all`] a folder; both accept only quizzes that can be answered, and errors name file and line.
//! [`Question::read_number`] reads a number as people write it, [`Question::accepts`] compares an answer with the right one,
//! and [`StoredAnswer`] keeps one over editions of the quiz. How questions are shown is up to the caller: the book typesets
//! formulas, and the terminal writes them with [`plain_text`].

mod answer;
mod error;
mod file;
mod formula;
mod load;
mod model;
mod number;
mod stored;

pub use answer::Answer;
pub use error::{Problem, QuizError};
pub use formula::plain_text;
pub use model::{Choice, Kind, Question, Quiz};
pub use stored::StoredAnswer;
