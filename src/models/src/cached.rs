//! Models that keep the keys and values of what they have read, so a new token costs one position and not the whole text.
//!
//! They are the course's, for speed: `--own` has exercises 20 and 21 read the text, or runs exercise 18's or 22's block on
//! all of it. What they compute is the same, and tests compare them for every split of a text. A course that is released
//! without solutions has a file without caches here, because these answer exercises 18, 20, 21 and 22.

mod gpt2;
mod llama;
mod t5;

pub(crate) use gpt2::CachedGpt;
pub(crate) use llama::CachedLlama;
pub(crate) use t5::CachedT5;
