//! What services need that run the grader themselves.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::release::{ReleaseError, copy, failed, write};

/// A GitHub Classroom workflow in the students' folder. It fetches the grader from the instructor's repository, which
/// students cannot change.
pub(super) fn github(to: &Path) -> Result<(), ReleaseError> {
    write(&to.join(".github/workflows/classroom.yml"), include_str!("adapters/classroom.yml"))
}

/// A folder beside the students' to zip and upload as an autograder. It has the solutions in it, on which later
/// exercises are built, and must not be handed out.
pub(super) fn gradescope(root: &Path, to: &Path) -> Result<(), ReleaseError> {
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
    for name in ["Cargo.toml", "Cargo.lock", ".cargo", "exercises", "solutions", "src", "tests"] {
        copy(&root.join(name), &folder.join("course").join(name))?;
    }
    println!("The autograder for Gradescope is in {}: zip what is in it and upload that.", folder.display());
    Ok(())
}
