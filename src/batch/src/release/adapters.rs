//! Files for services that run the grader themselves.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::release::{ReleaseError, copy, failed, write};

/// A GitHub Classroom workflow in the students' folder, for these exercises, or for all if none are named.
pub(super) fn github(to: &Path, only: &[String]) -> Result<(), ReleaseError> {
    let options: Vec<String> = only
        .iter()
        .map(|exercise| format!("--only {exercise}"))
        .collect();
    let workflow = include_str!("adapters/classroom.yml");
    let workflow = workflow.replace(
        "OPTIONS: \"\"",
        &format!("OPTIONS: \"{}\"", options.join(" ")),
    );
    write(&to.join(".github/workflows/classroom.yml"), &workflow)
}

/// A folder beside the students' to zip and upload as an autograder. It has the solutions in it, on which later
/// exercises are built, and must not be handed out.
pub(super) fn gradescope(root: &Path, to: &Path, only: &[String]) -> Result<(), ReleaseError> {
    let mut name = to.file_name().unwrap_or_default().to_os_string();
    name.push("-gradescope");
    let folder: PathBuf = to.with_file_name(name);
    if folder.exists() {
        return Err(ReleaseError::NotEmpty(folder));
    }
    for (name, text) in [
        ("setup.sh", include_str!("adapters/setup.sh")),
        ("run_autograder", include_str!("adapters/run_autograder")),
    ] {
        let path = folder.join(name);
        write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .map_err(|error| failed(&path, error))?;
    }
    let options: String = only
        .iter()
        .map(|exercise| format!("--only\n{exercise}\n"))
        .collect();
    write(&folder.join("options"), &options)?;
    write(
        &folder.join("README.md"),
        include_str!("adapters/gradescope.md"),
    )?;
    for name in [
        "Cargo.toml",
        "Cargo.lock",
        ".cargo",
        "exercises",
        "solutions",
        "src",
        "tests",
    ] {
        copy(&root.join(name), &folder.join("course").join(name))?;
    }
    println!(
        "The autograder for Gradescope is in {}: its README.md says how to upload it.",
        folder.display()
    );
    Ok(())
}
