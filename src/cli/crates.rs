//! What a crate is built on: the folders that its manifest's path dependencies lead to.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

/// The tables of a manifest that name what a crate is built on.
pub(crate) const DEPENDENCIES: [&str; 2] = ["dependencies", "dev-dependencies"];

/// The folders of the crates that the one in `folder` names in its manifest. There are none in a manifest that is
/// missing or cannot be understood: cargo says what is wrong with it.
pub(crate) fn named(folder: &Path) -> BTreeSet<PathBuf> {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let manifest: Table = text.parse().unwrap_or_default();
    let tables = DEPENDENCIES
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table());
    let paths = tables
        .flat_map(Table::values)
        .filter_map(|dependency| dependency.get("path")?.as_str());
    paths.map(|path| join(folder, path)).collect()
}

/// The folders of all crates that the one in `folder` is built on, directly or not.
pub(crate) fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut waiting = named(folder);
    while let Some(next) = waiting.pop_first() {
        if found.insert(next.clone()) {
            waiting.extend(named(&next));
        }
    }
    found
}

/// The folder that a path in the manifest of `folder` leads to, without `..` where that can be had.
pub(crate) fn join(folder: &Path, path: &str) -> PathBuf {
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

/// The path dependencies of a manifest, to be changed.
pub(crate) fn with_paths(dependencies: &mut Table) -> impl Iterator<Item = &mut Table> {
    let tables = dependencies
        .iter_mut()
        .filter_map(|(_, dependency)| dependency.as_table_mut());
    tables.filter(|dependency| dependency.get("path").is_some_and(Value::is_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_as_cargo_joins_it() {
        let join = |path| join(Path::new("exercises/11-encoder-block"), path);
        assert_eq!(
            join("../09-layer-norm"),
            Path::new("exercises/09-layer-norm")
        );
        assert_eq!(
            join("../../solutions/./09-layer-norm"),
            Path::new("solutions/09-layer-norm")
        );
        assert_eq!(join("../../../mine"), Path::new("../mine"));
        assert_eq!(join("/mine"), Path::new("/mine"));
    }
}
