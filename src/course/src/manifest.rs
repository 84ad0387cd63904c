//! Crates that a crate is built on: the folders that its manifest's path dependencies lead to.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

/// Names of the tables in a manifest that list what a crate is built on.
pub const DEPENDENCY_TABLES: [&str; 2] = ["dependencies", "dev-dependencies"];

/// Folders of the crates that the manifest in `folder` names. There are none in a manifest that is missing or cannot be
/// understood: cargo says what is wrong with it.
pub fn direct_path_deps(folder: &Path) -> BTreeSet<PathBuf> {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    path_deps_in(folder, &text)
}

/// Folders of the crates that a manifest in `folder` with this text names.
pub fn path_deps_in(folder: &Path, text: &str) -> BTreeSet<PathBuf> {
    let manifest: Table = text.parse().unwrap_or_default();
    let mut found = BTreeSet::new();
    for table in DEPENDENCY_TABLES {
        let Some(dependencies) = manifest.get(table).and_then(Value::as_table) else {
            continue;
        };
        for dependency in dependencies.values() {
            if let Some(path) = dependency.get("path").and_then(Value::as_str) {
                found.insert(normalize(folder, path));
            }
        }
    }
    found
}

/// Name of the package in `folder`; `None` where there is none, or where its manifest cannot be understood.
pub fn package(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let manifest: Table = text.parse().ok()?;
    let name = manifest.get("package")?.get("name")?.as_str()?;
    Some(name.to_owned())
}

/// Names of the packages of a course that are neither exercises nor solutions: its programs, what they stand on, and their
/// tests.
///
/// Who has cargo compile one of them chooses all. Cargo gives what they share the features that those ask for which are
/// chosen, so that nothing is compiled once more when another one is called, or when all of them are tested.
pub fn tools(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("src")).into_iter().flatten();
    let folders = entries.flatten().map(|entry| entry.path());
    // The other packages in `tests` are a workspace of their own.
    let folders = folders.chain([root.join("tests/variants")]);
    let mut packages: Vec<String> = folders.filter_map(|folder| package(&folder)).collect();
    packages.sort();
    packages
}

/// Folders of all crates that the one in `folder` is built on, directly or not.
pub fn transitive_path_deps(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut waiting = direct_path_deps(folder);
    while let Some(next) = waiting.pop_first() {
        if found.insert(next.clone()) {
            waiting.extend(direct_path_deps(&next));
        }
    }
    found
}

/// Joins a path in the manifest of `folder` to it, without `..` where that can be had.
pub fn normalize(folder: &Path, path: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(joined.components().next_back(), Some(Component::Normal(_))) =>
            {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    joined
}

/// Path dependencies of a manifest's table, to be changed.
pub fn path_deps_mut(dependencies: &mut Table) -> impl Iterator<Item = &mut Table> {
    dependencies
        .iter_mut()
        .filter_map(|(_, dependency)| dependency.as_table_mut())
        .filter(|dependency| dependency.get("path").is_some_and(Value::is_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_as_cargo_joins_it() {
        let normalize = |path| normalize(Path::new("exercises/11-encoder-block"), path);
        assert_eq!(
            normalize("../09-layer-norm"),
            Path::new("exercises/09-layer-norm")
        );
        assert_eq!(
            normalize("../../solutions/./09-layer-norm"),
            Path::new("solutions/09-layer-norm")
        );
        assert_eq!(normalize("../../../mine"), Path::new("../mine"));
        assert_eq!(normalize("/mine"), Path::new("/mine"));
    }
}
