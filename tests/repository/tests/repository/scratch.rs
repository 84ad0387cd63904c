//! Folders in which tests keep files.

use std::fs;

use crate::{root, rust_files};

/// The folder that cargo names is one for all packages of a target folder, and tests of two packages run side by side.
const SHARED: &str = "env!(\"CARGO_TARGET_TMPDIR\")";

#[test]
fn each_package_keeps_its_files_in_a_folder_of_its_own() {
    let mut uses = 0;
    for file in ["exercises", "solutions", "src", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter(|file| !file.ends_with("tests/repository/scratch.rs"))
    {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let shared = shared_folders(&text);
        assert!(
            shared.is_empty(),
            "{}: expected `.join(env!(\"CARGO_PKG_NAME\"))` or `.parent()` after {SHARED}, found {shared:?}",
            file.display()
        );
        uses += text.matches(SHARED).count();
    }
    assert!(uses > 0, "no test keeps files: is this still the name?");
}

#[test]
fn a_folder_without_the_name_of_the_package_is_found() {
    let own = format!("Path::new({SHARED})\n    .join(env!(\"CARGO_PKG_NAME\"))");
    let target = format!("Path::new({SHARED}).parent()");
    assert!(shared_folders(&format!("{own}; {target}")).is_empty());
    let shared = format!("{own}; Path::new({SHARED}).join(\"course\")");
    assert_eq!(shared_folders(&shared), [".join(\"course\")"]);
}

/// Texts after a use of the shared folder that lead neither to a folder of the package nor to the target folder.
fn shared_folders(source: &str) -> Vec<String> {
    source
        .split(SHARED)
        .skip(1)
        .map(|rest| rest.split_whitespace().collect::<String>())
        .map(|rest| rest.trim_start_matches(')').chars().take(40).collect())
        .filter(|rest: &String| {
            !rest.starts_with(".join(env!(\"CARGO_PKG_NAME\")") && !rest.starts_with(".parent()")
        })
        .collect()
}
