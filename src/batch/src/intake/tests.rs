//! Whole downloads: whose each upload is, which of them counts, and what is said about the rest.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const EXERCISE: &str = "01-softmax";
const LIBRARY: &str = "exercises/01-softmax/src/lib.rs";

/// A folder of submissions.
struct Class(TempDir);

impl Class {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, content).expect("it can be written");
    }

    /// Hands in an archive with this source of the exercise.
    fn zip(&self, name: &str, source: &str) {
        self.write(name, zip(&[(LIBRARY, source)]));
    }

    fn intake(&self) -> Intake {
        self.named(&[""])
    }

    /// Takes in what is named, as arguments of the command.
    fn named(&self, names: &[&str]) -> Intake {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        intake(&paths, OwnerOptions::default(), softmax_course()).expect("it is taken in")
    }
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in files {
        writer
            .start_file(*path, SimpleFileOptions::default())
            .expect("it can be begun");
        writer
            .write_all(text.as_bytes())
            .expect("it can be written");
    }
    writer.finish().expect("it can be ended").into_inner()
}

/// Each student's source, or the reason for which there is none.
fn table(intake: &Intake) -> String {
    let mut lines = Vec::new();
    for submission in &intake.submissions {
        let source = match submission.collected.get(EXERCISE) {
            Some(Collected::Sources(sources)) => sources.get("lib.rs"),
            Some(Collected::Unusable(reason)) => Some(reason),
            None => submission.problem.as_ref(),
        };
        let found = source.or(submission.misplaced.get(EXERCISE));
        let found = found.map_or("missing", String::as_str);
        lines.push(format!("{}: {found}", submission.student.id));
    }
    lines.join("\n")
}

#[test]
fn a_file_name_on_canvas_takes_nobodys_grade() {
    let class = Class::new();
    class.zip("aaaa_666_5002_x_100_assignsubmission_.zip", "malory's");
    class.zip("doejane_100_5001_attentive.zip", "jane's");
    insta::assert_snapshot!(table(&class.intake()), @r"
    100: jane's
    666: malory's
    ");
    // The same where the files are named one by one.
    let named = class.named(&[
        "aaaa_666_5002_x_100_assignsubmission_.zip",
        "doejane_100_5001_attentive.zip",
    ]);
    insta::assert_snapshot!(table(&named), @r"
    100: jane's
    666: malory's
    ");
}

#[test]
fn a_list_of_submissions_that_was_handed_in_is_not_believed() {
    let class = Class::new();
    let list = "submission_1:\n  :submitters:\n  - :name: Two\n    :sid: two\n";
    class.write("one/submission_metadata.yml", list);
    class.write(&format!("one/submission_1/{LIBRARY}"), "malory's");
    class.write(&format!("two/{LIBRARY}"), "two's");
    let named = class.named(&["one", "two"]);
    insta::assert_snapshot!(table(&named), @r"
    one: malory's
    two: two's
    ");
    assert!(
        named.notes[0].contains("one submission each"),
        "{:?}",
        named.notes
    );
    insta::assert_snapshot!(table(&class.intake()), @r"
    one: malory's
    two: two's
    ");
}

#[test]
fn several_folders_of_many_are_each_taken_as_one() {
    let class = Class::new();
    class.zip("monday/doejane_100_5001_a.zip", "early");
    class.zip("monday/roebob_101_5002_a.zip", "bob's");
    class.zip("friday/doejane_100_5009_a.zip", "late");
    let named = class.named(&["friday", "monday"]);
    insta::assert_snapshot!(table(&named), @r"
    100: late
    101: bob's
    ");
}

#[test]
fn what_cannot_be_read_costs_nothing_beside_it() {
    if rustix::process::geteuid().is_root() {
        return; // root may read everything; the tests in a sandbox run this kind as another user, too
    }
    let class = Class::new();
    for name in ["file", "folder", "source", "around"] {
        class.write(&format!("{name}/{LIBRARY}"), "right");
    }
    class.write("file/notes.txt", "x");
    class.write("folder/notes/x", "x");
    class.write("whole/x", "x");
    class.zip("archive.zip", "right");
    let closed = [
        "file/notes.txt",
        "folder/notes",
        "source/exercises/01-softmax/src/lib.rs",
        "around/exercises/01-softmax/src",
        "whole",
        "archive.zip",
    ];
    let set_mode = |name: &str, mode: u32| {
        fs::set_permissions(class.path(name), fs::Permissions::from_mode(mode)).expect("ours");
    };
    closed.iter().for_each(|name| set_mode(name, 0o000));
    let (taken, named) = (
        class.intake(),
        class.named(&["file", "whole", "archive.zip"]),
    );
    closed.iter().for_each(|name| set_mode(name, 0o700));
    insta::assert_snapshot!(table(&taken), @r"
    archive: it cannot be read: Permission denied (os error 13)
    around: src/lib.rs was not handed in: `exercises/01-softmax/src` is unreadable (Permission denied (os error 13))
    file: right
    folder: right
    source: src/lib.rs cannot be read: Permission denied (os error 13)
    whole: it cannot be read: Permission denied (os error 13)
    ");
    assert_eq!(named.submissions.len(), 3);
}

#[test]
fn a_link_is_followed_where_the_instructor_names_it_alone() {
    let class = Class::new();
    class.write(&format!("there/jane/{LIBRARY}"), "right");
    symlink(class.path("there"), class.path("here")).expect("a link");
    symlink(class.path("there/jane"), class.path("one")).expect("a link");
    symlink(class.path("gone"), class.path("dangling")).expect("a link");
    insta::assert_snapshot!(table(&class.named(&["here"])), @"jane: right");
    insta::assert_snapshot!(table(&class.named(&["one"])), @"jane: right");
    // Among others it costs nobody else anything.
    insta::assert_snapshot!(table(&class.named(&["there/jane", "dangling"])), @r"
    dangling: it is a symbolic link, which is not followed
    jane: right
    ");
}

#[test]
fn a_time_is_not_compared_with_a_number() {
    let class = Class::new();
    class.zip("canvas/doejane_100_5001_a.zip", "from canvas");
    class.zip("canvas/roebob_101_5002_a.zip", "bob's");
    class.write(
        &format!("moodle/Jane Doe_100_assignsubmission_file_/{LIBRARY}"),
        "from moodle",
    );
    let one = class.named(&["canvas", "moodle"]);
    let other = class.named(&["moodle", "canvas"]);
    assert!(table(&one).contains("100: from moodle"), "{}", table(&one));
    assert!(
        table(&other).contains("100: from canvas"),
        "{}",
        table(&other)
    );
    assert!(
        one.notes[0].contains("cannot be compared"),
        "{:?}",
        one.notes
    );
}

#[test]
fn what_has_no_exercise_in_it_replaces_nothing() {
    let class = Class::new();
    class.zip("aaaa_4321_98765_attentive.zip", "right");
    class.write("aaaa_4321_98766_report.zip", zip(&[("report.pdf", "%PDF")]));
    class.write("aaaa_4321_98767_report.pdf", "%PDF");
    class.write("aaaa_4321_98768_damaged.zip", "PK\x03\x04");
    class.write("bbbb_5_98769_only.pdf", "%PDF");
    let taken = class.intake();
    insta::assert_snapshot!(table(&taken), @r"
    4321: right
    5: it cannot be read: expected a folder or an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .7z)
    ");
    assert_eq!(taken.submissions[0].origin, "aaaa_4321_98765_attentive.zip");
    let unused = taken.submissions[0].unused.join("\n");
    assert!(
        unused.contains("_report.zip: it has no exercise in it"),
        "{unused}"
    );
    assert!(
        unused.contains("_damaged.zip: it is not a readable zip"),
        "{unused}"
    );
}

#[test]
fn a_text_on_moodle_replaces_no_file() {
    let class = Class::new();
    let folder = "Jane Doe_77_assignsubmission_file";
    class.zip(&format!("{folder}/attentive.zip"), "right");
    class.write(&format!("{folder}/report.zip"), zip(&[("report.pdf", "")]));
    class.write(
        "Jane Doe_77_assignsubmission_onlinetext/onlinetext.html",
        "<p>Hello</p>",
    );
    class.write(
        "Bob Roe_78_assignsubmission_onlinetext/onlinetext.html",
        "<p>Hello</p>",
    );
    insta::assert_snapshot!(table(&class.intake()), @r"
    77: right
    78: src/lib.rs was not handed in: there is `onlinetext.html` instead
    ");
}

#[test]
fn exercises_that_were_packed_apart_are_put_together() {
    let class = Class::new();
    class.write(
        "aaaa_1_10_second.zip",
        zip(&[("exercises/02-attention-pooling/src/lib.rs", "x")]),
    );
    class.zip("aaaa_1_9_first.zip", "right");
    insta::assert_snapshot!(table(&class.intake()), @"1: right");
}

#[test]
fn every_member_of_a_group_is_in_the_table() {
    let class = Class::new();
    class.write(
        "submission_metadata.yml",
        "submission_7:\n  :submitters:\n  - :name: A\n    :sid: '1'\n  - :name: B\n    :sid: '2'\n",
    );
    class.write(&format!("submission_7/{LIBRARY}"), "theirs");
    class.write(&format!("submission_8/{LIBRARY}"), "not listed");
    let taken = class.intake();
    insta::assert_snapshot!(table(&taken), @r"
    1: theirs
    2: theirs
    submission_8: not listed
    ");
    assert_eq!(taken.submissions[0].partners, ["2"]);
}

#[test]
fn whoever_handed_in_anything_is_in_the_table() {
    let class = Class::new();
    class.write("rar.rar", "Rar!\x1a\x07\x01\x00");
    class.write("pdf.pdf", "%PDF");
    class.write("named-zip.zip", "<html>");
    class.write("nested.zip", zip(&[("work.tar.gz", "")]));
    class.write("no-exercise/notes/today.pdf", "");
    symlink("/etc", class.path("link")).expect("a link");
    fs::create_dir(class.path("empty")).expect("a folder");
    class.write("grades.csv", "a,b");
    class.write(".DS_Store", "");
    let taken = class.intake();
    insta::assert_snapshot!(table(&taken), @r"
    empty: missing
    link: it is a symbolic link, which is not followed
    named-zip: it is not a readable zip archive: the list at its end is missing or damaged; it may have been cut short
    nested: src/lib.rs was not handed in: `work.tar.gz` is an archive inside of what was handed in, which is not opened
    no-exercise: src/lib.rs was not handed in: there is `notes/today.pdf` instead
    pdf: it cannot be read: expected a folder or an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .7z)
    rar: it is a RAR archive, which cannot be read; ask for a .zip
    ");
    let notes = taken.notes.join("\n");
    assert!(notes.contains("grades.csv is no submission"), "{notes}");
}

#[test]
fn an_exercise_counts_wherever_it_is_or_the_report_says_why_not() {
    let class = Class::new();
    class.write(&format!("deep/a/b/c/d/e/{LIBRARY}"), "right");
    class.write("alone/01-softmax/src/lib.rs", "right");
    class.write("archive.zip", zip(&[("01-softmax/src/lib.rs", "right")]));
    class.write(
        "absolute.zip",
        zip(&[("/home/jane/course/exercises/01-softmax/src/lib.rs", "right")]),
    );
    class.write("solution/solutions/01-softmax/src/lib.rs", "not theirs");
    class.write("capitals/EXERCISES/01-SOFTMAX/SRC/LIB.RS", "wrong");
    class.write("renamed/softmax/lib.rs", "wrong");
    class.write(
        "parent.zip",
        zip(&[("../exercises/01-softmax/src/lib.rs", "wrong")]),
    );
    class.write(
        &format!("copy/{}", LIBRARY.replace("lib.rs", "other.rs")),
        "",
    );
    class.write(&format!("copy/backup/{LIBRARY}"), "old");
    fs::create_dir_all(class.path("linked/exercises/01-softmax")).expect("a folder");
    symlink("/etc", class.path("linked/exercises/01-softmax/src")).expect("a link");
    insta::assert_snapshot!(table(&class.intake()), @r"
    absolute: right
    alone: right
    archive: right
    capitals: src/lib.rs was not handed in: `EXERCISES/01-SOFTMAX/SRC/LIB.RS` does not count: expected `exercises/01-softmax/src/lib.rs`
    copy: src/lib.rs was not handed in: it is in `backup/exercises`, a second copy of the course, of which only the first counts
    deep: right
    linked: src/lib.rs was not handed in: `exercises/01-softmax/src` is a symbolic link
    parent: src/lib.rs was not handed in: `../exercises/01-softmax/src/lib.rs` does not count: its path is not one that a course has
    renamed: src/lib.rs was not handed in: `softmax/lib.rs` does not count: expected `exercises/01-softmax/src/lib.rs`
    solution: src/lib.rs was not handed in: there is `solutions/01-softmax/src/lib.rs` instead
    ");
}

#[test]
fn names_in_an_old_code_page_are_read() {
    let class = Class::new();
    // "Übung", as cp437 and Shift-JIS would have it; in the second, a letter has a backslash in it.
    for (name, folder) in [("dos", &b"\x9abung"[..]), ("sjis", b"\x83\\\x83\x58")] {
        for separator in ["/", "\\"] {
            let placeholder = "#".repeat(folder.len());
            let path = format!("{placeholder}/{LIBRARY}").replace('/', separator);
            let mut bytes = zip(&[(&path, "right")]);
            while let Some(at) = bytes
                .windows(folder.len())
                .position(|window| window == placeholder.as_bytes())
            {
                bytes[at..at + folder.len()].copy_from_slice(folder);
            }
            let kind = if separator == "/" {
                "slash"
            } else {
                "backslash"
            };
            class.write(&format!("{name}-{kind}.zip"), bytes);
        }
    }
    insta::assert_snapshot!(table(&class.intake()), @r"
    dos-backslash: right
    dos-slash: right
    sjis-backslash: right
    sjis-slash: right
    ");
}

#[test]
fn a_checkout_from_windows_has_no_changed_files() {
    let class = Class::new();
    let own = |path: &str| {
        fs::read_to_string(softmax_course().root.join(path)).expect("the course has it")
    };
    class.write(&format!("jane/{LIBRARY}"), "right");
    for path in ["README.md", "exercises/01-softmax/Cargo.toml"] {
        class.write(&format!("jane/{path}"), own(path).replace('\n', "\r\n"));
    }
    let changed = own("Cargo.toml").replace('\n', "\r\n") + "# mine";
    class.write("jane/Cargo.toml", changed);
    let taken = class.intake();
    assert_eq!(taken.submissions[0].unused, ["Cargo.toml: changed"]);
}

#[test]
fn an_output_among_the_submissions_is_found_by_whatever_path() {
    let class = Class::new();
    class.write("in/jane/x", "");
    class.write("elsewhere/x", "");
    symlink(class.path("in"), class.path("link")).expect("a link");
    symlink(class.path("in/jane"), class.path("elsewhere/jane")).expect("a link");
    let submissions = [class.path("in")];
    for inside in [
        "in/graded",
        "link/graded",
        "elsewhere/../in/graded",
        "new/../in/graded",
        "elsewhere/jane/../graded",
        "in/new/deeper",
        "in",
    ] {
        let refused = ensure_output_outside(&submissions, &class.path(inside));
        assert!(refused.is_err(), "{inside}");
    }
    assert!(ensure_output_outside(&[class.path("link")], &class.path("in/graded")).is_err());
    for outside in ["graded", "in/../graded", "elsewhere/graded", "inside"] {
        let refused = ensure_output_outside(&submissions, &class.path(outside));
        assert!(refused.is_ok(), "{outside}");
    }
}

/// Text that a student could choose, to pass for what a platform writes.
fn chosen() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        r"[a-z]{1,4}",
        Just("100".to_owned()),
        r"[0-9]{1,4}",
        Just("assignsubmission".to_owned()),
        Just("file".to_owned()),
        Just("submission".to_owned()),
    ];
    proptest::collection::vec(part, 1..7).prop_map(|parts| parts.join("_"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Names of files and folders inside of a submission, and of archives in it, change no owner on any platform.
    #[test]
    fn nothing_in_a_submission_changes_an_owner(
        names in proptest::collection::vec(chosen(), 1..4),
        with_list: bool,
        with_course: bool,
    ) {
        let class = Class::new();
        let mut own = Vec::new();
        for name in &names {
            own.push(format!("{name}/{LIBRARY}"));
            own.push(format!("{name}.zip"));
        }
        if with_list {
            own.push("submission_metadata.yml".to_owned());
        }
        if with_course {
            own.push(LIBRARY.to_owned());
        }
        for (download, honest, malory) in [
            ("plain", "100", "666"),
            ("moodle", "Jane Doe_100_assignsubmission_file_", "Mal Ory_666_assignsubmission_file_"),
            ("canvas", "doejane_100_5001_work", "malory_666_5002_work"),
        ] {
            class.write(&format!("{download}/{honest}/{LIBRARY}"), "jane's");
            for path in &own {
                class.write(&format!("{download}/{malory}/{path}"), "submission_1: {}");
            }
            let arguments = [format!("{download}/{honest}"), format!("{download}/{malory}")];
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            for taken in [class.named(&[download]), class.named(&arguments)] {
                let ids: Vec<&str> = taken.submissions.iter().map(|one| &*one.student.id).collect();
                prop_assert_eq!(ids, ["100", "666"]);
                prop_assert!(table(&taken).starts_with("100: jane's\n"), "{}", table(&taken));
            }
        }
    }

    /// Whoever handed in anything is in the table, whatever it is and however it is called.
    #[test]
    fn every_upload_has_a_row(
        uploads in proptest::collection::btree_map(1..500_u32, (chosen(), any::<Vec<u8>>()), 1..6),
    ) {
        let class = Class::new();
        for (id, (name, content)) in &uploads {
            class.write(&format!("in/student_{id}_{}_{name}.zip", 1000 + id), content);
        }
        let taken = class.named(&["in"]);
        let mut ids: Vec<String> = taken.submissions.into_iter().map(|one| one.student.id).collect();
        ids.sort_by_key(|id| id.parse::<u32>().ok());
        let expected: Vec<String> = uploads.keys().map(u32::to_string).collect();
        prop_assert_eq!(ids, expected);
    }
}
