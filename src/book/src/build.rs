//! Building the whole book, or leaving the old one as it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use crate::includes::check_summary;
use crate::search::{index_nothing, replace_index};
use crate::{BookError, LessonPreprocessor, Progress, mdbook_log, menu};

/// Builds the book of the folder `root` into the folder `dest`, and returns the number of its pages.
///
/// `on_page` is called at the beginning of each page. The pages are made in a temporary folder, which replaces `dest`
/// once all of them are done: if the build fails, the previous book is still there.
///
/// # Errors
///
/// Fails if anything in the book is wrong ([`BookError`]), and if `dest` exists and is no built book.
pub fn build(
    root: &Path,
    dest: &Path,
    on_page: impl Fn(Progress<'_>) + 'static,
) -> Result<usize, BookError> {
    if !root.join("book.toml").is_file() {
        return Err(BookError::NoBook(root.to_owned()));
    }
    if !can_replace(dest) {
        return Err(BookError::ForeignDest(dest.to_owned()));
    }
    let dest = std::path::absolute(dest).map_err(io_error(dest))?;
    let parent = dest
        .parent()
        .ok_or_else(|| BookError::ForeignDest(dest.clone()))?;
    fs::create_dir_all(parent).map_err(io_error(parent))?;
    let temp = tempfile::Builder::new()
        .prefix(".book-")
        .tempdir_in(parent)
        .map_err(io_error(parent))?;

    let new = temp.path().join("new");
    let pages = render(root, &new, |_| Ok(()), on_page)?;
    menu::complete(&new)?;
    if dest.exists() {
        fs::rename(&dest, temp.path().join("old")).map_err(io_error(&dest))?;
    }
    fs::rename(&new, &dest).map_err(io_error(&dest))?;
    Ok(pages)
}

/// Renders the book of `root` into the folder `dest`; `configure` changes what `book.toml` says.
pub(crate) fn render(
    root: &Path,
    dest: &Path,
    configure: impl FnOnce(&mut Config) -> mdbook_driver::errors::Result<()>,
    on_page: impl Fn(Progress<'_>) + 'static,
) -> Result<usize, BookError> {
    // mdBook compares paths that it has made canonical with paths that it was given.
    let canonical = root.canonicalize().map_err(io_error(root))?;
    let (result, mut warnings) = mdbook_log::collect_warnings(|| {
        let mut config = Config::from_disk(canonical.join("book.toml"))?;
        configure(&mut config)?;
        check_summary(&root.join(&config.book.src))?;
        let mut book = MDBook::load_with_config(canonical, config)?;
        book.config.build.build_dir = dest.to_owned();
        book.with_preprocessor(LessonPreprocessor::new(root, on_page));
        let config = book.config.clone();
        index_nothing(&mut book.config)?;
        book.build()?;
        book.config = config;
        let pages = book
            .iter()
            .filter(|item| matches!(item, mdbook_driver::book::BookItem::Chapter(_)))
            .count();
        replace_index(book, root, dest)?;
        Ok(pages)
    });
    let result: Result<usize, mdbook_driver::errors::Error> = result;
    let pages = result.map_err(BookError::from_mdbook)?;
    warnings.dedup();
    if !warnings.is_empty() {
        return Err(BookError::Mdbook(warnings.join("\n  ")));
    }
    Ok(pages)
}

/// Returns `true` if nothing is lost when `dest` is replaced: it does not exist, is empty, or is a built book.
fn can_replace(dest: &Path) -> bool {
    match fs::read_dir(dest) {
        Ok(mut entries) => {
            // mdBook writes both of these into every book.
            entries.next().is_none()
                || (dest.join(".nojekyll").is_file() && dest.join("index.html").is_file())
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

pub(crate) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BookError {
    let path = PathBuf::from(path);
    move |error| BookError::Io { path, error }
}
