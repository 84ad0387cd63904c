//! The sandbox that submissions are compiled and run in: bubblewrap's namespaces around, resource limits and a filter
//! of system calls within. The instructors' chapter of the book has the threat model.
//!
//! A program in the sandbox sees the files of its [`Mounts`] under `/` and nothing else; no file in it can be written but
//! in `/tmp`, where there is one; it has no network, and no process but its own exists.

mod launcher;
mod mounts;
mod process;
mod seccomp;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

use crate::permissions::closed_to_others;

pub(crate) use launcher::{
    CPU_GRACE, CPU_MARGIN, ENTERED, LaunchSpec, STACK_BYTES, Step, allowed_cores, launch,
    launch_argument,
};
use mounts::shared_libraries;
pub(crate) use mounts::{Mount, Mounts};
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
    #[error(
        "{path}: expected a file that every user may read, found one that is closed to others: as root, programs run in the \
         sandbox as another user. Open the toolchain to all with `chmod -R a+rX {sysroot}`",
        path = path.display(),
        sysroot = sysroot.display()
    )]
    ClosedToolchain { path: PathBuf, sysroot: PathBuf },
    #[error("this program cannot find itself: {0}")]
    Itself(std::io::Error),
}

/// The isolation of students' programs from everything else.
#[derive(Debug, Clone)]
pub(crate) struct Sandbox {
    kind: Kind,
    /// This program: the launcher in the sandbox, which sets limits and then becomes the student's program.
    itself: PathBuf,
    /// The shared libraries that programs start with.
    libraries: BTreeSet<Mount>,
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

impl Sandbox {
    /// Makes a sandbox, and proves by running a program in it that it works.
    pub(crate) fn new() -> Result<Self, SandboxError> {
        let itself = std::env::current_exe().map_err(SandboxError::Itself)?;
        let is_root = rustix::process::geteuid().is_root();
        let kind = if is_root { Kind::Root } else { Kind::User };
        let sandbox = Self {
            kind,
            itself,
            libraries: shared_libraries(),
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

    /// Makes sure that the compiler can be read by the user as which it runs.
    pub(crate) fn ensure_readable(&self, sysroot: &Path) -> Result<(), SandboxError> {
        let parts = ["bin/rustc", "lib", "lib/rustlib"].map(|part| sysroot.join(part));
        match closed_to_others(&parts) {
            Some(path) if self.kind == Kind::Root => Err(SandboxError::ClosedToolchain {
                path: path.clone(),
                sysroot: sysroot.to_owned(),
            }),
            _ => Ok(()),
        }
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
        mounts.add_to(&mut command, &self.libraries);
        Mount::new(&self.itself, "/enter").add_to(&mut command);
        command.args(["--remount-ro", "/", "--", "/enter"]);
        command
    }
}

/// User id of a sandbox that root starts: a different one for each that runs at one time, because the kernel counts
/// processes by user. No account needs to exist.
fn user(slot: usize) -> u32 {
    let run = std::process::id() as usize % 16;
    64_000 + u32::try_from((run * 64 + slot) % 1_000).unwrap_or(0)
}
