//! For authors: proves the grader by mutation, and prints what it proved.
//!
//! [`mutants`] makes small mechanical changes to a solution; [`survey`] compiles all that still compile into one program
//! and grades each. The grader has to reject every one but those that an author has found to be equivalent.
//!
//! [`kill_table`] lists how far each recorded mistake is from the right answer and from the mistake most like it, and
//! how close each accepted variant comes.

mod cargo;
mod course;
mod herd;
mod mutate;
mod names;
mod table;

pub use course::{Authored, ProofError, authored};
pub use herd::{Fate, Survey, survey};
pub use mutate::{Mutant, mutants};
pub use table::{KillTable, kill_table};
