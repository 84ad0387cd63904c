//! Pages of the book, as learners find them.

use std::path::Path;

/// The folders, from the course's root, in which the book may stand: as built here, and as it came with a release.
const BUILT: [&str; 2] = ["book/html", "book/built"];

/// The file of a page, which is `page.html` and perhaps `#anchor`, from the course's root; and what makes it, where it
/// is not there yet.
pub fn page(root: &Path, page: &str) -> String {
    let file = page.split('#').next().unwrap_or(page);
    match BUILT
        .iter()
        .find(|folder| root.join(folder).join(file).is_file())
    {
        Some(folder) => format!("{folder}/{page}"),
        None => format!("{}/{page} (cargo attentive book build makes it)", BUILT[0]),
    }
}
