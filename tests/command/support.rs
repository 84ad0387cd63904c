//! Courses to work in: a toy of two exercises, or a copy of this checkout; and programs run there.

#[cfg(feature = "compiling-tests")]
mod copy;
mod packs;
#[cfg(feature = "compiling-tests")]
mod processes;
mod waiting;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) use waiting::{kill, wait};

/// The command under test.
pub(crate) const ATTENTIVE: &str = env!("CARGO_BIN_EXE_attentive");
/// This checkout.
const COURSE: &str = env!("CARGO_MANIFEST_DIR");

/// First exercise of the toy course.
pub(crate) const HALVE: &str = "exercises/01-halve";

/// A course in a folder of its own, with all exercises unsolved.
pub(crate) struct Checkout {
    pub(crate) root: PathBuf,
}

/// The output of a program, and its exit status.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Checkout {
    /// Makes a course of two exercises, `01-halve` and `02-quarter`, of which the second is built on the first. It is
    /// compiled in a second or two, because the grader is this checkout's own and is compiled once for all toys.
    pub(crate) fn toy(name: &str) -> Self {
        Self::toy_in(name, name)
    }

    /// Makes the toy in the folder `name`. Cargo takes those of one `kind` for each other, as it does with checkouts of the
    /// course that share a target folder.
    pub(crate) fn toy_in(name: &str, kind: &str) -> Self {
        let template = Path::new(COURSE).join("tests/command/toy");
        let mut wanted = files(&template);
        for (file, bytes) in &mut wanted {
            if file.ends_with("Cargo.toml") {
                let text = String::from_utf8_lossy(bytes).replace("@COURSE@", COURSE);
                *bytes = text.into_bytes();
            }
        }
        for (folder, pack) in [
            ("01-halve", packs::halve()),
            ("02-quarter", packs::quarter()),
        ] {
            let exercise = Path::new("exercises").join(folder);
            wanted.insert(exercise.join("golden.safetensors"), pack);
        }
        wanted.insert("Cargo.toml".into(), toy_workspace(kind).into_bytes());
        // The same versions as here, so that what is compiled is shared; cargo takes out what the toy does not need.
        let lock = fs::read(Path::new(COURSE).join("Cargo.lock")).expect("the lock file is there");
        wanted.insert("Cargo.lock".into(), lock);
        Self::write_all("toys", name, wanted)
    }

    /// Makes a folder have these files and no others. Those that are as they should be are left alone, so that cargo
    /// finds what it compiled in an earlier run of the tests.
    fn write_all(kind: &str, name: &str, wanted: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME"));
        let root = own.join(kind).join(name);
        for file in files(&root).keys() {
            if !wanted.contains_key(file) {
                fs::remove_file(root.join(file)).expect("a file of an earlier run can be removed");
                // An empty folder would be one that nobody made.
                for folder in file.ancestors().skip(1) {
                    let _ = fs::remove_dir(root.join(folder));
                }
            }
        }
        let checkout = Self { root };
        for (file, bytes) in wanted {
            if fs::read(checkout.root.join(&file)).ok().as_ref() != Some(&bytes) {
                checkout.write(file, bytes);
            }
        }
        checkout
    }

    pub(crate) fn path(&self, file: impl AsRef<Path>) -> PathBuf {
        self.root.join(file)
    }

    pub(crate) fn read(&self, file: impl AsRef<Path>) -> String {
        fs::read_to_string(self.path(&file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.as_ref().display()))
    }

    /// Writes a file in one step, so that a watch never sees half of it.
    pub(crate) fn write(&self, file: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("the folder can be made");
        let aside = self.root.with_extension("written");
        fs::write(&aside, text).expect("a file can be written beside the course");
        fs::rename(&aside, path).expect("a file of the course can be replaced");
    }

    /// Changes a text that is in a file.
    pub(crate) fn replace(&self, file: impl AsRef<Path>, from: &str, to: &str) {
        let text = self.read(&file);
        assert!(
            text.contains(from),
            "{} has no {from:?}",
            file.as_ref().display()
        );
        self.write(file, text.replacen(from, to, 1));
    }

    /// Puts the toy's first solution into the learner's file, with a change.
    pub(crate) fn solve(&self, from: &str, to: &str) {
        self.solve_in("01-halve", from, to);
    }

    /// Puts the solution of an exercise into the learner's file, with a change.
    pub(crate) fn solve_in(&self, folder: &str, from: &str, to: &str) {
        let file = format!("{folder}/src/lib.rs");
        let solution = self.read(format!("solutions/{file}"));
        assert!(solution.contains(from), "the solution has no {from:?}");
        self.write(format!("exercises/{file}"), solution.replacen(from, to, 1));
    }

    /// All files but those that building leaves.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.root)
    }

    /// The command, ready to be run here.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null());
        let build = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("tmp is in the target folder");
        // What is compiled is shared with this course. Finished programs are not: a test of this course that runs beside would
        // run those of the checkout.
        command
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("CARGO_BUILD_BUILD_DIR", build)
            .env("CARGO_TERM_COLOR", "never");
        command
            .env("LC_ALL", "C.UTF-8")
            .env_remove("COLUMNS")
            .env("NO_COLOR", "1")
            .env("RUST_BACKTRACE", "0");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn attentive(&self, arguments: &[&str]) -> Ran {
        ran(self.command(ATTENTIVE, arguments).output())
    }

    /// The command with something typed.
    pub(crate) fn typing(&self, arguments: &[&str], typed: &str) -> Ran {
        let mut child = self
            .command(ATTENTIVE, arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // It may end before it has read everything.
        let _ = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(typed.as_bytes());
        ran(child.wait_with_output())
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Ran {
        ran(self.command(env!("CARGO"), arguments).output())
    }
}

impl Ran {
    /// Asserts the exit status, and shows everything if it is another.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.status, status,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }
}

pub(crate) fn ran(output: std::io::Result<Output>) -> Ran {
    let output = output.expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
    Ran {
        status: output.status.code().expect("it was not ended by a signal"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Makes the toy's workspace from this checkout's, with the same dependencies and profiles.
fn toy_workspace(kind: &str) -> String {
    let text = fs::read_to_string(Path::new(COURSE).join("Cargo.toml")).expect("a manifest");
    let mut manifest: toml::Table = text.parse().expect("the manifest is TOML");
    manifest.retain(|key, _| key == "workspace" || key == "profile");
    let workspace = manifest["workspace"].as_table_mut().expect("a table");
    workspace.retain(|key, _| ["resolver", "package", "dependencies"].contains(&key));
    let members = vec!["exercises/[0-9]*".to_owned(), "solutions/[0-9]*".to_owned()];
    workspace.insert("members".into(), members.into());
    // All toys share one target folder. Their crates are told apart by their version, because cargo does not look at
    // where a workspace is.
    let version = format!("{}+{kind}", env!("CARGO_PKG_VERSION"));
    workspace["package"]["version"] = version.into();
    let dependencies = workspace["dependencies"].as_table_mut().expect("a table");
    for (_, dependency) in dependencies.iter_mut() {
        if let Some(toml::Value::String(path)) = dependency.get_mut("path") {
            *path = format!("{COURSE}/{path}");
        }
    }
    manifest.to_string()
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = folder.join(entry.file_name());
            let built = ["target", ".git", "book/html"]
                .iter()
                .any(|built| path == Path::new(built));
            if built {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                // A link to nothing has no bytes.
                files.insert(path, fs::read(entry.path()).unwrap_or_default());
            }
        }
    }
    files
}
