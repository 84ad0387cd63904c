//! The command line of `attentive pipeline`, on tiny models with random weights.

mod support;

mod bad_input;
mod chat;
#[cfg(target_os = "linux")]
mod chat_process;
mod chat_template;
mod converting;
mod encoders;
mod generation;
mod help;
mod images;
mod shipped;
mod text2text;
mod tokenizing;
mod training;
