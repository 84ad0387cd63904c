//! ndarray, with many generic functions compiled for `f32`. Students' crates use it as `ndarray`.

pub use ndarray::*;

mod instantiations;

/// Keeps the compiler from leaving out what nobody calls.
#[used]
static INSTANTIATIONS: fn() = instantiations::all;
