//! The command line of `cargo attentive train`.

mod support;

mod bad_input;
mod help;
#[cfg(unix)]
mod interrupted;
mod output;
