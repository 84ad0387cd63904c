//! What is wrong with a book that can be built all the same.

mod external;
mod links;
mod names;
mod site;
mod used;

use std::fmt;
use std::path::Path;

use crate::{BookError, Place, build, course};
use site::Site;

/// Something to put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; fix: {}", self.place, self.problem, self.fix)
    }
}

/// What was looked at, and what was found.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong, by file and line.
    pub findings: Vec<Finding>,
    /// How many pages were read.
    pub pages: usize,
    /// How many links and pictures were followed.
    pub links: usize,
    /// How many pieces of code in the text were compared with the crates.
    pub names: usize,
}

/// Builds the book of the folder `root` aside and looks for what a build lets pass:
///
/// - links, anchors and pictures that lead nowhere, and anything that a page loads from another host;
/// - lessons that no chapter is made of, quizzes that no page asks, and exercises that no page sends its readers to;
/// - mistakes of `exercise.toml` whose anchor no page has;
/// - functions and paths in `code` that are in none of the course's crates.
///
/// # Errors
///
/// When the book cannot be built.
pub fn check(root: &Path) -> Result<Checked, BookError> {
    let aside = tempfile::tempdir().map_err(|source| BookError::Io {
        path: std::env::temp_dir(),
        source,
    })?;
    let dest = aside.path().join("html");
    build(root, &dest, |_| {})?;
    let site = Site::read(root, &dest)?;
    let course = course::folder(root);
    let exercises = course::exercises(&course)?;

    let (mut findings, links) = links::check(&site);
    findings.extend(external::check(&site)?);
    findings.extend(used::lessons(&site));
    findings.extend(used::quizzes(&site)?);
    findings.extend(used::exercises(&site, &exercises));
    findings.extend(used::mistakes(&site, &exercises));
    let (misnamed, names) = names::check(&site, &course)?;
    findings.extend(misnamed);
    findings.sort_by(|a, b| (&a.place.file, a.place.line).cmp(&(&b.place.file, b.place.line)));
    findings.dedup();
    Ok(Checked {
        findings,
        pages: site.pages.len(),
        links,
        names,
    })
}
