//! Additions to mdBook's pages for readers with a keyboard or a screen reader.

use std::fs;
use std::path::Path;

use crate::BookError;

/// Additions to each page: the text before which they are put, and what is put there.
const ADDITIONS: [(&str, &str); 2] = [
    // More than sixty links come before the text.
    (
        "<div id=\"mdbook-help-container\">",
        "<a class=\"skip-link\" href=\"#mdbook-content\">Skip to the text</a>",
    ),
    // A label has no role of its own that could have a name.
    (" title=\"Toggle Table of Contents\"", " role=\"button\""),
];

/// Adds to all pages in the folder `pages` a link past the menu, and the roles of what is in it.
pub(crate) fn complete(pages: &Path) -> Result<(), BookError> {
    let io_error = |path: &Path, error| BookError::Io {
        path: path.to_owned(),
        error,
    };
    for entry in fs::read_dir(pages).map_err(|error| io_error(pages, error))? {
        let path = entry.map_err(|error| io_error(pages, error))?.path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let html = fs::read_to_string(&path).map_err(|error| io_error(&path, error))?;
        fs::write(&path, add(html)).map_err(|error| io_error(&path, error))?;
    }
    Ok(())
}

fn add(mut html: String) -> String {
    for (before, addition) in ADDITIONS {
        if let Some(at) = html.find(before) {
            html.insert_str(at, addition);
        }
    }
    html
}
