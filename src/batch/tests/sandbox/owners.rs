//! Grades and their owners: downloads of learning platforms, from the files to the grade books.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::archives::{library, tar_gz, zip_file};
use crate::class::{Class, FOLDER, exercise, said, solution, student, write};

fn zip(folder: &Path, name: &str, source: &str) {
    zip_file(&folder.join(name), &[(&library(), source.as_bytes())]);
}

#[test]
fn canvas_gives_each_student_their_own_grade() {
    let class = Class::new();
    let folder = class.submissions();
    let right = solution();
    let wrong = right.replace("/ d_k.sqrt()", "/ d_k");
    zip(&folder, "doejane_100_5001_attentive.zip", &right);
    zip(&folder, "aaaa_666_5002_x_100_assignsubmission_.zip", &wrong);
    zip(&folder, "x_100_9999__667_5003_attentive.zip", &wrong);
    // A report that was handed in later, and one that is all.
    write(&folder.join("doejane_100_5004_report.pdf"), "%PDF");
    zip_file(
        &folder.join("doejane_100_5005_report.zip"),
        &[("report.pdf", b"%PDF")],
    );
    write(
        &folder.join("roebob_LATE_101_5006_work.rar"),
        "Rar!\x1a\x07\x01\x00",
    );
    write(&folder.join("poeann_102_text.html"), "<p>Hello</p>");
    let grades = class.grade(&["--export", "canvas"]);
    for (id, points) in [("100", 2), ("666", 0), ("667", 0), ("101", 0), ("102", 0)] {
        let found = student(&grades, id).unwrap_or_else(|| panic!("no {id} in {grades}"));
        assert_eq!(found["points"], points, "{found}");
    }
    assert_eq!(grades["students"].as_array().map(Vec::len), Some(5));
    let message = exercise(&grades, "101")["message"].to_string();
    assert!(message.contains("a RAR archive"), "{message}");
    let table = fs::read_to_string(class.out().join("exports/canvas.csv")).expect("an export");
    assert!(
        table.contains("doejane,100,") && table.contains("roebob,101,"),
        "{table}"
    );
}

#[test]
fn moodle_and_gradescope_grade_teams_and_every_member() {
    let class = Class::new();
    let folder = class.submissions();
    let right = solution();
    for name in ["Group A_17", "Group B_18", "Default group"] {
        let path = folder
            .join(format!("{name}_assignsubmission_file_"))
            .join(library());
        write(&path, &right);
    }
    class.grade(&["--export", "moodle"]);
    let table = fs::read_to_string(class.out().join("exports/moodle.csv")).expect("an export");
    assert!(!table.contains("Participant"), "{table}");
    assert!(table.contains("\n,Group A,2.00,2.00,"), "{table}");

    let class = Class::new();
    let folder = class.submissions();
    write(
        &folder.join("submission_metadata.yml"),
        "submission_7:\n  :submitters:\n  - :name: A\n    :sid: '1'\n    :email: a@x\n  - :name: B\n    :sid: '2'\n    :email: b@x\n",
    );
    write(&folder.join("submission_7").join(library()), &right);
    let grades = class.grade(&["--export", "gradescope"]);
    for id in ["1", "2"] {
        assert_eq!(exercise(&grades, id)["state"], "passed");
        let export = class.out().join(format!("exports/gradescope/{id}.json"));
        assert!(export.exists(), "{id}");
    }
    // They handed it in together, so it is no wonder that it is the same.
    let page = fs::read_to_string(class.out().join("staff/index.html")).expect("a page");
    assert!(!page.contains("100 %"), "{page}");
}

#[test]
fn what_has_no_exercise_in_it_does_not_replace_an_earlier_run() {
    let class = Class::new();
    let folder = class.submissions();
    zip(&folder, "doejane_100_5001_attentive.zip", &solution());
    class.grade(&[]);
    fs::remove_file(folder.join("doejane_100_5001_attentive.zip")).expect("it is there");
    write(&folder.join("doejane_100_5002_report.pdf"), "%PDF");
    let output = class.command(&[]).output().expect("the command runs");
    assert!(said(&output).contains("still counts"), "{}", said(&output));
    assert_eq!(exercise(&class.grades(), "100")["state"], "passed");
}

#[test]
fn what_cannot_be_read_costs_nothing_beside_it() {
    if rustix::process::geteuid().is_root() {
        return; // root may read everything; an ordinary user runs this, too
    }
    let class = Class::new();
    let close = |path: &Path| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("it is ours");
    };
    for name in ["file", "folder", "source"] {
        class.hand_in(name, solution());
    }
    let file = class.submissions().join("file/notes.txt");
    write(&file, "x");
    let folder = class.submissions().join("folder/notes");
    fs::create_dir(&folder).expect("a folder");
    let source = class.submissions().join("source").join(library());
    let whole = class.submissions().join("whole");
    fs::create_dir(&whole).expect("a folder");
    let archive = class.submissions().join("archive.zip");
    zip(&class.submissions(), "archive.zip", &solution());
    for path in [&file, &folder, &source, &whole, &archive] {
        close(path);
    }
    let grades = class.grade(&[]);
    for (name, state, text) in [
        ("file", "passed", "notes.txt: unreadable"),
        ("folder", "passed", "notes: unreadable"),
        ("source", "unusable", "src/lib.rs cannot be read"),
        ("whole", "unusable", "Permission denied"),
        ("archive", "unusable", "Permission denied"),
    ] {
        assert_eq!(exercise(&grades, name)["state"], state, "{name}");
        let found = student(&grades, name).expect("it is there").to_string();
        assert!(found.contains(text), "{name}: {found}");
    }
    for path in [&folder, &whole] {
        // So that it can be removed.
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("it is ours");
    }
}

#[test]
fn an_output_among_the_submissions_is_refused_by_whatever_path() {
    let class = Class::new();
    class.hand_in("jane", solution());
    let link = class.folder.path().join("link");
    symlink(class.submissions(), &link).expect("a link");
    let around = class.submissions().join("jane/../graded");
    for out in [
        link.join("graded"),
        around,
        class.submissions().join("new/../graded"),
    ] {
        let output = class.command_into(&out, &[]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(
            said(&output).contains("among the submissions"),
            "{}",
            said(&output)
        );
    }
    assert!(!class.submissions().join("graded").exists());
}

#[test]
fn a_tar_that_is_called_zip_is_read() {
    let class = Class::new();
    let folder = class.submissions();
    let right = solution();
    let entries = [(&*library(), tar::EntryType::Regular, right.as_bytes())];
    tar_gz(&folder.join("jane.zip"), &entries);
    let alone = format!("{FOLDER}/src/lib.rs");
    zip_file(&folder.join("bob.zip"), &[(&alone, right.as_bytes())]);
    let grades = class.grade(&[]);
    assert_eq!(exercise(&grades, "jane")["state"], "passed");
    assert_eq!(exercise(&grades, "bob")["state"], "passed");
}
