//! The command line of `attentive pipeline`, on tiny tokenizers.

mod support;

mod bad_input;
mod help;
mod tokenizing;
