//! The command on whole classes, in a real sandbox: `cargo test -p attentive-batch --features sandbox-tests`.
//!
//! These need bubblewrap, and fail without it. They are no part of a plain `cargo test`, which learners run.

mod archives;
mod class;
mod hostile;
mod killed;
mod release;
mod reports;
