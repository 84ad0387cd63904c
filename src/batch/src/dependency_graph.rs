//! What depends on what, as cargo tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::hash::Hash;

/// Why the graph is of no use.
#[derive(Debug, Error)]
pub(crate) enum DependencyGraphError {
    #[error("cargo's metadata cannot be understood: {0}")]
    Json(#[from] serde_json::Error),
    #[error(
        "expected the workspace to have a package `{0}`, found none; is it among the members in Cargo.toml?"
    )]
    Unknown(String),
    #[error("cargo built no library for `{0}`")]
    Missing(String),
}

/// The workspace's packages and their dependencies.
#[derive(Debug)]
pub(crate) struct DependencyGraph {
    packages: BTreeMap<String, Package>,
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    name: String,
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Edge {
    fn is(&self, kind: Option<&str>) -> bool {
        self.dep_kinds
            .iter()
            .any(|edge| edge.kind.as_deref() == kind)
    }
}

/// Names in the source, each with its package.
type Direct = Vec<(String, String)>;

impl DependencyGraph {
    /// Reads what `cargo metadata` prints.
    pub(crate) fn read(json: &str) -> Result<Self, DependencyGraphError> {
        let Metadata { packages, resolve } = serde_json::from_str(json)?;
        Ok(Self {
            packages: packages
                .into_iter()
                .map(|package| (package.id.clone(), package))
                .collect(),
            nodes: resolve
                .nodes
                .into_iter()
                .map(|node| (node.id.clone(), node))
                .collect(),
        })
    }

    /// What the library of an exercise names, and what its tests name.
    pub(crate) fn direct(&self, exercise: &str) -> Result<(Direct, Direct), DependencyGraphError> {
        let node = self.node(exercise)?;
        let named = |edges: &mut dyn Iterator<Item = &Edge>| {
            edges
                .map(|edge| (edge.name.clone(), edge.pkg.clone()))
                .collect::<Direct>()
        };
        let library = named(&mut node.deps.iter().filter(|edge| edge.is(None)));
        let tests = named(
            &mut node
                .deps
                .iter()
                .filter(|edge| edge.is(None) || edge.is(Some("dev"))),
        );
        Ok((library, tests))
    }

    /// Every package that an exercise needs to be compiled, given that what it depends on is. The compiler wants to see
    /// the macros that those were written with, though not what the macros themselves are made of.
    pub(crate) fn below(&self, exercise: &str) -> Result<BTreeSet<String>, DependencyGraphError> {
        let mut found = BTreeSet::new();
        let (_, tests) = self.direct(exercise)?;
        let mut waiting: Vec<String> = tests.into_iter().map(|(_, package)| package).collect();
        while let Some(id) = waiting.pop() {
            if !found.insert(id.clone()) || self.is_macro(&id) {
                continue;
            }
            let edges = self.nodes.get(&id).into_iter().flat_map(|node| &node.deps);
            waiting.extend(
                edges
                    .filter(|edge| edge.is(None))
                    .map(|edge| edge.pkg.clone()),
            );
        }
        Ok(found)
    }

    /// The hash of the sources that are no published crates: the grader, and solutions that exercises build on.
    pub(crate) fn own_sources(&self, exercises: &[&str]) -> Result<String, (PathBuf, io::Error)> {
        let below = exercises
            .iter()
            .filter_map(|exercise| self.below(exercise).ok())
            .flatten();
        let packages: BTreeSet<String> = below.collect();
        let mut hash = Hash::new();
        for package in packages.iter().filter_map(|id| self.packages.get(id)) {
            if package.source.is_none() {
                let folder = package.manifest_path.parent().unwrap_or(Path::new("."));
                hash = files(&folder.join("src"), hash.part(&package.name))?;
                hash = file(&package.manifest_path, hash)?;
            }
        }
        Ok(hash.text())
    }

    fn node(&self, name: &str) -> Result<&Node, DependencyGraphError> {
        let is_own = |package: &&Package| package.name == name && package.source.is_none();
        let package = self.packages.values().find(is_own);
        let node = package.and_then(|package| self.nodes.get(&package.id));
        node.ok_or_else(|| DependencyGraphError::Unknown(name.to_owned()))
    }

    fn is_macro(&self, id: &str) -> bool {
        let targets = self
            .packages
            .get(id)
            .into_iter()
            .flat_map(|package| &package.targets);
        targets
            .into_iter()
            .any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
}

fn files(folder: &Path, mut hash: Hash) -> Result<Hash, (PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    let entries = folder.read_dir().map_err(failed)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    paths.sort();
    for path in paths {
        hash = if path.is_dir() {
            files(&path, hash)?
        } else {
            file(&path, hash)?
        };
    }
    Ok(hash)
}

fn file(path: &Path, hash: Hash) -> Result<Hash, (PathBuf, io::Error)> {
    let bytes = std::fs::read(path).map_err(|error| (path.to_owned(), error))?;
    Ok(hash
        .part(path.file_name().unwrap_or_default().as_encoded_bytes())
        .part(bytes))
}

/// A library that cargo built.
#[derive(Debug)]
pub(crate) struct Artifact {
    /// Its package.
    pub(crate) package: String,
    /// Its file.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Line {
    reason: String,
    package_id: Option<String>,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

impl Artifact {
    /// The libraries among what `cargo build --message-format=json` prints.
    pub(crate) fn read(json: &str) -> Vec<Self> {
        let lines = json
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let lines = lines.filter(|line| line.reason == "compiler-artifact");
        let is_library = |line: &Line| {
            let kinds = line.target.iter().flat_map(|target| &target.kind);
            kinds
                .into_iter()
                .any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "proc-macro"))
        };
        let files = |line: Line| {
            let package = line.package_id.unwrap_or_default();
            let files = line.filenames.into_iter();
            let files = files.filter(|file| {
                file.extension()
                    .is_some_and(|extension| extension == "rlib" || extension == "so")
            });
            files.map(move |file| Self {
                package: package.clone(),
                file,
            })
        };
        lines.filter(is_library).flat_map(files).collect()
    }
}
