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
    ensure_compiled_from(&Digests::parse(OWN), digests, root)
}

/// Checks that the crates that `own` and `digests` are of were compiled from the sources of the checkout at `root`. A
/// course need not have those of `own`: then they are compared with the sources in the checkout of this crate.
///
/// # Errors
/// When they were not.
pub fn ensure_compiled_from(
    own: &Digests,
    digests: &Digests,
    root: &Path,
) -> Result<(), OutdatedError> {
    let packages = outdated_packages(own, digests, root);
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
    outdated_packages(&Digests::parse(OWN), digests, root)
}

fn outdated_packages(own: &Digests, digests: &Digests, root: &Path) -> Vec<String> {
    let compiled_in = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let mut packages = own.outdated_in(&[root, compiled_in.unwrap_or(root)]);
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
