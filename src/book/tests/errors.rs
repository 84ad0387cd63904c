//! What an author reads when the book is wrong, and that the book built before is then still there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const QUIZ: &str = r#"title = "Softmax"

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

const LESSON: &str = "# Lesson\n\nLet $x$ be\n\n$$\nx = 1\n$$\n\n{{#quiz softmax}}\n\n{{#figure seed-42}}\n";

/// A small book that is in order, and has been built.
struct Book {
    dir: TempDir,
    built: BTreeMap<PathBuf, Vec<u8>>,
}

impl Book {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut book = Self { dir, built: BTreeMap::new() };
        book.write(
            "book.toml",
            "[build]\ncreate-missing = false\n[preprocessor.attentive]\nbefore = [\"links\"]\n",
        );
        book.write("src/SUMMARY.md", "[Lesson](lesson.md)\n");
        book.write("src/lesson.md", LESSON);
        book.write("quizzes/softmax.toml", QUIZ);
        attentive_book::build(&book.root(), &book.dest(), |_| {}).unwrap_or_else(|error| panic!("{error}"));
        book.built = files(&book.dest());
        book
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("book")
    }

    fn dest(&self) -> PathBuf {
        self.dir.path().join("out/html")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    }

    /// The message of a build that fails, which leaves everything as it was.
    fn message(&self) -> String {
        let error = attentive_book::build(&self.root(), &self.dest(), |_| {}).expect_err("the book is wrong");
        assert_eq!(files(&self.dest()), self.built, "the book built before has changed");
        let beside = fs::read_dir(self.dir.path().join("out")).expect("the folder of the built book").count();
        assert_eq!(beside, 1, "something was left beside the built book");
        self.without_folder(&error.to_string())
    }

    fn without_folder(&self, message: &str) -> String {
        let real = self.dir.path().canonicalize().expect("the folder exists");
        let message = message.replace(&format!("{}/", real.display()), "");
        message.replace(&format!("{}/", self.dir.path().display()), "")
    }
}

/// All files of a folder, with what is in them.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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

#[test]
fn each_mistake_has_one_message_and_leaves_the_old_book() {
    let lesson = "src/lesson.md";
    let mistakes: [(&str, &str, String); 11] = [
        ("a quiz without a right answer", "quizzes/softmax.toml", QUIZ.replace("right = true\n", "")),
        ("broken math in a quiz", "quizzes/softmax.toml", QUIZ.replace("$n$", "$n^$")),
        ("a brace that is not closed", lesson, LESSON.replace("$x$", "$\\sqrt{x$")),
        ("the same in a quiz", "quizzes/softmax.toml", QUIZ.replace("$n$", "$\\\\sqrt{n$")),
        ("an unknown quiz", lesson, LESSON.replace("quiz softmax", "quiz sotfmax")),
        ("an unknown figure", lesson, LESSON.replace("seed-42", "seed-43")),
        ("broken math", lesson, LESSON.replace("x = 1", "x = \\frac{1}")),
        ("broken math in a line", lesson, LESSON.replace("$x$", "$\\unknown$")),
        ("a quiz within a line", lesson, LESSON.replace("{{#quiz", "Now {{#quiz")),
        ("a broken include", lesson, format!("{LESSON}\n{{{{#include nothing.rs}}}}\n")),
        ("a chapter without a file", "src/SUMMARY.md", "[Lesson](lesson.md)\n[Next](next.md)\n".to_owned()),
    ];
    let mut messages = String::new();
    for (what, path, text) in mistakes {
        let book = Book::new();
        book.write(path, &text);
        messages += &format!("# {what}\n{}\n\n", book.message());
    }
    insta::assert_snapshot!(messages.trim_end());
}

#[test]
fn a_folder_without_a_book_is_named() {
    let book = Book::new();
    fs::remove_file(book.root().join("book.toml")).expect("removed");
    insta::assert_snapshot!(book.message());
}

#[test]
fn a_folder_that_is_no_built_book_is_not_replaced() {
    let book = Book::new();
    let error =
        attentive_book::build(&book.root(), &book.root(), |_| {}).expect_err("it would delete the source");
    insta::assert_snapshot!(book.without_folder(&error.to_string()));
    assert!(book.root().join("book.toml").exists());
}

#[test]
fn a_built_book_is_replaced_and_nothing_is_left_beside_it() {
    let book = Book::new();
    book.write("src/lesson.md", "# Another\n");
    let pages = attentive_book::build(&book.root(), &book.dest(), |_| {}).expect("a good book");
    assert_eq!(pages, 1);
    let page = fs::read_to_string(book.dest().join("lesson.html")).expect("the page");
    assert!(page.contains("Another") && !page.contains("class=\"quiz\""));
    assert_eq!(fs::read_dir(book.dir.path().join("out")).expect("the folder").count(), 1);
}

#[test]
fn directives_in_code_stay_as_they_are() {
    let book = Book::new();
    book.write(
        "src/lesson.md",
        "# L\n\nWrite `{{#quiz softmax}}` and `$x$`, \\$5:\n\n```text\n{{#figure none}}\n```\n",
    );
    attentive_book::build(&book.root(), &book.dest(), |_| {}).expect("a good book");
    let page = fs::read_to_string(book.dest().join("lesson.html")).expect("the page");
    assert!(page.contains("<code>{{#quiz softmax}}</code>") && page.contains("<code>$x$</code>"));
    assert!(page.contains("{{#figure none}}") && page.contains("$5:"));
}

#[test]
fn the_command_ends_with_2_and_the_message() {
    let book = Book::new();
    book.write("src/lesson.md", "# L\n\n{{#figure none}}\n");
    let output = Command::new(env!("CARGO_BIN_EXE_attentive-book"))
        .args(["build", "--book"])
        .arg(book.root())
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    let message = book.without_folder(&String::from_utf8_lossy(&output.stderr));
    assert!(message.starts_with("error: book/src/lesson.md:3: there is no figure \"none\""), "{message}");
    assert!(!book.root().join("html").exists(), "nothing is written");
}
