//! The built book, on disk and on a server, as all tests use it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, mpsc};
use std::thread;

use attentive_book::{ServeEvent, Terminal, build, serve};
use thirtyfour::prelude::*;

use crate::browser::eval;

/// The themes that readers get unless they choose another: as their system is light, or dark.
pub(crate) const THEMES: [&str; 2] = ["light", "navy"];

static BOOK: LazyLock<PathBuf> = LazyLock::new(|| {
    let dest = root().join("target/browser/html");
    build(&root().join("book"), &dest, |_| {}).unwrap_or_else(|error| panic!("{error}"));
    dest
});

/// Address of the book's server, which ends with the tests.
static ADDRESS: LazyLock<String> = LazyLock::new(|| serve_book(None));

/// Serves the book until the tests end, and returns its address.
pub(crate) fn serve_book(terminal: Option<Terminal>) -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let tell = move |event| {
            if let ServeEvent::Ready(address) = event {
                sender
                    .send(address)
                    .expect("the tests wait for the address");
            }
        };
        serve(&root().join("book"), 0, terminal, tell).unwrap_or_else(|error| panic!("{error}"))
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
