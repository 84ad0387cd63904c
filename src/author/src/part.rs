//! The files of an exercise that its author writes, in the order of the book's chapter.

use std::path::{Path, PathBuf};

use attentive_course::{Exercise, Tree};

/// A placeholder in a skeleton; what follows it on its line says what to write there.
pub(crate) const PLACEHOLDER: &str = "FILL IN: ";

/// The edition of the course's crates, which rustfmt has to be told.
pub(crate) const EDITION: &str = "2024";

/// The crate root of the references.
pub(crate) const REFERENCES: &str = "src/reference/src/lib.rs";

/// Returns the line of [`REFERENCES`] that registers an exercise's reference.
pub(crate) fn declaration(exercise: &Exercise) -> String {
    format!("pub mod {};", exercise.library())
}

/// A file of an exercise that its author writes or records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The solution, from which the stub is made.
    Solution,
    /// The adapter, which says which function answers which task.
    Adapter,
    /// Correct implementations that differ from the solution.
    Variants,
    /// The exercise in words: hints and mistakes.
    Words,
    /// The same in libtorch, with cases and mistakes.
    Reference,
    /// The golden pack, which the recorder writes.
    Pack,
    /// The lesson.
    Page,
    /// The lesson's figures.
    Figure,
    /// The tests of what the lesson and its quiz claim in numbers.
    Claims,
    /// The lesson's questions.
    Quiz,
}

impl Part {
    /// All parts, in the order in which an author comes to them.
    pub const ALL: [Self; 10] = [
        Self::Solution,
        Self::Adapter,
        Self::Variants,
        Self::Words,
        Self::Reference,
        Self::Pack,
        Self::Page,
        Self::Figure,
        Self::Claims,
        Self::Quiz,
    ];

    /// Path of the file, from the course's root.
    pub fn path(self, exercise: &Exercise) -> PathBuf {
        let solution = exercise.in_tree(Tree::Solutions);
        let name = &exercise.name;
        match self {
            Self::Solution => solution.source(),
            Self::Adapter => exercise.adapter(),
            Self::Variants => solution.directory().join("tests/variants.rs"),
            Self::Words => exercise.words(),
            Self::Reference => {
                Path::new("src/reference/src").join(format!("{}.rs", exercise.library()))
            }
            Self::Pack => exercise.pack(),
            Self::Page => Path::new("book/src").join(format!("{name}.md")),
            Self::Figure => Path::new("book/figures").join(format!("{name}.rs")),
            Self::Claims => Path::new("book/claims").join(format!("{name}.rs")),
            Self::Quiz => Path::new("book/quizzes").join(format!("{name}.toml")),
        }
    }

    /// Describes the file in a few words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Solution => "the solution",
            Self::Adapter => "which function answers which task",
            Self::Variants => "correct ways that differ from the solution",
            Self::Words => "hints and mistakes in words",
            Self::Reference => "the same in libtorch, with cases and mistakes",
            Self::Pack => "the golden pack",
            Self::Page => "the lesson",
            Self::Figure => "its figure",
            Self::Claims => "its numbers, computed",
            Self::Quiz => "its questions",
        }
    }

    /// Remedy the file is missing.
    pub(crate) fn remedy(self, exercise: &Exercise) -> String {
        match self {
            Self::Pack => format!(
                "record it with `cargo run -p attentive-reference -- record {}`",
                exercise.folder()
            ),
            _ => "write it, as the other exercises have it".to_owned(),
        }
    }
}
