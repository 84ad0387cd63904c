//! Building the whole book, or leaving the old one as it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use crate::includes::check_summary;
use crate::search::index_words;
use crate::{BookError, Lessons, Progress, log};

/// Builds the book of the folder `root` into the folder `dest`, and returns how many pages it has.
///
/// `on_page` is told of each page that is begun. The pages are made beside `dest` and take its place when
/// all of them are done, so that a book that cannot be built leaves the one before it whole.
///
/// # Errors
///
/// When anything in the book is wrong ([`BookError`]), and when `dest` exists and is no built book.
pub fn build(
    root: &Path,
    dest: &Path,
    on_page: impl Fn(Progress<'_>) + 'static,
) -> Result<usize, BookError> {
    if !root.join("book.toml").is_file() {
        return Err(BookError::NoBook(root.to_owned()));
    }
    if !replaceable(dest) {
        return Err(BookError::ForeignDest(dest.to_owned()));
    }
    let dest = std::path::absolute(dest).map_err(at(dest))?;
    let beside = dest
        .parent()
        .ok_or_else(|| BookError::ForeignDest(dest.clone()))?;
    fs::create_dir_all(beside).map_err(at(beside))?;
    let workshop = tempfile::Builder::new()
        .prefix(".book-")
        .tempdir_in(beside)
        .map_err(at(beside))?;

    let made = workshop.path().join("new");
    let pages = render(root, &made, on_page)?;
    if dest.exists() {
        fs::rename(&dest, workshop.path().join("old")).map_err(at(&dest))?;
    }
    fs::rename(&made, &dest).map_err(at(&dest))?;
    Ok(pages)
}

/// Renders the book of `root` into the folder `made`.
fn render(
    root: &Path,
    made: &Path,
    on_page: impl Fn(Progress<'_>) + 'static,
) -> Result<usize, BookError> {
    // mdBook compares paths that it has made canonical with paths that it was given.
    let canonical = root.canonicalize().map_err(at(root))?;
    let (result, mut complaints) = log::complaints(|| {
        let config = Config::from_disk(canonical.join("book.toml"))?;
        check_summary(&root.join(&config.book.src))?;
        let mut book = MDBook::load_with_config(canonical, config)?;
        book.config.build.build_dir = made.to_owned();
        book.with_preprocessor(Lessons::new(root, on_page));
        book.build()?;
        let pages = book
            .iter()
            .filter(|item| matches!(item, mdbook_driver::book::BookItem::Chapter(_)))
            .count();
        index_words(book, made)?;
        Ok(pages)
    });
    let result: Result<usize, mdbook_driver::errors::Error> = result;
    let pages = result.map_err(BookError::from_mdbook)?;
    complaints.dedup();
    if complaints.is_empty() {
        Ok(pages)
    } else {
        Err(BookError::Mdbook(complaints.join("\n  ")))
    }
}

/// Whether nothing is lost when `dest` is replaced: it does not exist, is an empty folder, or is a built book.
fn replaceable(dest: &Path) -> bool {
    match fs::read_dir(dest) {
        Ok(mut entries) => {
            // mdBook writes both of these into every book.
            entries.next().is_none()
                || (dest.join(".nojekyll").is_file() && dest.join("index.html").is_file())
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BookError {
    let path = PathBuf::from(path);
    move |source| BookError::Io { path, source }
}
