//! Printing without a browser. That a browser prints is tested where there is one, in `tests/browser`.

use std::process::Command;

use crate::fixture::Book;

#[test]
fn without_a_browser_nothing_is_printed_and_the_remedy_is_named() {
    let book = Book::new();
    let file = book.dir.path().join("book.pdf");
    let output = Command::new(env!("CARGO_BIN_EXE_attentive-book"))
        .args(["build", "--book"])
        .arg(book.root())
        .arg("--pdf")
        .arg(&file)
        .env("CHROMIUM", book.dir.path().join("no-such-program"))
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r"
    error: there is no Chromium, which prints the book as PDF
      fix: install chromium, or Chrome, or name its program in the environment variable CHROMIUM
    ");
    assert!(!file.exists());
}
