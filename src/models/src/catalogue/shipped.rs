//! Models that are part of the course: they learned from its own book, or from data that it fetches, and need no fetching.

use std::path::{Path, PathBuf};

use attentive_course::Course;

/// The folder of all of them, from the root of the course.
const FOLDER: &str = "src/models/shipped";

/// A model that ships with the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The name, which is also that of its folder.
    pub name: &'static str,
    /// A line about it.
    pub about: &'static str,
    /// The task for which it is taken when no model is named, by the hub's name.
    pub task: &'static str,
}

/// All models that ship.
pub static SHIPPED: [Shipped; 3] = [
    Shipped {
        name: "book-gpt",
        about: "writes like this book; GPT-2, 4 blocks of 112",
        task: "text-generation",
    },
    Shipped {
        name: "book-bert",
        about: "fills gaps of this book; BERT, 2 blocks of 128",
        task: "fill-mask",
    },
    Shipped {
        name: "book-digits",
        about: "reads handwritten digits; Vision Transformer, 2 blocks of 32",
        task: "image-classification",
    },
];

impl Shipped {
    /// The folder in the course that the program is called in, or else in the one that it was compiled in. It need not be
    /// there.
    pub fn folder(&self) -> PathBuf {
        let here = std::env::current_dir().and_then(|here| {
            let course = Course::containing(&here).map_err(std::io::Error::other)?;
            Ok(course.path(FOLDER).join(self.name))
        });
        match here {
            Ok(folder) if folder.is_dir() => folder,
            _ => Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("shipped")
                .join(self.name),
        }
    }
}

/// The model with a name.
pub fn shipped(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|model| model.name == name)
}

/// The model for a task, if none is named.
pub fn default_model(task: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|model| model.task == task)
}
