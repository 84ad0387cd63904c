//! A small book in a folder of its own, in order until a test breaks it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) const QUIZ: &str = r#"title = "Softmax"

[[question]]
id = "sum"
kind = "single"
prompt = "What do the weights sum to?"

[[question.choice]]
text = "$1$"
right = true
why = "They are divided by their sum."

[[question.choice]]
text = "$n$"
why = "Their mean would be 1 then."
"#;

pub(crate) const LESSON: &str =
    "# Lesson\n\nLet $x$ be\n\n$$\nx = 1\n$$\n\n{{#quiz softmax}}\n\n{{#figure seed-42}}\n";

/// A small book that is in order, and has been built.
pub(crate) struct Book {
    pub(crate) dir: TempDir,
    built: BTreeMap<PathBuf, Vec<u8>>,
}

impl Book {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut book = Self {
            dir,
            built: BTreeMap::new(),
        };
        book.write(
            "book.toml",
            "[build]\ncreate-missing = false\n[preprocessor.attentive]\nbefore = [\"links\"]\n",
        );
        book.write("src/SUMMARY.md", "[Lesson](lesson.md)\n");
        book.write("src/lesson.md", LESSON);
        book.write("quizzes/softmax.toml", QUIZ);
        book.write(
            "../exercises/01-softmax/src/lib.rs",
            "pub fn log_softmax() {}\n",
        );
        attentive_book::build(&book.root(), &book.dest(), |_| {})
            .unwrap_or_else(|error| panic!("{error}"));
        book.built = files(&book.dest());
        book
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("book")
    }

    pub(crate) fn dest(&self) -> PathBuf {
        self.dir.path().join("out/html")
    }

    /// Writes a file, named from the book's folder.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    }

    /// Runs a command on this book.
    pub(crate) fn command(&self, command: &str) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_attentive-book"));
        program
            .arg(command)
            .arg("--book")
            .arg(self.root())
            .output()
            .expect("the command runs")
    }

    /// The message of a build that fails, which leaves everything as it was.
    pub(crate) fn message(&self) -> String {
        let error = attentive_book::build(&self.root(), &self.dest(), |_| {})
            .expect_err("the book is wrong");
        assert_eq!(
            files(&self.dest()),
            self.built,
            "the book built before has changed"
        );
        let beside = fs::read_dir(self.dir.path().join("out"))
            .expect("the folder of the built book")
            .count();
        assert_eq!(beside, 1, "something was left beside the built book");
        self.without_folder(&error.to_string())
    }

    /// A message without the folder that the book is in, which is never the same.
    pub(crate) fn without_folder(&self, message: &str) -> String {
        let real = self.dir.path().canonicalize().expect("the folder exists");
        let message = message.replace(&format!("{}/", real.display()), "");
        message.replace(&format!("{}/", self.dir.path().display()), "")
    }
}

/// All files of a folder, with what is in them.
pub(crate) fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("the folder is read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            let bytes = fs::read(&path).expect("the file is read");
            files.insert(path, bytes);
        }
    }
    files
}
