//! The manifests of a chain, made from the course's: what they inherit, and where their paths lead.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use attentive_course::Exercise;
use attentive_course::manifest::{self, DEPENDENCY_TABLES};
use toml::{Table, Value};

/// The manifest of the workspace: what members inherit from the course's, and how it is compiled. `crates` are the
/// folders of its members in the course. Cargo warns of what profiles say about other packages than those that are
/// `needed`, so that is left out.
pub(super) fn workspace(
    mut course: Table,
    crates: &[PathBuf],
    needed: &BTreeSet<String>,
    root: &Path,
) -> Table {
    let mut workspace = Table::new();
    if let Some(Value::Table(own)) = course.remove("workspace") {
        let inherited = ["resolver", "package", "dependencies", "lints"];
        workspace.extend(
            own.into_iter()
                .filter(|(key, _)| inherited.contains(&key.as_str())),
        );
    }
    if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
        for dependency in manifest::path_deps_mut(dependencies) {
            let directory = path(dependency).map(|path| manifest::normalize(Path::new(""), path));
            match directory.filter(|directory| crates.contains(directory)) {
                Some(directory) => {
                    dependency.insert("path".to_owned(), place(&directory).into());
                }
                None => absolute(dependency, "path", root),
            }
        }
    }
    let members = crates.iter().map(|directory| place(directory).into());
    workspace.insert("members".to_owned(), Value::Array(members.collect()));
    let mut manifest = Table::from_iter([("workspace".to_owned(), Value::Table(workspace))]);
    if let Some(Value::Table(mut profiles)) = course.remove("profile") {
        for (_, profile) in profiles.iter_mut() {
            if let Some(Value::Table(packages)) = profile.get_mut("package") {
                packages.retain(|name, _| name == "*" || needed.contains(name));
            }
        }
        manifest.insert("profile".to_owned(), Value::Table(profiles));
    }
    manifest
}

/// The names of packages, and of all that they are built on by a lock file.
pub(super) fn needed(names: impl Iterator<Item = String>, lock: &Table) -> BTreeSet<String> {
    let packages = lock.get("package").and_then(Value::as_array);
    let mut built_on: HashMap<&str, Vec<&str>> = HashMap::new();
    for package in packages.into_iter().flatten() {
        let Some(name) = package.get("name").and_then(Value::as_str) else {
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let specs = dependencies.into_iter().flatten().filter_map(Value::as_str);
        // After the name may come a version and a source.
        let names = specs.filter_map(|spec| spec.split(' ').next());
        built_on.entry(name).or_default().extend(names);
    }
    let mut needed = BTreeSet::new();
    let mut left: Vec<String> = names.collect();
    while let Some(name) = left.pop() {
        let dependencies = built_on.get(name.as_str());
        if needed.insert(name) {
            left.extend(
                dependencies
                    .into_iter()
                    .flatten()
                    .map(|&name| name.to_owned()),
            );
        }
    }
    needed
}

/// The name of a manifest's package.
pub(super) fn package_name(manifest: &Table) -> Option<String> {
    let name = manifest.get("package")?.get("name")?;
    name.as_str().map(str::to_owned)
}

/// Name of a crate's folder in the workspace, such as `18-gpt` or `pipeline`.
pub(super) fn place(directory: &Path) -> String {
    let name = directory.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The manifest of an exercise or of a program, from another place, and with the learner's own crates wherever there are
/// exercises. `from_root` is the crate's folder in the course.
pub(super) fn member(mut manifest: Table, from_root: &Path, root: &Path) -> Table {
    let directory = root.join(from_root);
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
    add_program(&mut manifest, &directory);
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
            match earlier(dependency, from_root) {
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

/// Adds the program of a crate that has one: cargo would not find it from another place.
fn add_program(manifest: &mut Table, directory: &Path) {
    let source = directory.join("src/main.rs");
    let (Some(name), true) = (package_name(manifest), source.exists()) else {
        return;
    };
    let source = source.display().to_string();
    let program = Table::from_iter([
        ("name".to_owned(), name.into()),
        ("path".to_owned(), source.into()),
    ]);
    manifest.insert("bin".to_owned(), Value::Array(vec![program.into()]));
}

/// The exercise that a dependency leads to, solved or not.
fn earlier(dependency: &Table, from_root: &Path) -> Option<Exercise> {
    Exercise::from_path(&manifest::normalize(from_root, path(dependency)?))
}

fn path(dependency: &Table) -> Option<&str> {
    dependency.get("path")?.as_str()
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let manifest = member(
            MANIFEST.parse().expect("it is TOML"),
            Path::new("exercises/11-encoder-block"),
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
members = ["src/grader", "src/models", "exercises/*"]
dependencies = { attentive-grader = { path = "src/grader" }, attentive-models = { path = "src/models" }, serde = "1" }
package = { version = "1.2.3" }

[package]
name = "attentive"

[profile.dev]
debug = false

[profile.dev.package."*"]
codegen-units = 1

[profile.dev.package.matrixmultiply]
opt-level = 3

[profile.dev.package.pest]
opt-level = 1
"#;
        let lock = r#"
[[package]]
name = "layer-norm"
dependencies = ["ndarray 0.17.2"]

[[package]]
name = "ndarray"
dependencies = ["matrixmultiply"]

[[package]]
name = "matrixmultiply"

[[package]]
name = "attentive-book"
dependencies = ["pest"]
"#;
        let names = ["layer-norm".to_owned()].into_iter();
        let needed = needed(names, &lock.parse().expect("it is TOML"));
        let crates = ["exercises/09-layer-norm", "src/models"].map(PathBuf::from);
        let manifest = workspace(
            course.parse().expect("it is TOML"),
            &crates,
            &needed,
            Path::new("/course"),
        );
        insta::assert_snapshot!(toml::to_string(&manifest).expect("it can be written"), @r#"
        [profile.dev]
        debug = false

        [profile.dev.package."*"]
        codegen-units = 1

        [profile.dev.package.matrixmultiply]
        opt-level = 3

        [workspace]
        members = ["09-layer-norm", "models"]

        [workspace.dependencies]
        serde = "1"

        [workspace.dependencies.attentive-grader]
        path = "/course/src/grader"

        [workspace.dependencies.attentive-models]
        path = "models"

        [workspace.package]
        version = "1.2.3"
        "#);
    }
}
