//! `author new` and `author check`, as authors call them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use attentive_author::{Check, Checked, Outcome, summary};
use attentive_course::{Course, files};

/// The new exercise. Its number is high, so that the course may grow.
const FOLDER: &str = "99-label-smoothing";

fn root() -> &'static Path {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("this crate is two folders below the root")
}

#[test]
fn a_skeleton_compiles_and_everything_that_is_missing_is_listed() {
    let course = CourseCopy::fresh();
    let created = course.author(&["new", FOLDER]);
    assert_eq!(created.status.code(), Some(0), "{}", text(&created.stderr));
    insta::assert_snapshot!("new", text(&created.stdout));

    let taken = course.author(&["new", FOLDER]);
    assert_eq!(taken.status.code(), Some(2));
    insta::assert_snapshot!("taken", text(&taken.stderr));

    let checked = course.author(&["check", "label-smoothing"]);
    assert_eq!(checked.status.code(), Some(1), "{}", text(&checked.stderr));
    insta::assert_snapshot!("check", without_times(&text(&checked.stdout)));
}

#[test]
fn a_finished_exercise_lacks_nothing() {
    let check = Check::new(Course::at(root()), "softmax").expect("the exercise is there");
    let steps: Vec<Checked> = Check::steps().iter().map(|step| check.take(step)).collect();
    for Checked { step, outcome, .. } in &steps {
        // Whoever has no libtorch is told so.
        let is_excused = *step == "drift" && std::env::var_os("LIBTORCH").is_none();
        let holds = matches!(outcome, Outcome::Holds);
        assert!(holds != is_excused, "{}", summary("01-softmax", &steps));
    }
}

/// A copy of this checkout in a folder of its own. It is compiled into the same target folder, so that nothing of others
/// is compiled twice.
struct CourseCopy {
    root: PathBuf,
}

impl CourseCopy {
    /// Makes the copy as this checkout is now. Files that have not changed keep their times, so that cargo compiles
    /// nothing twice.
    fn fresh() -> Self {
        let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME"));
        let copy = own.join("course");
        let tracked = tracked();
        for file in files::list(&copy).expect("the copy can be listed") {
            if !tracked.contains(&file) {
                fs::remove_file(copy.join(&file)).expect("it can be deleted");
                // Cargo takes an empty folder in solutions/ for a member of the workspace. Others are not removed.
                for folder in file.ancestors().skip(1) {
                    let _ = fs::remove_dir(copy.join(folder));
                }
            }
        }
        for file in &tracked {
            let (from, to) = (root().join(file), copy.join(file));
            let mut bytes = fs::read(&from).expect("a tracked file");
            if file == Path::new("Cargo.toml") {
                bytes = with_version_of_its_own(&bytes);
            }
            if fs::read(&to).is_ok_and(|old| old == bytes) {
                continue;
            }
            files::write(&to, bytes).expect("it can be written");
        }
        Self { root: copy }
    }

    /// Runs `cargo attentive author` with these arguments, without libtorch.
    fn author(&self, arguments: &[&str]) -> Output {
        let build = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let build = build.expect("tmp is in the target folder");
        Command::new(attentive_course::cargo_program())
            .args(["run", "--quiet", "--package", "attentive", "--", "author"])
            .args(arguments)
            .current_dir(&self.root)
            // Finished programs do not take the places of this course's, which other tests run at the same time.
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_BUILD_BUILD_DIR", build)
            .env_remove("LIBTORCH")
            .output()
            .expect("cargo can be run")
    }
}

/// Changes the version in the workspace's manifest. Cargo tells the crates of two checkouts in one target folder apart by
/// their version, because it does not look at where a workspace is.
fn with_version_of_its_own(manifest: &[u8]) -> Vec<u8> {
    let text = text(manifest);
    let version = format!("version = \"{}", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "the workspace has a version");
    let changed = text.replacen(&version, &format!("{version}+copy"), 1);
    changed.into_bytes()
}

/// Lists the files of this checkout that git knows or does not ignore.
fn tracked() -> BTreeSet<PathBuf> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .expect("git can be run");
    let listed = text(&output.stdout);
    let names = listed.split('\0').filter(|name| !name.is_empty());
    names
        .map(PathBuf::from)
        .filter(|file| root().join(file).is_file())
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The lines of a check without the times at their ends.
fn without_times(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = match line
            .strip_suffix(" s")
            .and_then(|line| line.rsplit_once(' '))
        {
            Some((line, time)) if time.parse::<f64>().is_ok() => line.trim_end(),
            _ => line,
        };
        lines.push(line);
    }
    lines.join("\n")
}
