//! The lines of the book's page on other engines, run as they are there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::class::{FOLDER, LIMITS, course, root, said, write};
use crate::cluster::{find_program, run};
use crate::run::{class_of, grades};

/// Returns the block of code on the page that contains a text.
fn block(containing: &str) -> String {
    let path = root().join("book/src/grading-on-a-cluster.md");
    let page = fs::read_to_string(path).expect("the page is there");
    let mut blocks = page.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains(containing));
    let (_language, code) = block
        .and_then(|block| block.split_once('\n'))
        .unwrap_or_else(|| panic!("no code with {containing:?}"));
    code.to_owned()
}

/// Makes a folder with a `cargo` whose command `attentive` is the program under test, with the course of tests.
fn shim(folder: &Path) {
    let program = env!("CARGO_BIN_EXE_attentive-batch");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = attentive ] || exec {} \"$@\"\nshift\n[ \"$1\" = merge ] || set -- \"$@\" {}\n\
         exec {program} \"$@\" --course {} --only {FOLDER}\n",
        env!("CARGO"),
        LIMITS.join(" "),
        course().display(),
    );
    let path = folder.join("cargo");
    write(&path, script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be changed");
}

#[test]
fn the_lines_for_gnu_parallel_give_the_grades_of_one_run() {
    assert!(
        find_program("parallel").is_some(),
        "expected GNU parallel; Debian: apt install parallel"
    );
    let class = class_of(6);
    let expected = class.grade(&[]);
    let folder = class.folder.path();
    fs::rename(class.submissions(), folder.join("downloads")).expect("it can be moved");
    // The first line lists machines; here it is this one.
    let code = block("parallel --sshloginfile");
    let (_, lines) = code.split_once("> machines\n").expect("three lines");
    write(&folder.join("machines"), "2/:\n");
    shim(&folder.join("bin"));
    let path = std::env::var("PATH").expect("there is a PATH");
    let mut bash = Command::new("bash");
    bash.args(["-ec", lines])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", folder.join("bin").display()));
    run(bash);
    assert_eq!(grades(&folder.join("graded")), expected);
    assert!(folder.join("parts/6/run.json").exists());
}

#[test]
fn the_manifest_for_kubernetes_has_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = folder.path().join("attentive.yaml");
    write(&manifest, block("kind: Job"));
    let checked = Command::new("kubernetes-validate")
        .arg("--strict")
        .arg(&manifest)
        .output()
        .expect("there is Python with the packages of tests/requirements.txt on the PATH");
    assert!(checked.status.success(), "{}", said(&checked));
}
