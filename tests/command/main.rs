//! The `attentive` command from end to end: the built program, on toy courses and on copies of this checkout.

mod bad_input;
mod chain;
mod checkouts;
mod editors;
mod json;
mod learner;
mod memory;
mod odd_places;
mod prints;
mod programs;
mod signatures;
mod support;
mod sync;
mod trouble;
mod watch;
