//! The folder outside the repository in which fetched models are kept.

use std::path::PathBuf;

/// The folder of models: `models` in `$ATTENTIVE_CACHE`, or else in `attentive` in `$XDG_CACHE_HOME` or `~/.cache`.
/// `None` where the environment names none of them.
pub(crate) fn folder() -> Option<PathBuf> {
    let attentive = match (variable("ATTENTIVE_CACHE"), variable("XDG_CACHE_HOME")) {
        (Some(own), _) => own,
        (None, Some(caches)) => caches.join("attentive"),
        (None, None) => variable("HOME")?.join(".cache/attentive"),
    };
    Some(attentive.join("models"))
}

fn variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| value.into())
}
