//! The command line of `attentive pipeline`, on tiny models with random weights.

mod support;

mod bad_input;
mod chat;
mod converting;
mod encoders;
mod generation;
mod help;
mod images;
mod shipped;
mod text2text;
mod tokenizing;
mod training;
