//! Submissions that are broken in odd ways: each gets a verdict, and costs nobody else's.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use zip::write::SimpleFileOptions;

use crate::archives::{library, tar_gz, zip_file};
use crate::class::{Class, FOLDER, LIMITS, course, exercise, said, solution, student, write};

#[test]
fn odd_archives_are_taken_for_what_they_are() {
    let class = Class::new();
    let (folder, library, right) = (class.submissions(), library(), solution());
    let right = right.as_bytes();
    let sources = format!("exercises/{FOLDER}/src");
    let below = |name: &str| format!("{sources}/{name}");
    // Once a way to be no longer graded: what cannot be laid out on a disk looked like the grader's own fault.
    let (file, file_in_it) = (below("x.rs"), below("x.rs/y.rs"));
    zip_file(
        &folder.join("file-and-folder.zip"),
        &[(&library, right), (&file, b""), (&file_in_it, b"")],
    );
    let entry = tar::EntryType::Regular;
    tar_gz(
        &folder.join("same-name-twice.tgz"),
        &[(&library, entry, b"wrong"), (&library, entry, right)],
    );
    zip_file(
        &folder.join("capitals.zip"),
        &[(&library.to_uppercase(), right)],
    );
    zip_file(
        &folder.join("drive.zip"),
        &[(&format!("C:\\{}", library.replace('/', "\\")), right)],
    );
    zip_file(&folder.join("inner.zip"), &[(&library, right)]);
    let inner = fs::read(folder.join("inner.zip")).expect("it was written");
    zip_file(&folder.join("nested.zip"), &[("inner.zip", &inner)]);
    let (composed, decomposed) = (below("\u{e9}.rs"), below("e\u{301}.rs"));
    zip_file(
        &folder.join("accents.zip"),
        &[(&library, right), (&composed, b""), (&decomposed, b"")],
    );
    // Bit 0 of the flags, in the header in front of the file and in the one at the end.
    let mut encrypted = inner.clone();
    for (mark, flags) in [(&b"PK\x03\x04"[..], 6), (b"PK\x01\x02", 8)] {
        let at = encrypted
            .windows(4)
            .position(|bytes| bytes == mark)
            .expect("a zip has both");
        encrypted[at + flags] |= 1;
    }
    write(&folder.join("encrypted.zip"), &encrypted);
    tar_gz(
        &folder.join("sparse.tgz"),
        &[(&library, tar::EntryType::GNUSparse, b"")],
    );
    write(&folder.join("no-archive.tar.gz"), "this is text");
    let (long, deep) = (
        below(&format!("{}.rs", "x".repeat(300))),
        below(&format!("{}y.rs", "x/".repeat(40))),
    );
    zip_file(
        &folder.join("long-names.zip"),
        &[(&library, right), (&long, b""), (&deep, b"")],
    );
    let mut zip = zip::ZipWriter::new(File::create(folder.join("link.zip")).expect("a file"));
    zip.add_symlink(&*library, "/etc/passwd", SimpleFileOptions::default())
        .expect("a link");
    zip.finish().expect("an archive");
    let names: Vec<String> = (0..20_001).map(|number| number.to_string()).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b""[..])).collect();
    zip_file(&folder.join("many-entries.zip"), &entries);
    let names: Vec<String> = (0..64)
        .map(|number| below(&format!("{number}.rs")))
        .collect();
    let entries = names
        .iter()
        .map(|name| (&**name, &b""[..]))
        .chain([(&*library, right)]);
    zip_file(
        &folder.join("many-sources.zip"),
        &entries.collect::<Vec<_>>(),
    );
    let half = vec![b'\n'; 600 << 10];
    zip_file(
        &folder.join("large-sources.zip"),
        &[
            (&library, right),
            (&below("a.rs"), &half),
            (&below("b.rs"), &half),
        ],
    );

    let grades = class.grade(&[]);
    for (name, state, message) in [
        ("file-and-folder", "unusable", "a folder and a file"),
        ("same-name-twice", "passed", ""), // as `tar` itself would unpack it
        ("capitals", "missing", ""),
        ("drive", "passed", ""),
        ("inner", "passed", ""),
        ("nested", "missing", ""),
        ("accents", "passed", ""),
        ("encrypted", "unusable", "Password"),
        ("sparse", "unusable", "cannot be read"),
        ("no-archive", "unusable", "cannot be read"),
        ("long-names", "passed", ""),
        ("link", "missing", ""),
        ("many-entries", "unusable", "more than 20000 files"),
        ("many-sources", "unusable", "more than 64 source files"),
        ("large-sources", "unusable", "larger than 1024 KiB together"),
    ] {
        let found = exercise(&grades, name);
        assert_eq!(found["state"], state, "{name}: {found}");
        assert!(
            found["message"].to_string().contains(message),
            "{name}: {found}"
        );
    }
    for (name, part) in [
        ("nested", "inner.zip: added"),
        ("link", "a symbolic link"),
        ("capitals", "LIB.RS: added"),
    ] {
        let unused = student(&grades, name).expect("it is there")["unused"].to_string();
        assert!(unused.contains(part), "{name}: {unused}");
    }
}

#[test]
fn odd_texts_and_odd_names_are_read() {
    let class = Class::new();
    let right = solution();
    class.hand_in(
        "windows",
        format!("\u{feff}{}", right.replace('\n', "\r\n")),
    );
    let wide: Vec<u8> = right.encode_utf16().flat_map(u16::to_le_bytes).collect();
    class.hand_in("utf-16", [b"\xff\xfe", &wide[..]].concat());
    for bytes in [&b"broken\xff"[..], b"broken\xfe"] {
        let path = class
            .submissions()
            .join(OsStr::from_bytes(bytes))
            .join(library());
        write(&path, &right);
    }
    let escape = "\u{1b}]0;owned\u{7}\u{9b}31m";
    let (long, names) = (
        "x".repeat(255),
        ["index", "..x", escape, "![x](y)", "علی\u{200c}رضا"],
    );
    names
        .iter()
        .copied()
        .chain([&*long])
        .for_each(|name| class.hand_in(name, &right));

    let output = class
        .command(&["--export", "canvas"])
        .output()
        .expect("the command runs");
    assert!(output.status.success(), "{}", said(&output));
    let grades = class.grades();
    assert_eq!(exercise(&grades, "windows")["state"], "passed");
    assert_eq!(exercise(&grades, "utf-16")["state"], "unusable");
    for name in names
        .iter()
        .copied()
        .chain([&*long, "broken\\xFF", "broken\\xFE"])
    {
        assert_eq!(exercise(&grades, name)["state"], "passed", "{name}");
    }
    let said = said(&output);
    assert!(
        !said.chars().any(|c| c.is_control() && c != '\n'),
        "{said:?}"
    );
    let read = |path: &str| {
        fs::read_to_string(class.out().join(path)).unwrap_or_else(|_| panic!("no {path}"))
    };
    assert!(read("staff/index.html").contains("Attentive: the class"));
    assert!(read("staff/~69ndex.html").contains("Attentive: index"));
    assert!(read("exports/canvas.csv").contains("علی\u{200c}رضا"));
}

#[test]
fn bad_arguments_are_one_clear_error_each_and_change_nothing() {
    let class = Class::new();
    class.hand_in("one", solution());
    class.grade(&[]);
    let before = fs::read(class.out().join("journal")).expect("there is a journal");
    let place = |name: &str| class.folder.path().join(name).display().to_string();
    fs::create_dir(place("empty")).expect("a folder");
    write(&class.folder.path().join("notes.txt"), "x");
    let (submissions, out, course) = (place("in"), place("out"), course().display().to_string());
    let (inside, whole, empty, notes, gone) = (
        place("in/graded"),
        place(""),
        place("empty"),
        place("notes.txt"),
        place("gone"),
    );
    for (submissions, out, course, more, expected) in [
        (
            &submissions,
            &out,
            &course,
            ["--only", "soft-max"],
            "expected an exercise, found `soft-max`; did you mean `softmax`? these are there:",
        ),
        (
            &gone,
            &out,
            &course,
            ["--only", "5"],
            "expected a submission (a folder, .zip or .tar.gz)",
        ),
        (
            &notes,
            &out,
            &course,
            ["--only", "5"],
            "expected a folder, a .zip or a .tar.gz",
        ),
        (
            &empty,
            &out,
            &course,
            ["--only", "5"],
            "there are no submissions in",
        ),
        (
            &submissions,
            &out,
            &empty,
            ["--only", "5"],
            "expected a checkout of Attentive",
        ),
        (
            &submissions,
            &inside,
            &course,
            ["--only", "5"],
            "name a folder outside",
        ),
        (
            &submissions,
            &whole,
            &course,
            ["--only", "5"],
            "no run of this program wrote",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--only", "1"],
            "the output of a different run: the exercises or their packs",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--pack", &empty],
            "golden.safetensors",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--shard", "3/2"],
            "such as 1/4",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--shard", "1/18446744073709551615"],
            "at most 1000 parts",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--limit-memory", "17592186044416"],
            "is not in 64..=1048576",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--limit-submission", "1e19"],
            "at most 1000000",
        ),
        (
            &submissions,
            &out,
            &course,
            ["--book", "javascript:alert(1)"],
            "begins with https://",
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
        command.args([
            "grade",
            submissions,
            "--out",
            out,
            "--course",
            course,
            "--only",
            FOLDER,
        ]);
        command.args(LIMITS).args(more);
        let output = command.output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {text}");
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(
        fs::read(class.out().join("journal")).expect("it is there"),
        before
    );
}
