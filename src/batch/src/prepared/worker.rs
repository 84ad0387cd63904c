//! The grader's half of a worker, with all that is below it. For an exercise's adapter, this is `attentive_grader`.

pub use attentive_grader::*;

// Into this library, and not into each program.
extern crate ndarray as _;
