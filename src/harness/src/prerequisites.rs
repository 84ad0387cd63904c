//! Prerequisites: the earlier exercises that an exercise is built on, which may be the learner's own. While they are
//! wrong, nothing can be said about what is built on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use toml::Table;

/// The packages that the crate in `directory` names in its manifest, that are exercises beside it, and that do not pass
/// their own tests.
///
/// The tests are run by cargo, so that this takes its time: it is for when something has failed.
pub(crate) fn failing_prerequisites(directory: &Path) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let fails = |package: &String| {
        let mut test = Command::new(&cargo);
        test.args(["test", "--quiet", "--test", "grade", "--package", package])
            .current_dir(directory);
        test.stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Where cargo cannot be started, there is no ground for a doubt in them.
        test.status().is_ok_and(|status| !status.success())
    };
    exercises_beside(directory)
        .into_iter()
        .filter(fails)
        .collect()
}

/// The packages of the exercises that a manifest's path dependencies lead to, when they are in the folder in which the
/// crate itself is. None where a manifest cannot be read: cargo has something to say about that.
fn exercises_beside(directory: &Path) -> Vec<String> {
    let Some(manifest) = manifest(directory) else {
        return Vec::new();
    };
    let dependencies = manifest
        .get("dependencies")
        .and_then(|table| table.as_table());
    let paths = dependencies
        .into_iter()
        .flatten()
        .filter_map(|(_, named)| named.get("path")?.as_str());
    let beside =
        paths.filter_map(|path| path.strip_prefix("../").filter(|rest| !rest.contains('/')));
    let mut folders: Vec<PathBuf> = beside
        .map(|folder| directory.with_file_name(folder))
        .collect();
    folders.sort();
    folders
        .iter()
        .filter_map(|folder| package(folder))
        .collect()
}

fn package(folder: &Path) -> Option<String> {
    Some(
        manifest(folder)?
            .get("package")?
            .get("name")?
            .as_str()?
            .to_owned(),
    )
}

fn manifest(folder: &Path) -> Option<Table> {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .ok()?
        .parse()
        .ok()
}
