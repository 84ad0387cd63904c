//! Archives and folders made to mislead, generated where they are large.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use crate::class::{Class, FOLDER, exercise, said, solution, student, write};

/// The path of the library in a submission.
pub(crate) fn library() -> String {
    format!("exercises/{FOLDER}/src/lib.rs")
}

pub(crate) fn zip_file(path: &Path, entries: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    let options = SimpleFileOptions::default();
    for (name, bytes) in entries {
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(bytes).expect("its content");
    }
    zip.finish().expect("an archive");
}

/// An archive whose entries may have any path, also such as no library would write.
pub(crate) fn tar_gz(path: &Path, entries: &[(&str, tar::EntryType, &[u8])]) {
    let mut tar = tar::Builder::new(GzEncoder::new(
        File::create(path).expect("a file"),
        Compression::fast(),
    ));
    for (name, kind, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().expect("it is one").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").expect("it is short");
        }
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, *bytes).expect("an entry");
    }
    tar.into_inner()
        .expect("an archive")
        .finish()
        .expect("a file");
}

#[test]
fn archives_are_read_and_nothing_in_them_leads_out() {
    let class = Class::new();
    let (folder, library) = (class.submissions(), library());
    let right = solution();
    let file = tar::EntryType::Regular;
    zip_file(&folder.join("plain.zip"), &[(&library, right.as_bytes())]);
    let wrapped = format!("attention-main\\{}", library.replace('/', "\\"));
    zip_file(
        &folder.join("windows.zip"),
        &[(&wrapped, right.as_bytes()), ("__MACOSX/._lib.rs", b"x")],
    );
    tar_gz(
        &folder.join("plain.tar.gz"),
        &[(&library, file, right.as_bytes())],
    );
    let escapes = [
        ("../../escaped.rs", file, &b"x"[..]),
        ("/tmp/attentive-hostile-absolute", file, b"x"),
        (
            "exercises/05-scaled-dot-product/src/../../../../escaped.rs",
            file,
            b"x",
        ),
        (&library, tar::EntryType::Symlink, b""),
        (
            "exercises/05-scaled-dot-product/src/hard.rs",
            tar::EntryType::Link,
            b"",
        ),
        (
            "exercises/05-scaled-dot-product/src/pipe.rs",
            tar::EntryType::Fifo,
            b"",
        ),
        ("exercises/05-scaled-dot-product/src/a\nb.rs", file, b"x"),
    ];
    tar_gz(&folder.join("escaping.tgz"), &escapes);
    let zeros = vec![0; 300 << 20];
    tar_gz(&folder.join("tar-bomb.tar.gz"), &[("zeros", file, &zeros)]);
    zip_file(
        &folder.join("zip-bomb.zip"),
        &[("zeros", &zeros), (&library, right.as_bytes())],
    );
    zip_file(&folder.join("large.zip"), &[(&library, &zeros)]);
    drop(zeros);
    let whole = fs::read(folder.join("plain.zip")).expect("it was written");
    write(&folder.join("cut.zip"), &whole[..whole.len() / 2]);
    write(&folder.join("no-archive.zip"), "this is text");
    write(
        &folder.join("cut.tar.gz"),
        &fs::read(folder.join("plain.tar.gz")).expect("it was written")[..200],
    );
    zip_file(&folder.join("empty.zip"), &[]);

    let output = class.command(&[]).output().expect("the command runs");
    assert!(output.status.success(), "{}", said(&output));
    let grades = class.grades();
    let state = |student: &str| exercise(&grades, student)["state"].clone();
    let message = |student: &str| exercise(&grades, student)["message"].to_string();
    // Of `plain.zip` and `plain.tar.gz`, which are one student's, one counts.
    assert_eq!(state("plain"), "passed");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("plain handed in twice"),
        "{}",
        said(&output)
    );
    assert_eq!(state("windows"), "passed");
    assert_eq!(state("escaping"), "missing");
    let unused = student(&grades, "escaping").expect("it is there")["unused"].to_string();
    for part in [
        "symbolic link",
        "hard link",
        "neither a file nor a folder",
        "../../escaped.rs",
        "not one that a course has",
    ] {
        assert!(unused.contains(part), "{part} in {unused}");
    }
    // Of the zip, only what is used is ever unpacked; of the other, all has to be.
    assert_eq!(state("zip-bomb"), "passed", "{}", message("zip-bomb"));
    assert!(
        message("tar-bomb").contains("archive bomb"),
        "{}",
        message("tar-bomb")
    );
    assert!(
        message("large").contains("larger than 1024 KiB"),
        "{}",
        message("large")
    );
    for (broken, why) in [("cut", ""), ("no-archive", "not a readable zip")] {
        assert_eq!(state(broken), "unusable");
        assert!(message(broken).contains(why), "{}", message(broken));
    }
    assert_eq!(state("empty"), "missing");
    for escaped in [
        folder.join("escaped.rs"),
        class.folder.path().join("escaped.rs"),
        "/tmp/attentive-hostile-absolute".into(),
    ] {
        assert!(!escaped.exists(), "{}", escaped.display());
    }
}

#[test]
fn folders_are_read_and_nothing_in_them_leads_out() {
    let class = Class::new();
    let path = |student: &str| class.submissions().join(student).join(library());
    for (student, target) in [
        ("link-to-file", "/etc/passwd"),
        ("link-to-itself", "lib.rs"),
        ("link-to-device", "/dev/zero"),
    ] {
        write(&path(student).with_file_name("other.rs"), "");
        symlink(target, path(student)).expect("a link");
    }
    let linked = class
        .submissions()
        .join("linked-folder/exercises")
        .join(FOLDER);
    fs::create_dir_all(&linked).expect("a folder");
    symlink("/etc", linked.join("src")).expect("a link");
    class.hand_in("not-utf-8", b"pub fn scores() { \"\xff\xfe\" }");
    class.hand_in("huge", "");
    File::options()
        .write(true)
        .open(path("huge"))
        .expect("it is there")
        .set_len(1 << 30)
        .expect("it can be holey");
    write(&path("pipe").with_file_name("other.rs"), "");
    let made = Command::new("mkfifo")
        .arg(path("pipe"))
        .status()
        .expect("coreutils are there");
    assert!(made.success());
    for name in [
        "Zoë, \"the\n=1+1",
        "=cmd|'calc'!A0",
        "李雷",
        "a'b\u{202e}c",
        "-rf",
    ] {
        class.hand_in(name, solution());
    }
    class.hand_in("backslash\\..\\..\\x", solution());
    fs::create_dir(class.submissions().join("empty")).expect("a folder");
    write(&class.submissions().join("stray.txt"), "x");
    let grades = class.grade(&[]);
    let state = |student: &str| exercise(&grades, student)["state"].clone();
    for missing in [
        "link-to-file",
        "link-to-itself",
        "link-to-device",
        "linked-folder",
        "pipe",
        "empty",
    ] {
        assert_eq!(state(missing), "missing", "{missing}");
    }
    assert!(
        exercise(&grades, "not-utf-8")["message"]
            .to_string()
            .contains("no UTF-8 text (at byte")
    );
    assert!(
        exercise(&grades, "huge")["message"]
            .to_string()
            .contains("larger than 1024 KiB")
    );
    for name in [
        "Zoë, \"the\n=1+1",
        "=cmd|'calc'!A0",
        "李雷",
        "a'b\u{202e}c",
        "-rf",
        "backslash\\..\\..\\x",
    ] {
        assert_eq!(state(name), "passed", "{name}");
    }
}
