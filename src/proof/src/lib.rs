//! For authors: proves the grader by mutation, and prints what it proved.
//!
//! [`mutants`] makes small mechanical changes to a solution; [`survey`] compiles all that still compile into one program
//! and grades each. The grader has to kill every one but those that an author has found to be equivalent.
//!
//! [`name_wrong_answers`] grades wrong answers of the kind that people hand in, and tells whether the names that the grader
//! gives them are right; [`NameTable`] is printed of them.
//!
//! [`kill_rows`] lists how far each recorded mistake is from the right answer and from the mistake most like it, and
//! how close each accepted variant comes; [`KillTable`] is the page of the book that has these rows of all exercises.

mod cargo;
mod course;
mod error;
mod kill_table;
mod mutant_crate;
mod mutate;
mod name_table;
mod survey;
mod wrong_answers;

pub use course::{Authored, Equivalent, authored};
pub use error::ProofError;
pub use kill_table::{KillRows, KillTable, kill_rows};
pub use mutate::{Mutant, mutants};
pub use name_table::NameTable;
pub use survey::{Outcome, Survey, Tried, survey};
pub use wrong_answers::{Naming, WrongAnswer, name_wrong_answers};
