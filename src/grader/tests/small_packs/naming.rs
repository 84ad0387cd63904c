//! The naming of mistakes.

mod ids;
mod numbers;
