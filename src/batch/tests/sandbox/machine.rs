//! Machines with a folder at a path of its own, in a namespace: what is done there is as far from this checkout as it is on
//! another machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::class::{mirror, scratch, write};

/// A machine whose root has one folder more than this one's.
pub(crate) struct Machine {
    folder: TempDir,
    name: &'static str,
    /// Folders in that one that are kept from one test run to the next, and where they are kept.
    kept: Vec<(&'static str, PathBuf)>,
}

impl Machine {
    pub(crate) fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        let machine = Self {
            folder,
            name,
            kept: Vec::new(),
        };
        for tool in ["apt-get", "sudo"] {
            let path = machine.path("tools").join(tool);
            // Whose packages are there already, and who is root already.
            let rest = if tool == "sudo" {
                "while [[ $1 == -* ]]; do shift; done; exec \"$@\""
            } else {
                "exit 0"
            };
            write(&path, format!("#!/usr/bin/env bash\n{rest}\n"));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        machine
    }

    /// A path below the one folder more, as seen from outside.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Puts a course into a folder, with what cargo has compiled there before, and returns where it is outside.
    pub(crate) fn put_course(&mut self, folder: &'static str, course: &Path) -> PathBuf {
        // Not one for all: cargo tells courses in one target folder apart by nothing but the times of their files.
        let kept = scratch().join("machines").join(self.name);
        mirror(course, &kept);
        self.keep(folder, kept.clone());
        kept
    }

    /// Shows a folder from outside as this one.
    pub(crate) fn keep(&mut self, folder: &'static str, kept: PathBuf) {
        for folder in [&self.path(folder), &kept] {
            fs::create_dir_all(folder).expect("the folder can be made");
        }
        self.kept.push((folder, kept));
    }

    /// Runs a script.
    pub(crate) fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = self.command("");
        command
            .args(["bash", "-c", script])
            .envs(variables.iter().copied());
        command.output().expect("bubblewrap runs")
    }

    /// A command in a folder; its program and its arguments are to be added.
    pub(crate) fn command(&self, folder: &str) -> Command {
        let mut command = Command::new("bwrap");
        command.arg("--die-with-parent");
        if rustix::process::geteuid().is_root() {
            command.args(["--cap-add", "ALL"]); // nobody else may have them
        }
        for entry in fs::read_dir("/")
            .expect("it can be listed")
            .flatten()
            .map(|entry| entry.path())
        {
            match fs::read_link(&entry) {
                Ok(target) => command.arg("--symlink").arg(target).arg(&entry),
                Err(_) => command.arg("--dev-bind-try").arg(&entry).arg(&entry),
            };
        }
        let here = Path::new("/").join(self.name);
        command.arg("--bind").arg(self.folder.path()).arg(&here);
        for (folder, kept) in &self.kept {
            command.arg("--bind").arg(kept).arg(here.join(folder));
        }
        command.arg("--chdir").arg(here.join(folder));
        let path = std::env::var("PATH").expect("there is a path");
        command
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_BUILD_DIR")
            .env("PATH", format!("{}:{path}", here.join("tools").display()));
        command
    }
}
