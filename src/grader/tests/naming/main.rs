//! The naming of mistakes, on small packs.

mod ids;
mod numbers;
mod small_pack;
