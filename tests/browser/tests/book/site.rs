//! The built book, on disk and on a server, as all tests use it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::thread;

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::browser::eval;

/// The themes that readers get unless they choose another: as their system is light, or dark.
pub(crate) const THEMES: [&str; 2] = ["light", "navy"];

/// The book, as the course's command has built it.
static BOOK: LazyLock<PathBuf> = LazyLock::new(|| {
    let dest = root().join("target/browser/html");
    let mut build = Command::new("cargo");
    let build = build.args(["attentive", "book", "build", "--dest"]);
    printed(build.arg(&dest));
    dest
});

/// The book's program, which that command has compiled.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    LazyLock::force(&BOOK);
    let mut metadata = Command::new("cargo");
    let metadata = metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&printed(metadata)).expect("JSON");
    let target = metadata["target_directory"].as_str().expect("a path");
    Path::new(target).join("debug/attentive-book")
});

/// Address of the book's server, which ends with the tests.
static ADDRESS: LazyLock<String> = LazyLock::new(|| serve_book(None));

/// Runs a command of the book's program, which must succeed, and returns what it prints.
pub(crate) fn book(arguments: &[&OsStr]) -> String {
    printed(Command::new(&*PROGRAM).args(arguments))
}

/// Runs a command in the course, which must succeed, and returns what it prints.
fn printed(command: &mut Command) -> String {
    let output = command.current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Serves the book until the tests end, and returns its address. The answers to its quizzes are kept by `terminal`, where
/// there is one.
pub(crate) fn serve_book(terminal: Option<&Path>) -> String {
    // What waits ends the server as soon as its own input ends, and so with the tests, however they end.
    let mut server = Command::new("sh");
    server
        .args(["-c", "\"$@\" & exec >&-; read -r _; kill $!", "sh"])
        .arg(&*PROGRAM)
        .args(["serve", "--port", "0"])
        .current_dir(root());
    match terminal {
        Some(terminal) => server.env("ATTENTIVE_COMMAND", terminal),
        None => server.env_remove("ATTENTIVE_COMMAND"),
    };
    let server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut server = server.expect("a shell can be run");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Open until the server has ended by itself, or the tests have.
        let input = server.stdin.take();
        for line in BufReader::new(server.stdout.take().expect("a pipe")).lines() {
            let line = line.expect("a line");
            if let Some(address) = line.split(' ').find(|word| word.starts_with("http://")) {
                // Nobody waits for a second one.
                let _ = sender.send(address.to_owned());
            }
        }
        drop(input);
        server.wait().expect("the shell ends");
    });
    receiver.recv().expect("the book is served")
}

/// The folder of the course.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The file of a page on disk.
pub(crate) fn built(page: &str) -> PathBuf {
    BOOK.join(page)
}

/// The URL of a page on disk.
pub(crate) fn on_disk(page: &str) -> String {
    let file = BOOK.join(page).canonicalize().expect("a page of the book");
    format!("file://{}", file.display())
}

/// The URL of a page on the server; without a page, what all of them begin with.
pub(crate) fn served(page: &str) -> String {
    format!("{}{page}", *ADDRESS)
}

/// The names of all pages.
pub(crate) fn pages() -> Vec<String> {
    let names = fs::read_dir(&*BOOK)
        .expect("the book")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned());
    let mut pages: Vec<String> = names
        .filter(|name| {
            name.ends_with(".html") && !["toc.html", "index.html"].contains(&name.as_str())
        })
        .collect();
    pages.sort();
    pages
}

/// The first page that has `text` in its HTML.
pub(crate) fn page_with(text: &str) -> String {
    pages_with(text).swap_remove(0)
}

/// All pages that have `text` in their HTML: one at least.
pub(crate) fn pages_with(text: &str) -> Vec<String> {
    let mut pages = pages();
    pages.retain(|page| fs::read_to_string(BOOK.join(page)).is_ok_and(|html| html.contains(text)));
    assert!(!pages.is_empty(), "no page has {text}");
    pages
}

/// Has the pages that are opened from now on shown in a theme, as if the reader had chosen it before.
pub(crate) async fn choose(driver: &WebDriver, theme: &str) -> WebDriverResult<()> {
    let remembered = format!("localStorage.setItem('mdbook-theme', '{theme}')");
    driver
        .cdp()
        .page()
        .add_script_to_evaluate_on_new_document(remembered)
        .await?;
    Ok(())
}

/// Opens a page, and makes sure that it is in the theme that was chosen.
pub(crate) async fn open_in(driver: &WebDriver, url: &str, theme: &str) -> WebDriverResult<()> {
    driver.goto(url).await?;
    let classes = eval(driver, "return document.documentElement.className").await?;
    assert!(
        classes
            .as_str()
            .is_some_and(|classes| classes.contains(theme)),
        "{url} is not in {theme}"
    );
    Ok(())
}
