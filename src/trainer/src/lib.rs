//! Trains a small model by the functions of exercises 18 and 24 to 28: those of the course, or a learner's.
//!
//! ```text
//! arguments → Plan, Corpus → a session: step by step → losses → lines, a curve, JSON
//!             checkpoint   ↗                         ↘ checkpoint, and a folder in the hub's layout
//! ```
//!
//! [`Arguments`] is the command line, and [`run`] does what it says. The module `session` has the state of a run: it takes
//! steps, measures, and saves. `steps` calls the functions of the exercises, `gradients` looks at what they return, and
//! `checkpoint` and `folder` write files. `view` shows how the run goes, and
//! `suspicion` says what the course of its loss may mean.
//!
//! The plan of a run, its text and its batches come from `attentive-recipe`, so that libtorch can take the same run.
//! With `--own`, `cargo attentive` compiles this crate with the exercises in place of the solutions. Nothing here depends on
//! that, except for the words about a function that is not solved or returns something that cannot be right.

mod args;
mod beside;
mod checkpoint;
mod curve;
mod error;
mod evaluate;
mod folder;
mod gradients;
mod interrupt;
mod parallel;
mod report;
mod run;
mod session;
mod steps;
mod suspicion;
mod svg;
mod tensors;
mod view;

pub use args::Arguments;
pub use error::{Broken, EarlierRun, TrainerError};
pub use run::run;
