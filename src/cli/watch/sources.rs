//! Sources of the exercises, looked at again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use attentive_course::Exercise;
use attentive_course::manifest::path_deps_in;

use crate::fingerprint::{hash_crate, sha256};

/// Looks at the sources of exercises. A look reads each file once, so that all its digests are of one moment: a file
/// that is saved during a look has changed for all exercises that are built on it, or for none.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The crates of this look, by folder.
    crates: BTreeMap<PathBuf, Crate>,
    /// The text of each manifest, and the folders that it leads to. It is understood once.
    manifests: BTreeMap<PathBuf, (String, BTreeSet<PathBuf>)>,
}

#[derive(Debug)]
struct Crate {
    digest: String,
    needs: BTreeSet<PathBuf>,
}

impl Sources {
    /// Begins a new look.
    pub(super) fn look_again(&mut self) {
        self.crates.clear();
    }

    /// Returns the digest of an exercise's sources, and those of what it is built on.
    pub(super) fn digest(&mut self, exercise: &Exercise) -> String {
        let mut waiting = vec![exercise.directory()];
        let mut found = BTreeMap::new();
        while let Some(folder) = waiting.pop() {
            if found.contains_key(&folder) {
                continue;
            }
            let one = self.look_at(&folder);
            waiting.extend(one.needs.iter().cloned());
            found.insert(folder, one.digest.clone());
        }
        let digests: Vec<String> = found.into_values().collect();
        sha256(digests.concat())
    }

    fn look_at(&mut self, folder: &Path) -> &Crate {
        if !self.crates.contains_key(folder) {
            let needs = self.needs(folder);
            let digest = hash_crate(folder);
            let one = Crate { digest, needs };
            self.crates.insert(folder.to_owned(), one);
        }
        &self.crates[folder]
    }

    fn needs(&mut self, folder: &Path) -> BTreeSet<PathBuf> {
        // Of a manifest that is missing, cargo says so.
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        match self.manifests.get(folder) {
            Some((known, needs)) if *known == text => needs.clone(),
            _ => {
                let needs = path_deps_in(folder, &text);
                self.manifests
                    .insert(folder.to_owned(), (text, needs.clone()));
                needs
            }
        }
    }
}
