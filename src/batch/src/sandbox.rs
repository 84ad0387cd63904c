//! The sandbox that submissions are compiled and run in: bubblewrap's namespaces around, resource limits and a filter
//! of system calls within. The instructors' chapter of the book has the threat model.
//!
//! A program in the sandbox sees the files of its [`Mounts`] under `/` and nothing else; no file in it can be written but
//! in `/tmp`, where there is one; it has no network, and no process but its own exists.

mod launcher;
mod process;
mod seccomp;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

pub(crate) use launcher::{ENTERED, LaunchSpec, Step, launch, launch_argument};
pub(crate) use process::{BoundedEnd, ProcessLimits, run_bounded};
pub(crate) use seccomp::SyscallFilter;

/// A reason for which there is no sandbox.
#[derive(Debug, Error)]
pub(crate) enum SandboxError {
    #[error(
        "no sandbox: bubblewrap is not there ({0}). Students' programs are not run without one.\n\
         Install it (Debian and Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap; Arch: pacman -S bubblewrap)"
    )]
    Missing(std::io::Error),
    #[error(
        "no sandbox: bubblewrap cannot make one here. Students' programs are not run without one. It said:\n{0}\n\
         Most often user namespaces are switched off: see `sysctl kernel.unprivileged_userns_clone user.max_user_namespaces` and, \
         on Ubuntu, `kernel.apparmor_restrict_unprivileged_userns`. In a container, allow them (Docker: --security-opt seccomp=unconfined \
         --cap-add SYS_ADMIN), or grade outside"
    )]
    Refused(String),
    #[error("this program cannot find itself: {0}")]
    Itself(std::io::Error),
}

/// The isolation of students' programs from everything else.
#[derive(Debug, Clone)]
pub(crate) struct Sandbox {
    kind: Kind,
    /// This program: the launcher in the sandbox, which sets limits and then becomes the student's program.
    itself: PathBuf,
    /// Shared libraries: the path of each, and the path by which programs look for it.
    libraries: BTreeSet<(PathBuf, PathBuf)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Asked for by name: limits and the filter of system calls only.
    None,
    /// By an ordinary user: bubblewrap makes a user namespace.
    User,
    /// By root: no user namespace, in which root's processes could not be counted; a user of its own instead.
    Root,
}

/// Everything that a sandboxed program sees.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mounts {
    /// Files and folders: the path outside, and the path inside.
    shown: Vec<(PathBuf, PathBuf)>,
    /// `true` if the system's own programs and libraries are there, which a linker needs. `/proc` is never there: it shows
    /// this program's arguments.
    system: bool,
    /// The size of `/tmp`, in MiB; `None` for no `/tmp`.
    scratch: Option<u64>,
}

impl Mounts {
    /// Makes mounts of single files and folders.
    pub(crate) fn new(shown: impl IntoIterator<Item = (PathBuf, PathBuf)>) -> Self {
        Self {
            shown: shown.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds the system's programs and libraries, and a `/tmp` of `scratch` MiB.
    #[must_use]
    pub(crate) fn with_system(mut self, scratch: u64) -> Self {
        (self.system, self.scratch) = (true, Some(scratch));
        self
    }
}

impl Sandbox {
    /// Makes a sandbox, and proves by running a program in it that it works.
    pub(crate) fn new() -> Result<Self, SandboxError> {
        let itself = std::env::current_exe().map_err(SandboxError::Itself)?;
        let is_root = rustix::process::geteuid().is_root();
        let kind = if is_root { Kind::Root } else { Kind::User };
        let sandbox = Self {
            kind,
            itself,
            libraries: libraries(),
        };
        let step = Step {
            program: "/bin/true".into(),
            ..Step::default()
        };
        let spec = LaunchSpec {
            steps: vec![step],
            ..LaunchSpec::default()
        };
        let output = sandbox
            .command(&Mounts::default().with_system(1), 0, spec)
            .output()
            .map_err(SandboxError::Missing)?;
        let said = String::from_utf8_lossy(&output.stderr).replace(ENTERED, "");
        if output.status.success() {
            Ok(sandbox)
        } else {
            Err(SandboxError::Refused(said.trim().to_owned()))
        }
    }

    /// Makes the stand-in for `--no-sandbox`: limits and the filter of system calls only.
    pub(crate) fn none() -> Result<Self, SandboxError> {
        let itself = std::env::current_exe().map_err(SandboxError::Itself)?;
        Ok(Self {
            kind: Kind::None,
            itself,
            libraries: BTreeSet::new(),
        })
    }

    /// Returns `true` if programs run in a sandbox.
    pub(crate) fn is_enabled(&self) -> bool {
        self.kind != Kind::None
    }

    /// Path by which a program finds a file: `shown` in a sandbox, its real path without one.
    pub(crate) fn path(&self, real: &Path, shown: &str) -> PathBuf {
        if self.is_enabled() {
            shown.into()
        } else {
            real.to_owned()
        }
    }

    /// Builds the command that launches `spec` in a sandbox with `mounts`. `slot` tells those apart that run at one time.
    pub(crate) fn command(&self, mounts: &Mounts, slot: usize, mut spec: LaunchSpec) -> Command {
        let mut command = match self.kind {
            Kind::None => {
                let mut command = Command::new(&self.itself);
                spec.processes = None; // the instructor's own would be counted, too
                command
                    .env_clear()
                    .env("PATH", std::env::var_os("PATH").unwrap_or_default());
                command
            }
            Kind::User | Kind::Root => self.bubblewrap(mounts, &mut spec, slot),
        };
        command.args(spec.arguments());
        command
    }

    fn bubblewrap(&self, mounts: &Mounts, spec: &mut LaunchSpec, slot: usize) -> Command {
        let mut command = Command::new("bwrap");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        if self.kind == Kind::Root {
            command.args([
                "--unshare-ipc",
                "--unshare-pid",
                "--unshare-net",
                "--unshare-uts",
                "--unshare-cgroup-try",
            ]);
            command.args([
                "--cap-drop",
                "ALL",
                "--cap-add",
                "CAP_SETUID",
                "--cap-add",
                "CAP_SETGID",
            ]);
            spec.user = Some(user(slot));
        } else {
            command.args(["--unshare-all", "--cap-drop", "ALL"]);
        }
        command.args([
            "--die-with-parent",
            "--new-session",
            "--clearenv",
            "--hostname",
            "sandbox",
            "--chdir",
            "/",
        ]);
        if mounts.system {
            system(&mut command);
            command.args(["--dev", "/dev"]);
        } else {
            self.dynamic(&mut command);
        }
        if let Some(size) = mounts.scratch {
            command.args([
                "--perms",
                "1777",
                "--size",
                &(size << 20).to_string(),
                "--tmpfs",
                "/tmp",
            ]);
        }
        show(&mut command, &self.itself, Path::new("/enter"));
        for (real, shown) in &mounts.shown {
            show(&mut command, real, shown);
        }
        command.args(["--remount-ro", "/", "--", "/enter"]);
        command
    }

    /// Mounts the libraries that a dynamically linked program needs to start, and `/proc/self/exe`, by which a backtrace
    /// finds the program: there is no other `/proc`.
    fn dynamic(&self, command: &mut Command) {
        command.args([
            "--dir",
            "/proc",
            "--dir",
            "/proc/self",
            "--symlink",
            "/worker",
            "/proc/self/exe",
        ]);
        for (real, shown) in &self.libraries {
            show(command, real, shown);
        }
        links(command);
    }
}

/// User id of a sandbox that root starts: a different one for each that runs at one time, because the kernel counts
/// processes by user. No account needs to exist.
fn user(slot: usize) -> u32 {
    let run = std::process::id() as usize % 16;
    64_000 + u32::try_from((run * 64 + slot) % 1_000).unwrap_or(0)
}

/// Mounts a file or folder, read-only. The folders above it are made first: those that bubblewrap would make by itself
/// could be read by its own user only, and the program runs as another.
fn show(command: &mut Command, real: &Path, shown: &Path) {
    let mut above: Vec<&Path> = shown
        .ancestors()
        .skip(1)
        .filter(|folder| folder.parent().is_some())
        .collect();
    above.reverse();
    for folder in above {
        command.arg("--dir").arg(folder);
    }
    command.arg("--ro-bind").arg(real).arg(shown);
}

/// Mounts the system's programs and libraries, and no more of `/usr`.
fn system(command: &mut Command) {
    for folder in ["bin", "lib", "lib32", "lib64", "libexec"] {
        let real = Path::new("/usr").join(folder);
        if real.is_dir() && !real.is_symlink() {
            show(command, &real, &real);
        }
        let top = Path::new("/").join(folder);
        if top.is_dir() && !top.is_symlink() {
            show(command, &top, &top);
        }
    }
    links(command);
    // Debian's `cc` is a link through this folder.
    command.args([
        "--dir",
        "/etc",
        "--ro-bind-try",
        "/etc/alternatives",
        "/etc/alternatives",
    ]);
}

/// Makes `/lib` and its like, where they are links into `/usr`.
fn links(command: &mut Command) {
    for folder in ["/bin", "/lib", "/lib32", "/lib64"] {
        if let Ok(target) = std::fs::read_link(folder) {
            command.arg("--symlink").arg(target).arg(folder);
        }
    }
}

/// Finds the shared libraries that this program runs with; any other program of the toolchain needs the same.
fn libraries() -> BTreeSet<(PathBuf, PathBuf)> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mapped = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..])));
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let mut files: BTreeSet<PathBuf> = mapped.filter(|path| name(path).contains(".so")).collect();
    // Students' programs may be linked with parts of the C library that this one is not.
    let parts = ["libm.so.6", "librt.so.1", "libdl.so.2", "libpthread.so.0"];
    let beside = |path: &PathBuf| parts.map(|part| path.with_file_name(part));
    let beside: Vec<PathBuf> = files.iter().flat_map(beside).collect();
    files.extend(beside);
    files.retain(|path| path.is_file());
    let mut libraries: BTreeSet<_> = files.into_iter().map(|path| (path.clone(), path)).collect();
    // The loader is called by a name of its own, which is most often a link.
    for folder in ["/lib64", "/lib"]
        .iter()
        .filter_map(|folder| Path::new(folder).canonicalize().ok())
    {
        let entries = folder
            .read_dir()
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        let loaders = entries
            .map(|entry| entry.path())
            .filter(|path| name(path).starts_with("ld-linux"));
        libraries.extend(loaders.filter_map(|path| Some((path.canonicalize().ok()?, path))));
    }
    libraries
}
