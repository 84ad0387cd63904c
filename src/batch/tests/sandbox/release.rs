//! The course for students, from an empty folder; and Gradescope's autograder, laid out as the service lays it out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::class::{FOLDER, copy, course, said, solution, write};

fn release(to: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
    command.arg("release").arg(to).arg("--course").arg(course()).arg("--without-book").args(arguments);
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_released_course_works_and_has_no_answer_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("course");
    release(&to, &["--with", "github"]);
    // A line of each solution that its stub has not.
    for path in files(&to) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        assert!(!text.contains("q.dot(&k.t()) / d_k.sqrt()"), "{}", path.display());
        assert!(!text.contains("region: solution \"Q"), "{}", path.display());
    }
    for gone in ["solutions", "src/reference", "src/batch", "src/proof", "tests"] {
        assert!(!to.join(gone).exists(), "{gone}");
    }
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        command.args(arguments).current_dir(&to);
        command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("released"));
        command.output().expect("cargo runs")
    };
    let stub = cargo(&["test", "--quiet", "-p", "encoder-block"]);
    assert!(String::from_utf8_lossy(&stub.stdout).contains("not implemented yet"), "{}", said(&stub));
    write(&to.join("exercises").join(FOLDER).join("src/lib.rs"), solution());
    let solved = cargo(&["test", "--quiet", "-p", "scaled-dot-product"]);
    assert!(solved.status.success(), "{}", said(&solved));
    write(&to.join("book/built/index.html"), "the book");
    let book = cargo(&["attentive", "book", "build"]);
    assert!(to.join("book/html/index.html").is_file(), "{}", said(&book));
    let hint = cargo(&["attentive", "hint", "softmax"]);
    assert!(hint.status.success(), "{}", said(&hint));
    // A second release into it would overwrite what students have.
    let again = Command::new(env!("CARGO_BIN_EXE_attentive-batch"))
        .args(["release", "--without-book", "--course"])
        .args([course(), &to])
        .output()
        .expect("it runs");
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
}

#[test]
fn gradescopes_autograder_grades_a_submission() {
    let folder = tempfile::tempdir().expect("a folder");
    release(&folder.path().join("course"), &["--with", "gradescope"]);
    let root = folder.path().join("autograder");
    copy(&folder.path().join("course-gradescope"), &root.join("source"));
    // What setup.sh would have built.
    let program = root.join("source/course/target/debug/attentive-batch");
    fs::create_dir_all(program.parent().expect("it is in a folder")).expect("the folder can be made");
    symlink(env!("CARGO_BIN_EXE_attentive-batch"), &program).expect("a link");
    write(&root.join("submission/exercises").join(FOLDER).join("src/lib.rs"), solution());
    let graded = Command::new("bash")
        .arg(root.join("source/run_autograder"))
        .env("AUTOGRADER_ROOT", &root)
        .env("ATTENTIVE_OPTIONS", "--only 5 --only 1")
        .output()
        .expect("bash runs");
    assert!(graded.status.success(), "{}", said(&graded));
    let text = fs::read_to_string(root.join("results/results.json")).expect("there are results");
    let results: serde_json::Value = serde_json::from_str(&text).expect("they are JSON");
    assert_eq!(results["score"], 2.0, "{text}");
    assert_eq!(results["tests"].as_array().map(Vec::len), Some(5), "{text}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
