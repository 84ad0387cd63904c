//! Findings of an earlier run about the changes of one exercise.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use attentive_course::files;
use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

use crate::cargo;
use crate::error::ProofError;

/// File in the crate's folder.
const FILE: &str = "known.toml";

/// Which changes do not compile as they are. Only a compiler finds that out, in several rounds.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// The digest of what this depends on, in hexadecimal digits.
    inputs: String,
    /// Those that do not compile merged with others.
    pub(super) apart: BTreeSet<usize>,
    /// Those of them that do not compile at all.
    pub(super) unviable: BTreeSet<usize>,
}

impl Known {
    /// Reads what the last run with the same `inputs` has written into a crate's folder. Nothing is known without it.
    pub(super) fn read(folder: &Path, inputs: String) -> Self {
        let text = files::read_text(&folder.join(FILE)).unwrap_or_default();
        Self::parse(&text, inputs)
    }

    fn parse(text: &str, inputs: String) -> Self {
        match toml::from_str::<Self>(text) {
            Ok(known) if known.inputs == inputs => known,
            _ => Self {
                inputs,
                ..Self::default()
            },
        }
    }

    /// Writes it for the next run.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ProofError> {
        let path = folder.join(FILE);
        let text = toml::to_string(self).map_err(ProofError::text(&path))?;
        Ok(files::write_scratch(&path, text)?)
    }
}

/// Computes the digest of what decides whether changes compile: the texts that they are part of, the sources of these crates,
/// the lock file of the course at `root`, and the toolchain.
pub(super) fn digest<'a>(
    root: &Path,
    crates: impl Iterator<Item = &'a PathBuf>,
    texts: impl Iterator<Item = &'a str>,
) -> Result<String, ProofError> {
    let mut hash = Hash::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    texts.for_each(&mut add);
    add(&cargo::version()?);
    add(&files::read_text(&root.join("Cargo.lock"))?);
    for folder in crates {
        add(&files::read_text(&folder.join("Cargo.toml"))?);
        for file in attentive_course::sources(folder) {
            add(&files::read_text(&file)?);
        }
    }
    let digits = hash.finalize().map(|byte| format!("{byte:02x}"));
    Ok(digits.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_holds_for_the_same_inputs_only() {
        let known = Known {
            inputs: "a1".to_owned(),
            apart: BTreeSet::from([1, 2]),
            unviable: BTreeSet::from([2]),
        };
        let text = toml::to_string(&known).expect("TOML");
        assert_eq!(Known::parse(&text, "a1".to_owned()), known);
        for text in [text.as_str(), "", "apart = 1"] {
            let other = Known::parse(text, "b2".to_owned());
            assert_eq!(other.inputs, "b2");
            assert!(
                other.apart.is_empty() && other.unviable.is_empty(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_that_moves_from_one_file_to_the_next_is_another_input() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let of = |texts: &[&str]| digest(root, [].iter(), texts.iter().copied()).expect("a digest");
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
    #[test]
    fn given_code_of_a_crate_is_an_input() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            files::write_scratch(&folder.path().join(file), text).expect("written");
        };
        write("Cargo.lock", "");
        write("crate/Cargo.toml", "");
        write(
            "crate/src/lib.rs",
            "#[path = \"../../given.rs\"]\nmod given;\n",
        );
        let of = || {
            let crates = [folder.path().join("crate")];
            digest(folder.path(), crates.iter(), [].into_iter()).expect("a digest")
        };
        write("given.rs", "pub fn f() {}");
        let before = of();
        assert_eq!(before, of());
        write("given.rs", "pub fn g() {}");
        assert_ne!(before, of());
    }
}
