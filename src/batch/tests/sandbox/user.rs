//! All of this as an ordinary user: root's sandboxes are made in another way than anybody else's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::class::{Class, SCRATCH, said, solution};

/// Nobody, on every Linux.
const USER: &str = "65534";

#[test]
fn everything_holds_for_an_ordinary_user_too() {
    if !rustix::process::geteuid().is_root() {
        return; // this run is one
    }
    // What exercises depend on is built by now, or is built by this, where the user cannot write.
    let class = Class::new();
    class.hand_in("one", solution());
    class.grade(&[]);
    let two = class
        .command_into(&class.folder.path().join("two"), &["--only", "01-softmax"])
        .output();
    assert!(
        two.is_ok_and(|output| output.status.success()),
        "the first two exercises"
    );
    let scratch = tempfile::tempdir().expect("a folder");
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let mut command = Command::new("bwrap");
    command.args(["--dev-bind", "/", "/", "--cap-add", "ALL"]);
    open_home(&mut command);
    command.args([
        "setpriv",
        "--reuid",
        USER,
        "--regid",
        USER,
        "--clear-groups",
    ]);
    command.arg(std::env::current_exe().expect("this test is a program"));
    // Releasing and recording do nothing with a sandbox that grading does not; services' containers have root; owners
    // and other checkouts are the same for everybody, and so are the time of a class, its journal and its reports.
    command.args([
        "--skip",
        "user::",
        "--skip",
        "killed::",
        "--skip",
        "reports::",
        "--skip",
        "release::",
        "--skip",
        "hidden::",
        "--skip",
        "adapters::",
        "--skip",
        "owners::",
        "--skip",
        "checkouts::",
        "--skip",
        "pressure::",
    ]);
    let output = command
        .env(SCRATCH, scratch.path())
        .output()
        .expect("bubblewrap and util-linux are there");
    let said = said(&output);
    assert!(
        output.status.success() && said.contains("test result: ok"),
        "as an ordinary user: {said}"
    );
    assert!(!said.contains(" 0 passed"), "{said}");
}

/// A home folder that others may look into, for this run only: the toolchain is often in it, and the cache.
fn open_home(command: &mut Command) {
    let home = PathBuf::from(std::env::var_os("HOME").expect("root has a home"));
    let is_open = fs::metadata(&home).is_ok_and(|home| home.permissions().mode() & 0o1 != 0);
    if is_open || home == Path::new("/") {
        return;
    }
    command.args(["--perms", "0755", "--tmpfs"]).arg(&home);
    for entry in home.read_dir().expect("root may list it").flatten() {
        command.arg("--bind").arg(entry.path()).arg(entry.path());
    }
}
