//! Models that are read, run and fetched, without a network.

mod cache;
mod chat;
mod errors;
mod expected;
// The clients of these tests are scripts of a shell.
#[cfg(unix)]
mod fetching;
mod fixture;
mod fused;
mod hostile;
mod hub;
mod images;
mod settings;
mod shipped;
mod t5;
mod tokenizers;
mod vit;
