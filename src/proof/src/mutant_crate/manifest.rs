//! The manifest of a crate of mutants.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attentive_course::files;
use cargo_metadata::{Dependency, DependencyKind, Package};

use crate::error::ProofError;

/// Lists the packages of the workspace that one is built on, and itself, by their folders.
pub(super) fn crates(packages: &[Package], package: &Package) -> BTreeMap<PathBuf, String> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![package]);
    while let Some(next) = waiting.pop() {
        let folder = next.manifest_path.parent().map(PathBuf::from);
        let name = next.name.to_string();
        if found.insert(folder.unwrap_or_default(), name).is_none() {
            let paths = next
                .dependencies
                .iter()
                .filter_map(|dependency| dependency.path.as_ref());
            waiting.extend(paths.filter_map(|path| {
                packages
                    .iter()
                    .find(|package| package.manifest_path.parent() == Some(path))
            }));
        }
    }
    found
}

/// Makes the manifest of a program outside the workspace with all that a solution and its tests depend on. The name has
/// to differ from exercise to exercise: Cargo tells packages of one target folder apart by name and by their place in
/// their workspace, and would take one exercise's program for another's. It tells the courses of one target folder apart by
/// the version, which has the digest of the course's place.
pub(super) fn manifest(
    root: &Path,
    solution: &Package,
    crates: &BTreeMap<PathBuf, String>,
    name: &str,
) -> Result<String, ProofError> {
    let mut package = toml::Table::new();
    package.insert("name".into(), name.into());
    let place = hmac_sha256::Hash::hash(solution.manifest_path.as_str().as_bytes());
    let place = place[..8].iter().map(|byte| format!("{byte:02x}"));
    let version = format!("0.0.0+{}", place.collect::<String>());
    package.insert("version".into(), version.into());
    package.insert("edition".into(), solution.edition.as_str().into());
    let mut dependencies = toml::Table::new();
    for dependency in &solution.dependencies {
        if dependency.kind == DependencyKind::Build {
            continue; // the solution's script describes the solution
        }
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        dependencies.insert(name.clone(), described(dependency).into());
    }
    let mut manifest = toml::Table::new();
    manifest.insert("package".into(), package.into());
    manifest.insert("workspace".into(), toml::Table::new().into());
    manifest.insert("dependencies".into(), dependencies.into());
    manifest.insert("profile".into(), profile(root, solution, crates)?.into());
    Ok(manifest.to_string())
}

/// Returns the course's profiles, so that compiled dependencies are shared. But the solutions among these crates are
/// optimised, for some changes have them train models.
fn profile(
    root: &Path,
    solution: &Package,
    crates: &BTreeMap<PathBuf, String>,
) -> Result<toml::Table, ProofError> {
    let path = root.join("Cargo.toml");
    let mut workspace: toml::Table = files::read_text(&path)?
        .parse()
        .map_err(ProofError::text(&path))?;
    let mut profiles = match workspace.remove("profile") {
        Some(toml::Value::Table(profiles)) => profiles,
        _ => toml::Table::new(),
    };
    // The program itself has many copies of a solution and runs for seconds: compiling it is what costs. Without debug
    // information, and as one unit, that takes a quarter less of the processor. Dependencies have profiles of their own.
    if let Some(dev) = profiles.get_mut("dev").and_then(toml::Value::as_table_mut) {
        dev.insert("debug".into(), false.into());
        dev.insert("codegen-units".into(), 1.into());
        let packages = dev.entry("package").or_insert(toml::Table::new().into());
        if let Some(packages) = packages.as_table_mut() {
            let others = crates.values().filter(|name| **name != *solution.name);
            for name in others.filter(|name| name.ends_with("-solution")) {
                let optimised = toml::toml! { opt-level = 1 debug = false };
                packages.insert(name.clone(), optimised.into());
            }
        }
    }
    Ok(profiles)
}

/// Returns a dependency as a manifest has it.
fn described(dependency: &Dependency) -> toml::Table {
    let mut table = toml::Table::new();
    if dependency.rename.is_some() {
        table.insert("package".into(), dependency.name.clone().into());
    }
    match &dependency.path {
        Some(path) => table.insert("path".into(), path.as_str().into()),
        None => table.insert("version".into(), dependency.req.to_string().into()),
    };
    table.insert(
        "default-features".into(),
        dependency.uses_default_features.into(),
    );
    table.insert("features".into(), dependency.features.clone().into());
    table
}
