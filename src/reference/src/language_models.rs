//! Trains small language models, on the course's own book or on a different text.
//!
//! ```text
//! book or file → Text → tokenizer, tokens → Corpus → rows → Network → Trained → folder in the hub's layout
//! ```
//!
//! [`Text`] is what is learned from: of the book, its [prose](crate::book_text) alone. A [`Kind`] says which model it
//! becomes, and [`train`] does the work. Everything random comes from libtorch's one generator, on one thread, so the same
//! seed on the same kind of processor gives the same bytes.
//!
//! [`run_recipe`] is for comparison: it takes a run whose text, batches and first parameters are those of `attentive-recipe`,
//! as `cargo attentive train` does with the functions of the exercises. [`compare_designs`] takes the same run with each step
//! from GPT-2 to Llama.

mod bert;
mod corpus;
mod decoder;
mod design;
mod design_comparison;
mod error;
mod folder;
mod gpt;
mod neighbours;
mod network;
mod recipe_run;
mod run;
mod tokens;

pub use attentive_recipe::Text;
pub use design::{Change, Design};
pub use design_comparison::{
    DesignOptions, DesignProgress, DesignRow, DesignTable, compare_designs,
};
pub use error::TrainingError;
pub use folder::{Record, recorded, write};
pub use recipe_run::run_recipe;
pub use run::{Options, Progress, Trained, train};

use clap::ValueEnum;

/// A model that the course trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A GPT-2 that writes.
    BookGpt,
    /// A BERT that fills gaps.
    BookBert,
}

impl Kind {
    /// The name of the model and of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::BookGpt => "book-gpt",
            Self::BookBert => "book-bert",
        }
    }

    /// The number of batches that are enough for the book.
    pub fn steps(self) -> usize {
        match self {
            Self::BookGpt => gpt::STEPS,
            Self::BookBert => bert::STEPS,
        }
    }
}
