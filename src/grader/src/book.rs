//! Pages of the book, as learners find them.

use std::path::Path;

use crate::relative::relative;
use crate::terminal::unbreakable;

/// The folders, from the course's root, in which the book may be: as built here, and as it came with a release.
const BUILT: [&str; 2] = ["book/html", "book/built"];

/// The file of a page, which is `page.html` and perhaps `#anchor`, as it is called in the reader's folder; and what makes it,
/// where it is not there yet. The folder is from the course's root.
pub fn page(root: &Path, reader: &Path, page: &str) -> String {
    let file = page.split('#').next().unwrap_or(page);
    let built = BUILT
        .iter()
        .find(|folder| root.join(folder).join(file).is_file());
    let path = relative(&Path::new(built.unwrap_or(&BUILT[0])).join(page), reader);
    match built {
        Some(_) => path.display().to_string(),
        None => format!(
            "{} ({} makes it)",
            path.display(),
            unbreakable("cargo attentive book build")
        ),
    }
}
