//! The files that a sandboxed program sees.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file or folder that is mounted, read-only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mount {
    /// The path outside.
    pub(crate) source: PathBuf,
    /// The path inside.
    pub(crate) target: PathBuf,
}

impl Mount {
    /// Makes a mount.
    pub(crate) fn new(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self {
            source: source.into(),
            target: target.into(),
        }
    }

    /// Adds bubblewrap's arguments. The folders above are made first: those that bubblewrap would make by itself could be
    /// read by its own user only, and the program runs as another.
    pub(super) fn add_to(&self, command: &mut Command) {
        let mut above: Vec<&Path> = self
            .target
            .ancestors()
            .skip(1)
            .filter(|folder| folder.parent().is_some())
            .collect();
        above.reverse();
        for folder in above {
            command.arg("--dir").arg(folder);
        }
        command.arg("--ro-bind").arg(&self.source).arg(&self.target);
    }
}

/// Everything that a sandboxed program sees.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mounts {
    files: Vec<Mount>,
    /// `true` if the system's own programs and libraries are there, which a linker needs. `/proc` is never there: it shows
    /// this program's arguments.
    system: bool,
    /// The size of `/tmp`, in MiB; `None` for no `/tmp`.
    scratch: Option<u64>,
}

impl Mounts {
    /// Makes mounts of single files and folders.
    pub(crate) fn new(files: Vec<Mount>) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    /// Adds the system's programs and libraries, and a `/tmp` of `scratch` MiB.
    #[must_use]
    pub(crate) fn with_system(mut self, scratch: u64) -> Self {
        (self.system, self.scratch) = (true, Some(scratch));
        self
    }

    /// Adds bubblewrap's arguments. `libraries` are for programs that do not have the system's own.
    pub(super) fn add_to(&self, command: &mut Command, libraries: &BTreeSet<Mount>) {
        if self.system {
            add_system(command);
            command.args(["--dev", "/dev"]);
        } else {
            add_libraries(command, libraries);
        }
        if let Some(mib) = self.scratch {
            let bytes = (mib << 20).to_string();
            command.args(["--perms", "1777", "--size", &bytes, "--tmpfs", "/tmp"]);
        }
        for file in &self.files {
            file.add_to(command);
        }
    }
}

/// Adds the libraries that a dynamically linked program needs to start, and `/proc/self/exe`, by which a backtrace finds
/// the program: there is no other `/proc`.
fn add_libraries(command: &mut Command, libraries: &BTreeSet<Mount>) {
    command.args(["--dir", "/proc", "--dir", "/proc/self"]);
    command.args(["--symlink", "/worker", "/proc/self/exe"]);
    for library in libraries {
        library.add_to(command);
    }
    add_links(command);
}

/// Adds the system's programs and libraries, and no more of `/usr`.
fn add_system(command: &mut Command) {
    for folder in ["bin", "lib", "lib32", "lib64", "libexec"] {
        for parent in ["/usr", "/"] {
            let path = Path::new(parent).join(folder);
            if path.is_dir() && !path.is_symlink() {
                Mount::new(&path, &path).add_to(command);
            }
        }
    }
    add_links(command);
    // Debian's `cc` is a link through this folder.
    let alternatives = "/etc/alternatives";
    command.args(["--dir", "/etc", "--ro-bind-try", alternatives, alternatives]);
}

/// Adds `/lib` and its like, where they are links into `/usr`.
fn add_links(command: &mut Command) {
    for folder in ["/bin", "/lib", "/lib32", "/lib64"] {
        if let Ok(target) = std::fs::read_link(folder) {
            command.arg("--symlink").arg(target).arg(folder);
        }
    }
}

/// Finds the shared libraries that this program runs with; any other program of the toolchain needs the same.
pub(super) fn shared_libraries() -> BTreeSet<Mount> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut files = BTreeSet::new();
    for line in maps.lines() {
        let path = line.find('/').map(|at| PathBuf::from(&line[at..]));
        files.extend(path.filter(|path| file_name(path).contains(".so")));
    }
    // Students' programs may be linked with parts of the C library that this one is not.
    let parts = ["libm.so.6", "librt.so.1", "libdl.so.2", "libpthread.so.0"];
    let beside: Vec<PathBuf> = files
        .iter()
        .flat_map(|file| parts.map(|part| file.with_file_name(part)))
        .collect();
    files.extend(beside);
    files.retain(|path| path.is_file());
    let mut libraries: BTreeSet<Mount> = files
        .into_iter()
        .map(|path| Mount::new(path.clone(), path))
        .collect();
    libraries.extend(loaders());
    libraries
}

/// Finds the dynamic loader. Programs call it by a name of its own, which is most often a link.
fn loaders() -> Vec<Mount> {
    let mut loaders = Vec::new();
    for folder in ["/lib64", "/lib"] {
        let entries = Path::new(folder)
            .canonicalize()
            .and_then(|folder| folder.read_dir());
        for entry in entries.into_iter().flatten().filter_map(Result::ok) {
            let path = entry.path();
            if !file_name(&path).starts_with("ld-linux") {
                continue;
            }
            if let Ok(file) = path.canonicalize() {
                loaders.push(Mount::new(file, path));
            }
        }
    }
    loaders
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
