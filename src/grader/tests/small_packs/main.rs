//! Grading with small packs: the kinds of outputs, and the naming of mistakes.

mod kinds;
mod naming;
mod small_pack;
