//! The `attentive` command from end to end: the built program, on toy courses and on copies of this checkout.
//!
//! `cargo test --test command --features compiling-tests` has all of them.

mod bad_input;
#[cfg(feature = "compiling-tests")]
mod chain;
#[cfg(feature = "compiling-tests")]
mod checkouts;
#[cfg(feature = "compiling-tests")]
mod editors;
mod json;
mod learner;
mod memory;
#[cfg(feature = "compiling-tests")]
mod narrow;
#[cfg(feature = "compiling-tests")]
mod odd_places;
#[cfg(all(unix, feature = "compiling-tests"))]
mod own;
#[cfg(feature = "compiling-tests")]
mod prints;
mod programs;
#[cfg(feature = "compiling-tests")]
mod signatures;
mod support;
#[cfg(feature = "compiling-tests")]
mod sync;
#[cfg(feature = "compiling-tests")]
mod trouble;
#[cfg(feature = "compiling-tests")]
mod watch;
