//! Digests of the sources that crates are compiled from, by which a program knows whether it is what they say now.
//!
//! Cargo takes a crate for up to date by the times of its files, and tells the crates of one target folder apart by
//! their place in the workspace. So an older file that is put in the place of a newer one goes unnoticed, and so does
//! another checkout with the same target folder: what is run then is not what is there. A content has no such doubts.
//!
//! 1. The crates of the course have one build script, which calls [`run_build_script`]. It is run before its crate is
//!    compiled, and again when a file of it is newer: when cargo compiles the crate anew, it has run the script anew.
//!    So the digest in its output is that of the text that was compiled, whatever the crate on disk says later.
//! 2. The script passes its digests on to the scripts of the crates that are built on its own (by `links`), and to the
//!    compiler of its crate as a variable of the environment, [`VARIABLE`].
//! 3. A program that has them parses its [`Digests`], and asks which crates are [`outdated`](Digests::outdated).

mod inputs;
mod linker;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

pub use inputs::{is_leftover, module_paths};

/// Variable of the compiler's environment with the digests of a crate and of those that it is built on.
pub const VARIABLE: &str = "ATTENTIVE_DIGESTS";
/// File in the folder of a crate whose sources are elsewhere: the path of their folder.
pub const ELSEWHERE: &str = "sources-are-in";
/// Ending of the variables by which cargo hands on what the scripts of other crates have said.
const HANDED_ON: &str = "_ATTENTIVE_DIGESTS";

/// Digests of the sources that some crates were compiled from. As text, they are one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests(BTreeMap<PathBuf, Entry>);

/// A crate as it was when it was compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    package: String,
    digest: String,
}

impl Digests {
    /// Parses the text of digests. A part that is none is left out.
    pub fn parse(text: &str) -> Self {
        let mut digests = Self::default();
        for part in text.split(';') {
            let mut fields = part.splitn(3, ' ');
            if let (Some(digest), Some(package), Some(folder)) =
                (fields.next(), fields.next(), fields.next())
            {
                digests.insert(folder, package, digest.to_owned());
            }
        }
        digests
    }

    /// Lists all packages.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|entry| entry.package.as_str())
    }

    /// Adds those of other crates.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Computes the digest of the crate in a folder anew, if it is among these: from the sources that are in the checkout at
    /// `root` now.
    pub fn renew(&mut self, root: &Path, folder: &Path) {
        if let Some(entry) = self.0.get_mut(folder) {
            entry.digest = digest_of(&root.join(folder));
        }
    }

    fn insert(&mut self, folder: impl Into<PathBuf>, package: &str, digest: String) {
        let package = package.to_owned();
        self.0.insert(folder.into(), Entry { package, digest });
    }

    /// Lists the packages whose sources are not those that were compiled, each in the first of the checkouts that has it. One
    /// that none has is left out.
    pub fn outdated_in(&self, roots: &[&Path]) -> Vec<String> {
        let mut outdated = Vec::new();
        for (folder, Entry { package, digest }) in &self.0 {
            let mut folders = roots.iter().map(|root| root.join(folder));
            let found = folders.find(|folder| folder.is_dir());
            if found.is_some_and(|folder| digest_of(&folder) != *digest) {
                outdated.push(package.clone());
            }
        }
        outdated
    }

    /// Lists the packages whose sources in the checkout at `root` are not those that were compiled.
    pub fn outdated(&self, root: &Path) -> Vec<String> {
        let mut outdated = Vec::new();
        for (folder, Entry { package, digest }) in &self.0 {
            if digest_of(&root.join(folder)) != *digest {
                outdated.push(package.clone());
            }
        }
        outdated
    }
}

impl fmt::Display for Digests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (folder, Entry { package, digest })) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(f, "{separator}{digest} {package} {}", folder.display())?;
        }
        Ok(())
    }
}

/// Tells cargo, as a build script, from which sources its crate is compiled: those in its folder, or in the one that its
/// file [`ELSEWHERE`] names.
pub fn run_build_script() {
    let own = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let folder = fs::read_to_string(own.join(ELSEWHERE)).map_or(own, PathBuf::from);
    describe(&folder, &variable("CARGO_PKG_NAME"));
}

/// Tells cargo, as a build script, that its crate is compiled from the sources of `package` in `folder`.
pub fn describe(folder: &Path, package: &str) {
    let mut digests = handed_on();
    digests.insert(place(folder), package, digest_of(folder));
    println!("cargo::metadata=attentive_digests={digests}");
    println!("cargo::rustc-env={VARIABLE}={digests}");
    println!("cargo::rerun-if-env-changed={}", anew_variable(package));
    let own = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    for file in inputs::files(folder) {
        // From the crate's folder: in another checkout with the same target folder, cargo is to look at the files there.
        let file = file.strip_prefix(&own).unwrap_or(&file);
        println!("cargo::rerun-if-changed={}", file.display());
    }
    linker::describe();
}

/// Returns the variable of cargo's environment by which a package is compiled anew: with each value that it did not have
/// the last time.
pub fn anew_variable(package: &str) -> String {
    format!("ATTENTIVE_ANEW_{}", package.replace('-', "_"))
}

/// Returns the digests that the scripts of other crates have handed on.
fn handed_on() -> Digests {
    let mut digests = Digests::default();
    for (name, value) in env::vars_os() {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        if name.starts_with("DEP_") && name.ends_with(HANDED_ON) {
            digests.extend(Digests::parse(&value));
        }
    }
    digests
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Returns the path of a crate from its checkout's root, in which all of them are two levels down.
fn place(folder: &Path) -> PathBuf {
    let parent = folder.parent().and_then(Path::file_name);
    Path::new(parent.unwrap_or_default()).join(folder.file_name().unwrap_or_default())
}

/// Computes the digest of the files that the crate in `folder` is compiled from: their paths and their contents.
fn digest_of(folder: &Path) -> String {
    let mut hash = Fnv::default();
    for file in inputs::files(folder) {
        let path = file.strip_prefix(folder).unwrap_or(&file);
        // The same on every platform: a program that was compiled for another one goes by it there.
        let names: Vec<_> = path.iter().map(OsStr::as_encoded_bytes).collect();
        hash.part(&names.join(&b'/'));
        // The compiler cannot read it either.
        hash.part(&fs::read(&file).unwrap_or_default());
    }
    format!("{:032x}", hash.0)
}

/// The hash FNV-1a of 128 bits: short, and good enough to tell texts apart that nobody has made to be alike.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv {
    /// Adds bytes, and their number: with it, no two lists of parts give the same bytes.
    fn part(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 ^= u128::from(*byte);
            self.0 = self
                .0
                .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("it can be written");
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Fnv::default();
        // The published hash of "a", of whose bytes the length is none here.
        hash.0 ^= u128::from(b'a');
        hash.0 = hash
            .0
            .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        assert_eq!(
            format!("{:032x}", hash.0),
            "d228cb696f1a8caf78912b704e4a8964"
        );
    }

    #[test]
    fn a_crate_is_outdated_when_any_file_of_it_has_changed() {
        let root = tempfile::tempdir().expect("a folder");
        let solution = root.path().join("solutions/11-block");
        let exercise = root.path().join("exercises/11-block");
        let given = "#[path = \"../../../exercises/11-block/src/weights.rs\"]\nmod weights;\n";
        write(&solution.join("src/lib.rs"), given);
        write(&exercise.join("src/weights.rs"), "");
        write(&exercise.join("tests/grade.rs"), "");
        let mut compiled = Digests::default();
        compiled.insert(place(&solution), "block-solution", digest_of(&solution));
        let compiled = Digests::parse(&compiled.to_string());
        let outdated = || compiled.outdated(root.path());
        assert!(outdated().is_empty(), "{compiled}");
        // No part of the crate.
        for file in [
            "src/.#lib.rs",
            "src/lib.rs~",
            "notes.md~",
            "golden.safetensors",
        ] {
            write(&solution.join(file), "x");
            write(&exercise.join(file), "x");
            write(&exercise.join("src/lib.rs"), file);
            assert!(outdated().is_empty(), "{file}");
        }
        for file in [
            "solutions/11-block/src/lib.rs",
            "solutions/11-block/src/other.rs",
            "solutions/11-block/Cargo.toml",
            "exercises/11-block/src/weights.rs",
            "exercises/11-block/tests/grade.rs",
            "exercises/11-block/model.safetensors",
        ] {
            let path = root.path().join(file);
            let before = fs::read(&path).ok();
            write(&path, &format!("{given}// changed\n"));
            assert_eq!(outdated(), ["block-solution"], "{file}");
            match before {
                Some(before) => fs::write(&path, before).expect("it can be written"),
                None => fs::remove_file(&path).expect("it can be removed"),
            }
            assert!(outdated().is_empty(), "{file}");
        }
        fs::remove_dir_all(&solution).expect("it can be removed");
        assert_eq!(outdated(), ["block-solution"]);
    }
}
