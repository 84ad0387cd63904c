//! Cargo's part: the libraries that exercises depend on, compiled from the sources of this course.
//!
//! All courses share one target folder, so that what comes from crates.io is compiled once. But cargo tells packages of
//! one target folder apart by their place in the workspace, and takes compiled ones for up to date by the times of files.
//! In another checkout the place is the same, and times mean nothing. So all of the course's own crates are compiled
//! anew, each time that something in them has changed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use attentive_course::{Exercise, cargo_program};

use super::DependencyError;
use crate::dependency_graph::{BuiltLibrary, DependencyGraph};
use crate::toolchain::stdout_of;

/// The profile of the course's own crates. Those of the solutions that later exercises call would be most of a worker's
/// time without optimisation; what crates.io has is compiled for a worker in `prebuilt`.
const PROFILE: [&str; 2] = [
    "profile.dev.opt-level=1",
    "profile.dev.package.'*'.opt-level=0",
];

/// Has cargo build all direct dependencies of the exercises. Nobody else may build in `target` meanwhile.
pub(super) fn build_libraries(
    course: &Path,
    graph: &DependencyGraph,
    exercises: &[Exercise],
    target: &Path,
) -> Result<Vec<BuiltLibrary>, DependencyError> {
    let names: Vec<&str> = exercises
        .iter()
        .map(|exercise| exercise.name.as_str())
        .collect();
    let mut own = BTreeSet::new();
    for name in &names {
        own.extend(graph.own_packages(name)?);
    }
    let mut clean = cargo("clean", course, target);
    for package in own {
        clean.args(["--package", &package.repr]);
    }
    stdout_of(&mut clean)?;
    let mut build = cargo("build", course, target);
    build.args(["--lib", "--message-format=json-render-diagnostics"]);
    for setting in PROFILE {
        build.args(["--config", setting]);
    }
    for package in graph.to_build(&names)? {
        build.args(["--package", &package.repr]);
    }
    Ok(BuiltLibrary::parse(&stdout_of(&mut build)?)?)
}

/// Returns a call of cargo that works in a target folder, whatever the course's configuration says.
fn cargo(command: &str, course: &Path, target: &Path) -> Command {
    let mut cargo = Command::new(cargo_program());
    cargo
        .args([command, "--locked", "--target-dir"])
        .arg(target)
        .env("CARGO_BUILD_BUILD_DIR", target)
        .current_dir(course);
    cargo
}
