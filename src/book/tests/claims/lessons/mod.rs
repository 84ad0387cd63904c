//! The worked examples of the lessons that have no exercise: change a number here and on the page together.

mod applications;
mod authors;
mod bottleneck;
mod costs;
mod fine_tuning;
pub(crate) mod parameters;
pub(crate) mod pronoun;
pub(crate) mod tokens;
