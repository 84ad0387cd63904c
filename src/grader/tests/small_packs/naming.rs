//! The naming of mistakes.

mod curves;
mod ids;
mod numbers;
