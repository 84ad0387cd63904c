//! Rotary embeddings whose frequencies may be scaled: the course's, and exercise 21's functions put together around them.
//!
//! A course that is released without solutions has no scaled frequencies, because these answer exercises 14 and 21.

mod rotation;
mod scaled;

pub(crate) use rotation::{Angles, Rotation};
pub(crate) use scaled::Scaled;

/// `true` if models run whose rotary frequencies are scaled, for which exercise 21's `self_attention` has no place.
pub(crate) const RUNS_SCALED: bool = true;
