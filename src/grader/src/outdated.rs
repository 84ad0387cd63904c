//! Checks that what runs was compiled from the sources that are there now: a verdict on other sources is worth nothing.

use std::path::{Path, PathBuf};

use attentive_digest::Digests;
use thiserror::Error;

/// Digests of the sources that this crate was compiled from.
const OWN: &str = env!("ATTENTIVE_DIGESTS");

/// A reason why a program's verdicts would be about other sources than those that are there.
#[derive(Debug, Error)]
pub enum OutdatedError {
    /// It was compiled from other sources.
    #[error(
        "expected a program that was compiled from the sources in {root}, found one that was compiled from others\n\
         (cargo goes by the times of files, and takes checkouts that share a target folder for one).\n\
         Run this, and try again: cargo clean{packages}",
        root = root.display(),
        packages = list(packages)
    )]
    Outdated {
        /// The checkout.
        root: PathBuf,
        /// The packages to compile anew.
        packages: Vec<String>,
    },
    /// It does not know what it was compiled from.
    #[error(
        "expected a program that knows its sources, found none; is the line `build = …` still in {folder}/Cargo.toml?",
        folder = .0.display()
    )]
    Unknown(PathBuf),
}

fn list(packages: &[String]) -> String {
    let options = packages.iter().map(|package| format!(" -p {package}"));
    options.collect()
}

/// Checks that this crate, and the others that `digests` are of, were compiled from the sources of the checkout at
/// `root`.
///
/// # Errors
/// When they were not.
pub fn ensure_up_to_date(digests: &Digests, root: &Path) -> Result<(), OutdatedError> {
    let packages = packages_to_clean(digests, root);
    if packages.is_empty() {
        return Ok(());
    }
    Err(OutdatedError::Outdated {
        root: root.to_owned(),
        packages,
    })
}

/// Lists the packages that have to be compiled anew: none if all were compiled from the sources that are there.
pub(crate) fn packages_to_clean(digests: &Digests, root: &Path) -> Vec<String> {
    let mut packages = own_outdated(root);
    if !packages.is_empty() || !digests.outdated(root).is_empty() {
        // Not only what is outdated: by their times, those that are built on it may seem to be later.
        packages.extend(digests.packages().map(str::to_owned));
    }
    packages
}

/// Returns the digest of the sources that this crate was compiled from, as text.
pub fn own_digest() -> &'static str {
    OWN
}

/// Lists this crate if it is outdated. A course that has no grader of its own uses the one that it was compiled with.
fn own_outdated(root: &Path) -> Vec<String> {
    let own = Digests::parse(OWN);
    let compiled_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [Some(root), compiled_in.ancestors().nth(2)];
    for root in roots.into_iter().flatten() {
        if root.join("src/grader").is_dir() {
            return own.outdated(root);
        }
    }
    Vec::new()
}
