//! ndarray itself, with much of what students' crates ask of it compiled already. For them, this is `ndarray`.

pub use ndarray::*;

mod instantiations;

/// Keeps the compiler from leaving out what nobody calls.
#[used]
static INSTANTIATIONS: fn() = instantiations::all;
