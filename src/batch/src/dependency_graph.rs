//! The graph of packages and their dependencies, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use attentive_course::files::{self, FileError};
use attentive_course::sources;
use cargo_metadata::{
    Artifact, DependencyKind, Message, Metadata, MetadataCommand, Node, NodeDep, Package,
    PackageId, Target, TargetKind,
};
use thiserror::Error;

use crate::hash::Hash;

/// A reason for which the graph is of no use.
#[derive(Debug, Error)]
pub(crate) enum DependencyGraphError {
    #[error("cargo's metadata cannot be understood: {0}")]
    Metadata(cargo_metadata::Error),
    #[error("cargo's messages cannot be understood: {0}")]
    Messages(io::Error),
    #[error(
        "expected the workspace to have a package `{0}`, found none; is it among the members in Cargo.toml?"
    )]
    UnknownPackage(String),
    #[error("cargo built no library for `{0}`")]
    NoLibrary(String),
    #[error(transparent)]
    Source(#[from] FileError),
}

/// The workspace's packages and their dependencies.
#[derive(Debug)]
pub(crate) struct DependencyGraph {
    /// The workspace's folder, as cargo names it.
    root: PathBuf,
    packages: BTreeMap<PackageId, Package>,
    nodes: BTreeMap<PackageId, Node>,
}

/// A dependency of a crate: its name in the source, and its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) package: PackageId,
}

impl DependencyGraph {
    /// Parses the output of `cargo metadata`.
    pub(crate) fn parse(json: &str) -> Result<Self, DependencyGraphError> {
        let metadata = MetadataCommand::parse(json).map_err(DependencyGraphError::Metadata)?;
        let Metadata {
            packages,
            resolve,
            workspace_root,
            ..
        } = metadata;
        let nodes = resolve.map(|resolve| resolve.nodes).unwrap_or_default();
        Ok(Self {
            root: workspace_root.into(),
            packages: packages
                .into_iter()
                .map(|package| (package.id.clone(), package))
                .collect(),
            nodes: nodes
                .into_iter()
                .map(|node| (node.id.clone(), node))
                .collect(),
        })
    }

    /// Returns the dependencies of an exercise's library.
    pub(crate) fn library_dependencies(
        &self,
        exercise: &str,
    ) -> Result<Vec<Dependency>, DependencyGraphError> {
        self.direct(exercise, &[DependencyKind::Normal])
    }

    /// Returns the dependencies of an exercise's tests, which are those of the library and some more. The harness is none: a
    /// worker's program does not load it.
    pub(crate) fn test_dependencies(
        &self,
        exercise: &str,
    ) -> Result<Vec<Dependency>, DependencyGraphError> {
        self.direct(
            exercise,
            &[DependencyKind::Normal, DependencyKind::Development],
        )
    }

    fn direct(
        &self,
        exercise: &str,
        kinds: &[DependencyKind],
    ) -> Result<Vec<Dependency>, DependencyGraphError> {
        let node = self
            .node(exercise)
            .ok_or_else(|| DependencyGraphError::UnknownPackage(exercise.to_owned()))?;
        Ok(node
            .deps
            .iter()
            .filter(|edge| kinds.iter().any(|kind| has_kind(edge, *kind)))
            .filter(|edge| !self.is_shared_library(&edge.pkg))
            .map(|edge| Dependency {
                name: edge.name.clone(),
                package: edge.pkg.clone(),
            })
            .collect())
    }

    /// Returns every package that the compiler has to find when it compiles an exercise against compiled dependencies:
    /// also the macros with which those were written, but not the dependencies of the macros.
    pub(crate) fn transitive(
        &self,
        exercise: &str,
    ) -> Result<BTreeSet<PackageId>, DependencyGraphError> {
        let direct = self.test_dependencies(exercise)?;
        Ok(self.closure(direct.into_iter().map(|dependency| dependency.package)))
    }

    /// Returns packages and what they are built on.
    fn closure(&self, packages: impl IntoIterator<Item = PackageId>) -> BTreeSet<PackageId> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<PackageId> = packages.into_iter().collect();
        while let Some(id) = waiting.pop() {
            if !found.insert(id.clone()) || self.is_macro(&id) {
                continue;
            }
            let Some(node) = self.nodes.get(&id) else {
                continue;
            };
            for edge in &node.deps {
                if has_kind(edge, DependencyKind::Normal) {
                    waiting.push(edge.pkg.clone());
                }
            }
        }
        found
    }

    /// Returns the packages that cargo is told to build, so that it builds all direct dependencies of exercises.
    ///
    /// Cargo finds a published crate only below the course's own packages among them. So an exercise that is the only one
    /// to use a crate is one of them, too.
    pub(crate) fn to_build(
        &self,
        exercises: &[&str],
    ) -> Result<BTreeSet<PackageId>, DependencyGraphError> {
        let mut packages = BTreeSet::new();
        for exercise in exercises {
            let direct = self.test_dependencies(exercise)?;
            packages.extend(direct.into_iter().map(|dependency| dependency.package));
        }
        let own = packages.iter().filter(|id| self.is_own(id)).cloned();
        let reachable = self.closure(own);
        for exercise in exercises {
            let direct = self.test_dependencies(exercise)?;
            if direct
                .iter()
                .any(|found| !reachable.contains(&found.package))
            {
                packages.extend(self.node(exercise).map(|node| node.id.clone()));
            }
        }
        Ok(packages)
    }

    /// Lists the dependencies of an exercise that are no published crates: the grader, and solutions that it builds on.
    pub(crate) fn own_packages(
        &self,
        exercise: &str,
    ) -> Result<Vec<PackageId>, DependencyGraphError> {
        let mut own = self.transitive(exercise)?;
        own.retain(|id| self.is_own(id));
        Ok(own.into_iter().collect())
    }

    /// Hashes everything that the exercises' own packages can be compiled from, with the paths from the workspace's folder.
    pub(crate) fn hash_own_sources(
        &self,
        exercises: &[&str],
    ) -> Result<String, DependencyGraphError> {
        let mut files = BTreeSet::new();
        for exercise in exercises {
            for id in self.own_packages(exercise)? {
                if let Some(package) = self.packages.get(&id) {
                    let manifest = package.manifest_path.as_std_path();
                    files.extend(input_files(manifest.parent().unwrap_or(&self.root))?);
                }
            }
        }
        let mut hash = Hash::new();
        for file in files {
            let path = file.strip_prefix(&self.root).unwrap_or(&file);
            hash = hash
                .part(path.as_os_str().as_encoded_bytes())
                .part(files::read(&file)?);
        }
        Ok(hash.text())
    }

    fn node(&self, name: &str) -> Option<&Node> {
        let own = self
            .packages
            .values()
            .find(|package| package.name == name && package.source.is_none())?;
        self.nodes.get(&own.id)
    }

    /// Returns `true` if a package is part of the course.
    pub(crate) fn is_own(&self, id: &PackageId) -> bool {
        let package = self.packages.get(id);
        package.is_some_and(|package| package.source.is_none())
    }

    /// Returns `true` if programs load a package when they run.
    fn is_shared_library(&self, id: &PackageId) -> bool {
        let mut targets = self.packages.get(id).into_iter().flat_map(|it| &it.targets);
        targets.any(Target::is_cdylib)
    }

    fn is_macro(&self, id: &PackageId) -> bool {
        self.packages
            .get(id)
            .is_some_and(|package| package.targets.iter().any(Target::is_proc_macro))
    }
}

/// Lists the files that a crate can be compiled from: its own, those of other folders that it names as modules, and what
/// lies beside those for code to include.
fn input_files(folder: &Path) -> Result<BTreeSet<PathBuf>, FileError> {
    let mut inputs = BTreeSet::new();
    for file in files::list(folder)? {
        // Tests are no part of the library, and neither is what building leaves in a folder of its own.
        if !file.starts_with("tests") && !file.starts_with("target") {
            inputs.insert(folder.join(file));
        }
    }
    for source in sources(folder) {
        let own = source.ancestors().find(|path| path.join("src").is_dir());
        if let Some(elsewhere) = own.filter(|own| *own != folder) {
            inputs.extend(files::list_assets(elsewhere)?);
        }
        inputs.insert(source);
    }
    Ok(inputs)
}

fn has_kind(edge: &NodeDep, kind: DependencyKind) -> bool {
    edge.dep_kinds.iter().any(|info| info.kind == kind)
}

/// A library that cargo built.
#[derive(Debug)]
pub(crate) struct BuiltLibrary {
    pub(crate) package: PackageId,
    pub(crate) file: PathBuf,
}

impl BuiltLibrary {
    /// Parses the output of `cargo build --message-format=json`.
    pub(crate) fn parse(json: &str) -> Result<Vec<Self>, DependencyGraphError> {
        let mut libraries = Vec::new();
        for message in Message::parse_stream(json.as_bytes()) {
            let message = message.map_err(DependencyGraphError::Messages)?;
            let Message::CompilerArtifact(artifact) = message else {
                continue;
            };
            let Artifact {
                package_id,
                target,
                filenames,
                ..
            } = artifact;
            if !is_library(&target) {
                continue;
            }
            for file in filenames {
                if matches!(file.extension(), Some("rlib" | "so")) {
                    libraries.push(Self {
                        package: package_id.clone(),
                        file: file.into(),
                    });
                }
            }
        }
        Ok(libraries)
    }
}

fn is_library(target: &Target) -> bool {
    target.kind.iter().any(|kind| {
        matches!(
            kind,
            TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro
        )
    })
}
