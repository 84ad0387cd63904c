//! The course's models in libtorch, right and wrong on purpose, and the recorder of golden packs.
//!
//! There is one module for each exercise. It says which cases there are, what libtorch computes for them, and how it
//! computes when it makes one of the mistakes that learners make. [`record`] turns that into a golden pack.
//!
//! ```text
//! cargo run -p attentive-reference -- record                        # the packs in solutions/
//! cargo run -p attentive-reference -- record --seed 7 --out hidden  # others of the same kind, for grading
//! ```

mod bridge;
mod case;
mod exercise;
mod record;

pub mod scaled_dot_product;
pub mod softmax;

pub use bridge::{to_grader, to_libtorch};
pub use case::{Inputs, Random};
pub use exercise::{Exercise, Task};
pub use record::{RecordError, record};

/// The seed of the packs in the repository.
pub const SEED: u64 = 42;

/// Every exercise of the course, by the name of its crate's folder.
pub fn exercises() -> Vec<(&'static str, Exercise)> {
    vec![
        ("01-softmax", softmax::exercise()),
        ("05-scaled-dot-product", scaled_dot_product::exercise()),
    ]
}
