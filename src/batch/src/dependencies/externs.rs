//! The crates that code names, and the files that they are in.

use serde::{Deserialize, Serialize};

use crate::dependency_graph::{BuiltLibrary, Dependency, DependencyGraph, DependencyGraphError};

/// The crates that an exercise's code names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Externs {
    /// The student's library.
    pub(crate) library: Vec<Extern>,
    /// Its adapter, `tests/grade.rs`; the library itself not included.
    pub(crate) adapter: Vec<Extern>,
}

/// A crate that code names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Extern {
    /// Its name in the source.
    pub(crate) name: String,
    /// Its file in the exercise's folder of dependencies.
    pub(crate) file: String,
    /// `true` if it is part of the course: a solution, or code that exercises are given.
    pub(crate) is_own: bool,
}

/// Finds the file of each dependency.
pub(super) fn externs(
    graph: &DependencyGraph,
    dependencies: Vec<Dependency>,
    libraries: &[BuiltLibrary],
) -> Result<Vec<Extern>, DependencyGraphError> {
    let mut externs = Vec::new();
    for Dependency { name, package } in dependencies {
        let is_own = graph.is_own(&package);
        let library = libraries.iter().rfind(|library| library.package == package);
        let file = library
            .and_then(|library| library.file.file_name())
            .ok_or(DependencyGraphError::NoLibrary(package.repr))?;
        externs.push(Extern {
            name,
            file: file.to_string_lossy().into_owned(),
            is_own,
        });
    }
    Ok(externs)
}
