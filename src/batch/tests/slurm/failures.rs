//! Parts that fail: each says which node lacks what, and the same command goes on.

use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::class::{Class, said};
use crate::cluster::{Cluster, Partition, find_program, run, wait_until};
use crate::run::{class_of, command, grades, keys, out, record, stderr};

/// Starts a cluster in which one node has no bubblewrap, and one does not see the class.
fn start(class: &Class) -> Cluster {
    let bwrap = find_program("bwrap").expect("bubblewrap is installed");
    Cluster::start(&[
        Partition {
            name: "main",
            nodes: &["n1", "n2"],
            prepare: String::new(),
        },
        Partition {
            name: "bare",
            nodes: &["n3"],
            prepare: format!("mount --bind /dev/null {};", bwrap.display()),
        },
        Partition {
            name: "blind",
            nodes: &["n4"],
            prepare: format!("mount -t tmpfs none {};", class.folder.path().display()),
        },
    ])
}

/// Runs a command that ends with an error, and returns what it says.
fn error_of(mut command: Command) -> String {
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    stderr(&output)
}

#[track_caller]
fn assert_says(text: &str, expected: &[&str]) {
    for part in expected {
        assert!(text.contains(part), "expected {part:?} in {text}");
    }
}

#[test]
fn what_failed_is_named_and_submitted_again_alone() {
    let class = class_of(6);
    let expected = class.grade(&[]);
    let cluster = start(&class);
    let with = |arguments: &[&str]| command(&class, &cluster, arguments);

    // Before anything is submitted.
    assert_says(
        &error_of(with(&["--status"])),
        &["submitted to Slurm", "found none"],
    );
    let scripts = run(with(&["--dry-run", "--nodes", "2"]));
    let scripts = String::from_utf8_lossy(&scripts.stdout).into_owned();
    assert_says(
        &scripts,
        &["--array=1-2", "#SBATCH --mem=4096M", "--complete"],
    );
    assert!(!out(&class).exists(), "a dry run writes nothing");
    let mut nowhere = with(&[]);
    nowhere.env("PATH", class.folder.path());
    assert_says(
        &error_of(nowhere),
        &["expected Slurm's `sbatch` on the PATH"],
    );
    let nowhere = error_of(with(&["--nodes", "2", "--partition", "nowhere"]));
    assert_says(&nowhere, &["main, bare, blind", "found \"nowhere\""]);

    // Nodes that cannot grade.
    let bare = error_of(with(&["--nodes", "2", "--partition", "bare"]));
    assert_says(
        &bare,
        &[
            "2 of 2 parts failed",
            "part 1: node n3 lacks bubblewrap",
            "shard-1.log",
        ],
    );
    let blind = error_of(with(&["--partition", "blind"]));
    assert_says(
        &blind,
        &["part 2: node n4", "does not see the folder of --out"],
    );
    assert_says(
        &error_of(with(&["--nodes", "3"])),
        &["expected --nodes 2", "found 3"],
    );

    // A part that is cancelled in the middle, while somebody follows, is interrupted, and others only look.
    let following = with(&["--partition", "main"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    wait_until(Duration::from_secs(60), "a graded student", || {
        keys(&class, 1).len() >= 2
    });
    let array = record(&class)["arrays"]["1"]
        .as_str()
        .expect("a number")
        .to_owned();
    let mut cancel = cluster.command("scancel");
    cancel.arg(format!("{array}_1"));
    run(cancel);
    kill_process(Pid::from_child(&following), Signal::INT).expect("it can be interrupted");
    let interrupted = following.wait_with_output().expect("it ends");
    assert_eq!(
        interrupted.status.code(),
        Some(130),
        "{}",
        said(&interrupted)
    );
    assert_says(
        &stderr(&interrupted),
        &["The same command once more follows them again"],
    );
    let mut status = Value::Null;
    wait_until(Duration::from_secs(60), "the merge to refuse", || {
        let output = run(with(&["--status", "--json"]));
        status = serde_json::from_slice(&output.stdout).expect("it is JSON");
        status["merge"]["state"] == "failed"
    });
    assert_eq!(status["parts"][0]["state"], "failed", "{status}");
    assert_eq!(status["parts"][1]["state"], "done", "{status}");
    assert_says(
        &status["parts"][0]["reason"].to_string(),
        &["was cancelled"],
    );
    assert_says(
        &status["merge"]["reason"].to_string(),
        &["shard-1 is not finished"],
    );

    // Only that part is submitted again.
    let before = keys(&class, 1);
    let again = run(with(&["--json"]));
    assert_says(&stderr(&again), &["submitted: parts 1 as job"]);
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    let last: Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    assert_eq!(
        (&last["merge"]["state"], &last["graded"]),
        (&"done".into(), &6.into())
    );
    assert!(keys(&class, 1).starts_with(&before));
    assert_eq!(grades(&out(&class)), expected);
}
