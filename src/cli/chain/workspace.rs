//! A workspace of manifests alone: their targets are the learner's files, where those are, and their dependencies lead
//! to each other instead of to the solutions.
//!
//! It shares the course's target folder, and with it all that is compiled from crates.io. Cargo tells packages of one
//! target folder apart by name, version and their place in the workspace: here an exercise's place is `NN-name`, in the
//! course it is `exercises/NN-name`, so that neither is taken for the other.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::Exercise;
use attentive_course::files::{self, FileError};
use attentive_course::manifest::{self, DEPENDENCY_TABLES};
use serde::Deserialize;
use thiserror::Error;
use toml::{Table, Value};

use crate::style::warn;

/// Folder of the manifests, from the course's root.
const FOLDER: &str = "target/attentive/chain";

/// A reason why there is no such workspace.
#[derive(Debug, Error)]
pub(crate) enum ChainError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{path} is no manifest that cargo understands: {error}", path = path.display())]
    Manifest {
        path: PathBuf,
        error: toml::de::Error,
    },
    #[error("the manifest for {exercise} cannot be written: {error}")]
    Write {
        exercise: String,
        error: toml::ser::Error,
    },
    #[error(
        "cargo does not say where it puts what it compiles ({0}); does `cargo metadata` work here?"
    )]
    Target(io::Error),
}

/// The workspace, written.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// As long as it is there, no other process writes another one in its place.
    _locked: File,
    /// The course's folders for what is compiled.
    compiled: Compiled,
}

/// The folders that cargo compiles into.
#[derive(Debug, Deserialize)]
struct Compiled {
    /// For finished programs.
    target_directory: PathBuf,
    /// For everything else.
    build_directory: PathBuf,
}

impl Workspace {
    /// Writes manifests for exercises, among which is everything that they are built on.
    pub(crate) fn write(exercises: &[Exercise]) -> Result<Self, ChainError> {
        let root = std::env::current_dir().map_err(ChainError::Target)?;
        let folder = Path::new(FOLDER);
        let waiting = || warn("waiting for another `check --chain` in this checkout …");
        let locked = files::lock(&folder.join("lock"), waiting)?;
        let members = exercises
            .iter()
            .map(|exercise| Value::from(exercise.folder()))
            .collect();
        update(
            &folder.join("Cargo.toml"),
            "the workspace",
            &workspace(read(Path::new("."))?, members, &root),
        )?;
        // The same versions as in the course. Cargo takes out what is not needed here.
        let lock = Path::new("Cargo.lock");
        if lock.exists() {
            files::write(&folder.join(lock), &files::read(lock)?)?;
        }
        for exercise in exercises {
            let manifest = member(read(&exercise.directory())?, exercise, &root);
            let place = folder.join(exercise.folder());
            update(&place.join("Cargo.toml"), &exercise.folder(), &manifest)?;
            let folder = root.join(exercise.directory());
            let named = folder.to_string_lossy();
            write_changed(&place.join(attentive_digest::ELSEWHERE), &named)?;
        }
        Ok(Self {
            _locked: locked,
            compiled: compiled()?,
        })
    }

    /// Makes a call of cargo one that works here.
    pub(crate) fn add_to(&self, cargo: &mut Command) {
        let Compiled {
            target_directory,
            build_directory,
        } = &self.compiled;
        cargo
            .arg("--manifest-path")
            .arg(Path::new(FOLDER).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target_directory)
            .env("CARGO_BUILD_BUILD_DIR", build_directory);
    }

    /// The manifest of an exercise here, from the course's root.
    pub(crate) fn manifest(&self, exercise: &Exercise) -> PathBuf {
        Path::new(FOLDER).join(exercise.folder()).join("Cargo.toml")
    }
}

fn read(folder: &Path) -> Result<Table, ChainError> {
    let path = folder.join("Cargo.toml");
    files::read_text(&path)?
        .parse()
        .map_err(|error| ChainError::Manifest { path, error })
}

/// Writes a manifest, unless it is there.
fn update(path: &Path, exercise: &str, manifest: &Table) -> Result<(), ChainError> {
    let exercise = exercise.to_owned();
    let text = toml::to_string(manifest).map_err(|error| ChainError::Write { exercise, error })?;
    Ok(write_changed(path, &text)?)
}

/// Writes a text, unless it is there.
fn write_changed(path: &Path, text: &str) -> Result<(), FileError> {
    if path.exists() && files::read(path)? == text.as_bytes() {
        return Ok(());
    }
    files::write(path, text)
}

/// The manifest of the workspace: what members inherit from the course's, and how it is compiled.
fn workspace(mut course: Table, members: Vec<Value>, root: &Path) -> Table {
    let mut workspace = Table::new();
    if let Some(Value::Table(own)) = course.remove("workspace") {
        let inherited = ["resolver", "package", "dependencies", "lints"];
        workspace.extend(
            own.into_iter()
                .filter(|(key, _)| inherited.contains(&key.as_str())),
        );
    }
    if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
        manifest::path_deps_mut(dependencies)
            .for_each(|dependency| absolute(dependency, "path", root));
    }
    workspace.insert("members".to_owned(), Value::Array(members));
    let mut manifest = Table::from_iter([("workspace".to_owned(), Value::Table(workspace))]);
    manifest.extend(course.remove_entry("profile"));
    manifest
}

/// An exercise's manifest, from another place, and with the learner's own crates wherever there are exercises.
fn member(mut manifest: Table, exercise: &Exercise, root: &Path) -> Table {
    let directory = root.join(exercise.directory());
    for table in ["bin", "example", "bench"] {
        manifest.remove(table);
    }
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        absolute(package, "build", &directory);
    }
    let library = manifest
        .entry("lib")
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(library) = library {
        library.entry("path").or_insert_with(|| "src/lib.rs".into());
        absolute(library, "path", &directory);
    }
    for test in manifest
        .get_mut("test")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let Value::Table(test) = test else { continue };
        let name = test.get("name").and_then(Value::as_str).unwrap_or_default();
        let path = format!("tests/{name}.rs");
        test.entry("path").or_insert_with(|| path.into());
        absolute(test, "path", &directory);
    }
    for table in DEPENDENCY_TABLES {
        let Some(Value::Table(dependencies)) = manifest.get_mut(table) else {
            continue;
        };
        for dependency in manifest::path_deps_mut(dependencies) {
            match earlier(dependency, exercise) {
                Some(earlier) => {
                    dependency.insert("path".to_owned(), format!("../{}", earlier.folder()).into());
                    dependency.insert("package".to_owned(), earlier.name.into());
                }
                None => absolute(dependency, "path", &directory),
            }
        }
    }
    manifest
}

/// The exercise that a dependency leads to, solved or not.
fn earlier(dependency: &Table, exercise: &Exercise) -> Option<Exercise> {
    Exercise::from_path(&manifest::normalize(
        &exercise.directory(),
        dependency.get("path")?.as_str()?,
    ))
}

/// Makes the path under a table's key one that can be read from anywhere.
fn absolute(table: &mut Table, key: &str, folder: &Path) {
    if let Some(path) = table.get_mut(key)
        && let Some(from) = path.as_str()
    {
        *path = manifest::normalize(folder, from)
            .display()
            .to_string()
            .into();
    }
}

/// The folders that cargo compiles the course into.
fn compiled() -> Result<Compiled, ChainError> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new(attentive_course::cargo_program())
        .args(arguments)
        .output()
        .map_err(ChainError::Target)?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        ChainError::Target(if said.is_empty() {
            error.into()
        } else {
            io::Error::other(said)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use attentive_course::Tree;

    /// Solutions, one's own exercises and other crates of one's own, in both ways in which TOML can say it.
    const MANIFEST: &str = r#"
[package]
name = "encoder-block"

[[bin]]
name = "try-it"

[[test]]
name = "grade"
harness = false

[dependencies]
feed-forward = { path = "../10-feed-forward" }
layer-norm = { path = "../../solutions/09-layer-norm", package = "layer-norm-solution" }
ndarray = { workspace = true }

[dependencies.mine]
path = "../../../mine"
"#;

    #[test]
    fn exercises_lead_to_each_other_and_everything_else_to_where_it_is() {
        let exercise = Exercise {
            number: "11".into(),
            name: "encoder-block".into(),
            tree: Tree::Exercises,
        };
        let manifest = member(
            MANIFEST.parse().expect("it is TOML"),
            &exercise,
            Path::new("/course"),
        );
        insta::assert_snapshot!(toml::to_string(&manifest).expect("it can be written"), @r#"
        [dependencies.feed-forward]
        package = "feed-forward"
        path = "../10-feed-forward"

        [dependencies.layer-norm]
        package = "layer-norm"
        path = "../09-layer-norm"

        [dependencies.mine]
        path = "/mine"

        [dependencies.ndarray]
        workspace = true

        [lib]
        path = "/course/exercises/11-encoder-block/src/lib.rs"

        [package]
        name = "encoder-block"

        [[test]]
        harness = false
        name = "grade"
        path = "/course/exercises/11-encoder-block/tests/grade.rs"
        "#);
    }

    #[test]
    fn a_workspace_inherits_what_its_members_do() {
        let course = r#"
[workspace]
members = ["src/grader", "exercises/*"]
dependencies = { attentive-grader = { path = "src/grader" }, serde = "1" }
package = { version = "1.2.3" }

[package]
name = "attentive"

[profile.dev]
debug = false
"#;
        let members = vec!["09-layer-norm".into()];
        let manifest = workspace(
            course.parse().expect("it is TOML"),
            members,
            Path::new("/course"),
        );
        insta::assert_snapshot!(toml::to_string(&manifest).expect("it can be written"), @r#"
        [profile.dev]
        debug = false

        [workspace]
        members = ["09-layer-norm"]

        [workspace.dependencies]
        serde = "1"

        [workspace.dependencies.attentive-grader]
        path = "/course/src/grader"

        [workspace.package]
        version = "1.2.3"
        "#);
    }
}
