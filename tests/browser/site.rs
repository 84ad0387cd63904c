//! The built book, on disk and on a server, as all tests use it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::webdriver::Browser;

/// The book's themes that the tests look at, light and dark.
pub(crate) const THEMES: [&str; 2] = ["light", "navy"];

static BOOK: LazyLock<PathBuf> = LazyLock::new(|| {
    let dest = root().join("target/browser/html");
    let status = attentive_book().args(["build", "--dest"]).arg(&dest).stdout(Stdio::null()).status();
    assert!(status.expect("cargo runs").success(), "the book is built");
    dest
});

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn attentive_book() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["run", "--quiet", "--package", "attentive-book", "--"]);
    command
}

/// The URL of a page on disk.
pub(crate) fn on_disk(page: &str) -> String {
    format!("file://{}", BOOK.join(page).display())
}

/// The names of all pages.
pub(crate) fn pages() -> Vec<String> {
    let names = fs::read_dir(&*BOOK)
        .expect("the book")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned());
    let mut pages: Vec<String> = names
        .filter(|name| name.ends_with(".html") && !["toc.html", "index.html"].contains(&name.as_str()))
        .collect();
    pages.sort();
    pages
}

/// A page that has `text` in its HTML.
pub(crate) fn page_with(text: &str) -> String {
    let has = |page: &String| fs::read_to_string(BOOK.join(page)).is_ok_and(|html| html.contains(text));
    pages().into_iter().find(has).unwrap_or_else(|| panic!("no page has {text}"))
}

/// The book on a server of its own, which ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        LazyLock::force(&BOOK); // two runs of cargo at once would wait for each other
        let mut child = attentive_book()
            .args(["serve", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.split(' ').nth(1).expect("an address").to_owned();
        Self { child, address }
    }

    pub(crate) fn url(&self, page: &str) -> String {
        format!("{}{page}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens a page in a theme.
pub(crate) fn open_in(browser: &Browser, url: &str, theme: &str) {
    browser.open(url);
    browser.run(&format!("localStorage.setItem('mdbook-theme', '{theme}')"));
    browser.reload();
    let classes = browser.run("return document.documentElement.className");
    assert!(classes.as_str().is_some_and(|classes| classes.contains(theme)), "{url} is not in {theme}");
}
