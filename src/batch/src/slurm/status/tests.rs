use std::fs;

use super::*;
use crate::slurm::run_folder::UNSEEN;

/// A run of three parts, submitted as array 7 with the merge 8.
fn run() -> (tempfile::TempDir, RunFolder, Record) {
    let output = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::new(output.path());
    folder.create().expect("it can be made");
    let mut record = Record::new(3, 30, "c".to_owned());
    for part in 1..=3 {
        record.arrays.insert(part, "7".to_owned());
    }
    record.merge = Some("8".to_owned());
    (output, folder, record)
}

fn job(part: u64, state: JobState, exit: Option<i32>) -> (JobId, JobView) {
    let id = JobId {
        number: "7".to_owned(),
        part: Some(part),
    };
    let view = JobView {
        state,
        node: Some("n1".to_owned()),
        reason: None,
        exit,
    };
    (id, view)
}

fn note(folder: &RunFolder, job: &str, text: &str) {
    fs::write(folder.path().join("ends").join(job), text).expect("it can be written");
}

fn finish(folder: &RunFolder, part: u64) {
    let progress = RunProgress {
        submissions: 10,
        graded: 10,
        finished: true,
    };
    fs::create_dir_all(folder.part(part)).expect("it can be made");
    let text = progress.json().expect("it is JSON");
    fs::write(folder.part(part).join("progress.json"), text).expect("it can be written");
}

#[test]
fn a_part_is_done_when_its_output_says_so_even_if_slurm_has_forgotten_it() {
    let (_output, folder, record) = run();
    finish(&folder, 1);
    finish(&folder, 2);
    // Submitted again since: what it did before does not count.
    let jobs = [job(2, JobState::Pending, None)].into();
    let status = Status::new(&record, &folder, &jobs);
    assert_eq!(status.parts[0].state, PartState::Done);
    assert_eq!(status.parts[1].state, PartState::Pending(None));
    assert_eq!(status.parts[2].state, PartState::Failed(Failure::Lost));
    assert_eq!((status.missing(), status.graded()), (vec![3], 20));
    assert!(status.is_active());
}

#[test]
fn a_failure_says_which_node_lacks_what_and_where_the_log_is() {
    let (_output, folder, record) = run();
    note(&folder, "shard-1", "72\nn3\nlacks bubblewrap\n");
    note(&folder, "shard-2", "2\nn1\n\n");
    let log = "note: a\nerror: the disk is full\nsome more\n";
    fs::write(folder.log("shard-2"), log).expect("it can be written");
    let ended = JobState::Ended(JobEnd::Failed);
    let jobs = [
        job(1, ended, Some(72)),
        job(2, ended, Some(2)),
        job(3, ended, Some(UNSEEN)),
    ];
    let status = Status::new(&record, &folder, &jobs.into());
    let failures = status.failures(&folder).join("\n");
    for expected in [
        "part 1: node n3 lacks bubblewrap",
        "part 2: exit status 2 on node n1: error: the disk is full",
        "shard-2.log",
        "part 3: node n1: it does not see the folder of --out",
    ] {
        assert!(failures.contains(expected), "{failures}");
    }
    let line = status.to_string();
    assert_eq!(
        line,
        "3 parts: 3 failed; merge failed; 0 of 30 submissions graded"
    );
}

#[test]
fn the_merge_is_done_when_its_note_says_so() {
    let (_output, folder, record) = run();
    let none = JobViews::new();
    note(&folder, MERGE, "1\nn1\n\n");
    let status = Status::new(&record, &folder, &none);
    assert_eq!(status.merge, MergeStatus::Done { has_faults: true });
    note(&folder, MERGE, "2\nn1\n\n");
    let status = Status::new(&record, &folder, &none);
    assert!(matches!(
        status.merge,
        MergeStatus::Failed(Failure::Grader { status: 2, .. })
    ));
}
