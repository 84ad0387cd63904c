//! The adapters for services, run as the services document it: the same paths, variables and files, in a namespace of
//! their own in which those paths can be made.
//!
//! Gradescope: <https://gradescope-autograders.readthedocs.io/en/latest/specs/>. GitHub's workflows: the steps' scripts, in
//! the folders that `actions/checkout` makes, with the file that `GITHUB_OUTPUT` names.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::class::{FOLDER, cache, copy, course, release, said, solution, write};
use crate::machine::Machine;

/// The file that Gradescope writes beside a submission.
const METADATA: &str = r#"{"id": 123456, "created_at": "2026-03-01T10:00:00.000000-08:00", "assignment": {"due_date":
    "2026-03-02T00:00:00.000000-08:00", "group_size": 1, "id": 25828, "course_id": 1234, "title": "Attention", "total_points": "5.0"},
    "submission_method": "upload", "users": [{"email": "zoe@example.edu", "id": 1234, "name": "Zoë, \"=1+1\""}],
    "previous_submissions": []}"#;

#[test]
fn gradescopes_autograder_works_from_its_upload_to_its_results() {
    let released = tempfile::tempdir().expect("a folder");
    release(
        course(),
        &released.path().join("course"),
        &[
            "--without-book",
            "--with",
            "gradescope",
            "--only",
            "5",
            "--only",
            "1",
        ],
    );
    let mut machine = Machine::new("autograder");
    let upload = released.path().join("course-gradescope");
    copy(&upload, &machine.path("source"));
    machine.put_course("source/course", &upload.join("course"));
    // What exercises depend on has a name by its content, so that it is compiled here unless it is equal to the course's.
    machine.keep("source/cache", cache());
    let source = |name: &str| machine.path("source").join(name);
    for script in ["setup.sh", "run_autograder"] {
        fs::set_permissions(source(script), fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let set_up = machine.run("/autograder/source/setup.sh", &[]);
    assert!(set_up.status.success(), "{}", said(&set_up));
    copy(&source("run_autograder"), &machine.path("run_autograder"));
    fs::set_permissions(
        machine.path("run_autograder"),
        fs::Permissions::from_mode(0o755),
    )
    .expect("it is ours");
    write(&machine.path("submission_metadata.json"), METADATA);

    let library = format!("exercises/{FOLDER}/src/lib.rs");
    let right = solution();
    for (what, files, score) in [
        ("right", vec![(&*library, &*right)], 2.0),
        (
            "wrapped in a folder, as GitHub's archives are",
            vec![
                ("wrapped/exercises/01-softmax/src/lib.rs", "!"),
                (&*format!("wrapped/{library}"), &*right),
            ],
            2.0,
        ),
        (
            "not what was asked for",
            vec![("lib.rs", &*right), ("homework.txt", "x")],
            0.0,
        ),
        (
            "with what Gradescope writes for classes",
            vec![("submission_metadata.yml", "- ["), (&*library, &*right)],
            2.0,
        ),
        ("empty", vec![], 0.0),
    ] {
        for folder in ["submission", "results"] {
            // Both are there, and empty.
            let _ = fs::remove_dir_all(machine.path(folder));
            fs::create_dir(machine.path(folder)).expect("a folder");
        }
        files
            .iter()
            .for_each(|(name, text)| write(&machine.path("submission").join(name), text));
        let graded = machine.run("/autograder/run_autograder", &[]);
        assert!(graded.status.success(), "{what}: {}", said(&graded));
        let results = machine.path("results/results.json");
        let text =
            fs::read_to_string(&results).unwrap_or_else(|_| panic!("{what}: {}", said(&graded)));
        let read: Value = serde_json::from_str(&text).expect("they are JSON");
        assert_eq!(read["score"], score, "{what}: {text}");
        assert_eq!(
            read["tests"].as_array().map(Vec::len),
            Some(5),
            "{what}: {text}"
        );
        let checked = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_exports.py"))
            .arg(&results)
            .output()
            .expect("there is Python, with the packages of tests/requirements.txt");
        assert!(checked.status.success(), "{what}: {}", said(&checked));
    }
    // The grader's own fault is no score.
    fs::remove_file(machine.path("results/results.json")).expect("it was there");
    write(&source("options"), "--only\nunknown\n");
    let failed = machine.run("/autograder/run_autograder", &[]);
    assert_eq!(failed.status.code(), Some(2), "{}", said(&failed));
    assert!(
        said(&failed).contains("expected an exercise, found `unknown`"),
        "{}",
        said(&failed)
    );
    assert!(!machine.path("results/results.json").exists());
}

#[test]
fn githubs_workflow_hands_a_result_to_the_reporter() {
    let released = tempfile::tempdir().expect("a folder");
    release(
        course(),
        &released.path().join("students"),
        &["--without-book", "--with", "github", "--only", "5"],
    );
    let path = released
        .path()
        .join("students/.github/workflows/classroom.yml");
    let text = fs::read_to_string(path).expect("there is a workflow");
    let workflow = &YamlLoader::load_from_str(&text).expect("it is YAML")[0];
    let steps = workflow["jobs"]["grade"]["steps"]
        .as_vec()
        .expect("there are steps");
    let mut machine = Machine::new("workspace");
    // What the two steps of `actions/checkout` leave.
    let checkouts: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["with"]["path"].as_str())
        .collect();
    assert_eq!(checkouts, ["submission", "course"]);
    machine.put_course("course", course());
    copy(
        &released.path().join("students"),
        &machine.path("submission"),
    );
    write(
        &machine
            .path("submission/exercises")
            .join(FOLDER)
            .join("src/lib.rs"),
        solution(),
    );
    symlink("..", machine.path("submission/exercises/link")).expect("a link");
    write(&machine.path("output"), "");

    for step in steps {
        let Some(script) = step["run"].as_str() else {
            continue;
        };
        let folder = format!(
            "cd /workspace/{}\n",
            step["working-directory"].as_str().unwrap_or("")
        );
        let own: Vec<(&str, &str)> = match &step["env"] {
            Yaml::Hash(own) => own
                .iter()
                .filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?)))
                .collect(),
            _ => Vec::new(),
        };
        let variables = [
            &own[..],
            &[("GITHUB_OUTPUT", "/workspace/output"), ("CI", "true")],
        ]
        .concat();
        // As runners call it.
        let ran = machine.run(&format!("set -eo pipefail\n{folder}{script}"), &variables);
        assert!(ran.status.success(), "{}", said(&ran));
    }
    let output = fs::read_to_string(machine.path("output")).expect("it is there");
    // The reporter takes `steps.attentive.outputs.result` through a variable named after its runner.
    let last = steps.last().expect("there are steps");
    assert_eq!(last["with"]["runners"].as_str(), Some("attentive"));
    assert_eq!(
        last["env"]["ATTENTIVE_RESULTS"].as_str(),
        Some("${{ steps.attentive.outputs.result }}")
    );
    assert!(
        steps
            .iter()
            .any(|step| step["id"].as_str() == Some("attentive"))
    );
    let result = output.trim().strip_prefix("result=").expect("one output");
    let mut decode = Command::new("base64");
    write(&machine.path("result"), result);
    let decoded = decode
        .arg("--decode")
        .arg(machine.path("result"))
        .output()
        .expect("coreutils are there");
    let result: Value = serde_json::from_slice(&decoded.stdout).expect("it is JSON");
    assert_eq!(
        (&result["version"], &result["status"], &result["max_score"]),
        (&1.into(), &"pass".into(), &2.into())
    );
}
