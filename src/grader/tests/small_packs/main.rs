//! Grading with small packs: the kinds of outputs, their order, and the naming of mistakes.

mod kinds;
mod naming;
mod order;
mod small_pack;
