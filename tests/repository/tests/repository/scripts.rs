//! Scripts, which documents name as commands.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::root;

#[test]
fn every_file_with_an_interpreter_may_be_run() {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git can be run");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let files = listed.split_terminator('\0').map(Path::new);
    let scripts: Vec<&Path> = files.filter(|file| names_interpreter(file)).collect();
    assert!(scripts.contains(&Path::new(".ci/run")), "found {scripts:?}");
    let refused: Vec<&&Path> = scripts.iter().filter(|file| !may_be_run(file)).collect();
    assert!(refused.is_empty(), "chmod +x these: {refused:?}");
}

/// Returns `true` if a file of the checkout begins with `#!` and a path.
fn names_interpreter(file: &Path) -> bool {
    std::fs::read(root().join(file)).is_ok_and(|bytes| bytes.starts_with(b"#!/"))
}

fn may_be_run(file: &Path) -> bool {
    let metadata = std::fs::metadata(root().join(file));
    metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}
