//! Two checkouts of the course that are graded with one cache: each is graded by its own code, in any order and whatever
//! the times of its files say.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::class::{Class, LIMITS, copy, course, exercise, said, scratch, write};

/// An exercise that is built on the solution that the checkouts do not share.
const BLOCK: &str = "11-encoder-block";

/// A checkout, and an output folder for each run of it.
struct Checkout {
    folder: PathBuf,
    runs: usize,
}

impl Checkout {
    /// Copies the course, changes a text in a file, and gives all files a time long before anything was compiled.
    fn new(parent: &Path, name: &str, file: &str, change: [&str; 2]) -> Self {
        let folder = parent.join(name);
        for name in [
            "Cargo.toml",
            "Cargo.lock",
            ".cargo",
            "exercises",
            "solutions",
        ] {
            copy(&course().join(name), &folder.join(name));
        }
        for name in ["src", "tests"] {
            copy(&course().join(name), &folder.join(name));
        }
        let path = folder.join(file);
        let text = fs::read_to_string(&path).expect("it is there");
        let [from, to] = change;
        assert!(text.contains(from), "{file} has no {from}");
        write(&path, text.replacen(from, to, 1));
        make_old(&folder);
        Self { folder, runs: 0 }
    }

    fn grade(&mut self, class: &Class, only: &str) -> Run {
        self.runs += 1;
        let out = self.folder.with_extension(format!("out-{}", self.runs));
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
        command.arg("grade").arg(class.submissions());
        for (option, value) in [
            ("--out", out.as_path()),
            ("--course", &self.folder),
            ("--cache", &scratch().join("checkouts")),
            ("--only", Path::new(only)),
        ] {
            command.arg(option).arg(value);
        }
        let output = command.args(LIMITS).output().expect("the command runs");
        assert!(output.status.success(), "{}", said(&output));
        Run { out, output }
    }
}

/// A run, and its output folder.
struct Run {
    out: PathBuf,
    output: Output,
}

impl Run {
    fn json(&self, file: &str) -> Value {
        let text = fs::read_to_string(self.out.join(file)).expect("it is there");
        serde_json::from_str(&text).expect("it is JSON")
    }

    fn points(&self) -> Value {
        exercise(&self.json("grades.json"), "zoe")["points"].clone()
    }
}

fn make_old(path: &Path) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("it can be listed") {
            make_old(&entry.expect("it can be listed").path());
        }
    } else {
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let file = File::options().append(true).open(path);
        let set = file.and_then(|file| file.set_modified(old));
        set.expect("it is ours");
    }
}

#[test]
fn each_checkout_is_graded_by_its_own_code() {
    let class = Class::new();
    let handed_in = class.submissions().join("zoe/exercises").join(BLOCK);
    copy(&course().join("exercises").join(BLOCK), &handed_in);
    let solution = course().join("solutions").join(BLOCK).join("src/lib.rs");
    let solution = fs::read_to_string(solution).expect("it is there");
    // Its given code is beside it in the exercise.
    let lines = solution.lines().filter(|line| !line.starts_with("#[path"));
    let right: String = lines.map(|line| format!("{line}\n")).collect();
    write(&handed_in.join("src/lib.rs"), right);
    let parent = class.folder.path();
    let attention = "solutions/07-multi-head-attention/src/lib.rs";
    let mut checkouts = [
        Checkout::new(parent, "x", attention, ["/ head", "/ head"]),
        Checkout::new(
            parent,
            "y",
            attention,
            ["projections.w_k", "projections.w_q"],
        ),
        Checkout::new(
            parent,
            "z",
            "src/given/src/lib.rs",
            ["y += &bias", "y -= &bias"],
        ),
    ];
    let mut graders = Vec::new();
    for index in [1, 0, 2, 1, 0] {
        let run = checkouts[index].grade(&class, BLOCK);
        let expected = if index == 0 { 3 } else { 0 };
        assert_eq!(run.points(), expected, "{}", said(&run.output));
        graders.push(run.json("run.json")["grader"].clone());
    }
    assert!(
        graders[0] == graders[3] && graders[1] == graders[4],
        "it is told by what it is compiled from: {graders:?}"
    );
    assert!(
        graders[0] != graders[1] && graders[1] != graders[2] && graders[2] != graders[0],
        "{graders:?}"
    );
    let other = checkouts[0].grade(&class, "01-softmax");
    assert!(
        !said(&other.output).contains("Building"),
        "other exercises need no other dependencies: {}",
        said(&other.output)
    );
}
