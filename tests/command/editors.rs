//! Files that editors and systems leave beside a learner's: no command minds them, and no save is lost by them.

use std::fs;
use std::path::Path;

use crate::support::{Checkout, HALVE};
use crate::watch::{READY, Watching};

const FIRST: &str = "let half = 0.5;";
/// Every folder in which a learner or an author edits files.
const FOLDERS: [&str; 6] = [
    "exercises",
    HALVE,
    "exercises/01-halve/src",
    "exercises/01-halve/tests",
    "solutions/01-halve/src",
    "book/quizzes",
];
/// Names of leftovers: a lock, autosaves, backups, swap files, half-written copies, notes of a system.
const LEFTOVERS: [&str; 14] = [
    "#lib.rs#",
    "lib.rs~",
    ".lib.rs.swp",
    ".lib.rs.kate-swp",
    ".lib.rs.un~",
    "4913",
    "lib.rs.save",
    "lib.rs.tmp",
    "lib.rs___jb_tmp___",
    "lib.rs.bak-1",
    "._lib.rs",
    "._halve.toml",
    ".DS_Store",
    ".~lock.lib.rs#",
];

#[test]
fn what_editors_leave_changes_nothing() {
    let checkout = Checkout::toy("editors");
    checkout.solve(FIRST, "let half = 2.0;");
    let clean = outputs(&checkout);
    for leave in [leave_files, leave_links] {
        leave(&checkout);
        for (now, before) in outputs(&checkout).iter().zip(&clean) {
            assert_eq!(now, before);
        }
    }
    a_watch_finds_each_save(&checkout);
    what_cannot_be_read_is_kept_by_a_reset(&checkout);
    progress_that_cannot_be_read_stops_nothing(&checkout);
}

/// Runs each command, which has to end as it should, and returns what it prints.
fn outputs(checkout: &Checkout) -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    for (arguments, status) in [
        (&["check"][..], 1),
        (&["check", "--json"], 1),
        (&["check", "--solutions"], 0),
        (&["check", "--chain", "2"], 1),
        (&["hint"], 0),
        (&["hint", "2"], 0),
        (&["status"], 1),
        (&["quiz", "--seed", "1"], 1),
        (&["reset", "2"], 0),
    ] {
        let ran = checkout.attentive(arguments).exits(status);
        outputs.push((arguments.join(" "), ran.stdout));
    }
    outputs
}

fn leave_files(checkout: &Checkout) {
    for folder in FOLDERS {
        for name in LEFTOVERS {
            // No text, as swap files and macOS's notes are none.
            checkout.write(Path::new(folder).join(name), b"\0\x05\x16\x07\xff");
        }
    }
    // An editor's history of a file has its ending.
    checkout.write(format!("{HALVE}/src/.history/lib_20260101.rs"), "old");
    // Folders beside the exercises are no crates.
    checkout.write("exercises/.idea/workspace.xml", "<project/>");
    checkout.write("exercises/notes/plan.md", "later");
}

#[cfg(not(unix))]
fn leave_links(_: &Checkout) {}

#[cfg(unix)]
fn leave_links(checkout: &Checkout) {
    use std::os::unix::fs::symlink;
    // What is listed and cannot be opened: Emacs's locks, links whose ends have been removed, and one that leads to itself.
    for folder in FOLDERS {
        for (name, leads_to) in [
            (".#lib.rs", "learner@machine.4242:1700000000"),
            (".#halve.toml", "learner@machine.4242:1700000000"),
        ] {
            symlink(leads_to, checkout.path(folder).join(name)).expect("a link");
        }
    }
    for (name, leads_to) in [
        ("gone.rs", "nowhere.rs"),
        ("folder", "nowhere/at/all/"),
        ("folder.rs", "nowhere/"),
        ("around.rs", "around.rs"),
    ] {
        symlink(leads_to, checkout.path(HALVE).join("src").join(name)).expect("a link");
    }
    symlink("nowhere.toml", checkout.path("book/quizzes/gone.toml")).expect("a link");
    // On Linux this is a file that not even the administrator can read from its beginning.
    if cfg!(target_os = "linux") {
        let unreadable = checkout.path(HALVE).join("src/unreadable.rs");
        symlink("/proc/self/mem", unreadable).expect("a link");
    }
}

fn a_watch_finds_each_save(checkout: &Checkout) {
    let file = checkout.path(format!("{HALVE}/src/lib.rs"));
    let right = checkout.read("solutions/01-halve/src/lib.rs");
    let wrong = right.replace(FIRST, "let half = 2.0;");
    let mut watch = Watching::start(checkout);
    let begin = watch.until(READY);
    assert!(begin.contains("(`doubled`"), "{begin}");

    // Vim, VS Code with `files.atomicSave`, JetBrains: another file takes the name.
    let aside = file.with_extension("rs___jb_tmp___");
    fs::write(&aside, &right).expect("it can be written");
    fs::rename(&aside, &file).expect("it can be renamed");
    watch.until("passed: 2 tasks");

    // Vim and Emacs with backups: the file is moved away, and written anew.
    fs::rename(&file, file.with_extension("rs~")).expect("it can be renamed");
    fs::write(&file, &wrong).expect("it can be written");
    watch.until("(`doubled`");

    // Nano, and most others: the same file is written.
    fs::write(&file, &right).expect("it can be written");
    watch.until("passed: 2 tasks");
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}

fn what_cannot_be_read_is_kept_by_a_reset(checkout: &Checkout) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let source = format!("{HALVE}/src/lib.rs");
    fs::rename(
        checkout.path(format!("{HALVE}/src/unreadable.rs")),
        checkout.path(&source),
    )
    .expect("it can be renamed");
    let checked = checkout.attentive(&["check", "1"]).exits(1).stdout;
    assert!(
        checked.contains("did not compile") && checked.contains("lib.rs"),
        "{checked}"
    );
    let status = checkout.attentive(&["status"]).exits(1).stdout;
    assert!(status.contains("did not compile"), "{status}");
    let reset = checkout.attentive(&["reset", "1"]).exits(0).stdout;
    assert!(
        reset.contains("is the stub again; what you had is in"),
        "{reset}"
    );
    assert!(checkout.read(&source).contains("todo!"));
    let backup = checkout.path(format!("{source}.bak-2"));
    assert!(backup.is_symlink(), "{reset}");
}

/// As of a file that `sudo` has written.
fn progress_that_cannot_be_read_stops_nothing(checkout: &Checkout) {
    let progress = checkout.path(".attentive/progress.json");
    fs::remove_file(&progress).expect("it can be removed");
    // A folder in its place can be read by nobody.
    fs::create_dir(&progress).expect("a folder can be made");
    let note = "note: nothing that you do now is stored: .attentive/progress.json cannot be read: ";
    for (arguments, status) in [
        (&["check", "1"][..], 1),
        (&["status"], 1),
        (&["hint", "1"], 0),
    ] {
        let ran = checkout.attentive(arguments).exits(status);
        assert_eq!(ran.stderr.matches(note).count(), 1, "{}", ran.stderr);
    }
    fs::remove_dir(&progress).expect("the folder is as it was");
}
