//! The commands' output for authors, on small books that are wrong in one way each.

mod check;
mod errors;
mod figure;
mod fixture;
mod pdf;
mod protocol;
mod serve;
