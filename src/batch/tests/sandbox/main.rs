//! The command on whole classes, in a real sandbox: `cargo test -p attentive-batch --features sandbox-tests`.
//!
//! These need bubblewrap, and fail without it; one needs libtorch, too. They are no part of a plain `cargo test`, which
//! learners run. As root they also run themselves as an ordinary user, with what util-linux and bubblewrap have for that.

mod adapters;
mod archives;
mod checkouts;
mod class;
mod disk;
mod hidden;
mod hostile;
mod joint;
mod killed;
mod limits;
mod machine;
mod odd;
mod owners;
mod pressure;
mod release;
mod reports;
mod user;
