//! The first program that runs inside a sandbox, which is this program itself: it gives up its own rights, and then
//! becomes, or calls, the program that the sandbox is for.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};

use super::seccomp::{self, SyscallFilter};

/// The line on standard error that precedes everything that students' code prints. If it is missing, the sandbox failed.
pub(crate) const ENTERED: &str = "attentive: entered\n";
/// The argument by which this program knows that it is called inside a sandbox.
const ARGUMENT: &str = "--enter-sandbox";

/// The most files that are open at one time. A shell that allows fewer allows enough for a compiler.
const FILES: u64 = 256;
/// The stack of a program's main thread, which is that of most shells.
pub(crate) const STACK_BYTES: u64 = 8 << 20;
/// The seconds between the soft limit of processor time, at which a program is told, and the hard one, at which it ends.
pub(crate) const CPU_GRACE: u64 = 2;
/// The seconds of processor time that a program may have beyond the clock's limit.
pub(crate) const CPU_MARGIN: u64 = 5;

/// A description of the limits and programs of one launch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LaunchSpec {
    /// The processor's time, in seconds.
    pub(crate) seconds: Option<u64>,
    /// The address space, in bytes.
    pub(crate) memory: Option<u64>,
    /// Processes and threads.
    pub(crate) processes: Option<u64>,
    /// The size of a file, in bytes.
    pub(crate) file: Option<u64>,
    /// The system calls that are let through.
    pub(crate) filter: SyscallFilter,
    /// The core to run on, if not on all.
    pub(crate) core: Option<usize>,
    /// The user to become; set by the sandbox.
    pub(crate) user: Option<u32>,
    /// The programs, called one after the other until one fails. The launcher becomes a program that is alone.
    pub(crate) steps: Vec<Step>,
    /// The file that is copied to standard output when every program has succeeded.
    pub(crate) result: Option<PathBuf>,
}

/// One program to call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) folder: Option<PathBuf>,
}

impl LaunchSpec {
    /// Returns the arguments by which this program is called inside.
    pub(crate) fn arguments(&self) -> [String; 2] {
        // It is made of texts and numbers: there is JSON for all of them.
        [
            ARGUMENT.to_owned(),
            serde_json::to_string(self).unwrap_or_default(),
        ]
    }
}

/// Returns the launch's description, as text, if this program was called inside a sandbox.
pub(crate) fn launch_argument() -> Option<String> {
    let mut arguments = std::env::args().skip(1);
    (arguments.next().as_deref() == Some(ARGUMENT)).then(|| arguments.next().unwrap_or_default())
}

/// Launches the programs; does not return if it becomes another program.
pub(crate) fn launch(spec: &str) -> ExitCode {
    let done = serde_json::from_str(spec)
        .map_err(io::Error::from)
        .and_then(|spec| perform(&spec));
    done.unwrap_or_else(|error| {
        eprintln!("attentive: the sandbox cannot be entered: {error}");
        ExitCode::from(2)
    })
}

fn perform(spec: &LaunchSpec) -> io::Result<ExitCode> {
    set_limits(spec)?;
    if let Some(core) = spec.core {
        run_on(core);
    }
    // As root, programs run as another user than the one that reads what they wrote.
    umask(Mode::from_raw_mode(0o022));
    close_inherited_descriptors()?;
    let mut commands: Vec<Command> = spec
        .steps
        .iter()
        .map(|step| step.command(spec.user))
        .collect();
    seccomp::filter(spec.filter).map_err(io::Error::other)?;
    io::stderr().write_all(ENTERED.as_bytes())?;
    if let ([command], None) = (&mut commands[..], &spec.result) {
        return Err(command.exec());
    }
    for command in &mut commands {
        let status = command.status()?;
        if !status.success() {
            return Ok(ExitCode::from(code(status)));
        }
    }
    if let Some(result) = &spec.result {
        io::copy(&mut File::open(result)?, &mut io::stdout())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the cores that this process may run on.
pub(crate) fn allowed_cores() -> Vec<usize> {
    let Ok(allowed) = sched_getaffinity(None) else {
        return vec![0];
    };
    (0..CpuSet::MAX_CPU)
        .filter(|core| allowed.is_set(*core))
        .collect()
}

/// Keeps this process on one core. Its filter of system calls does not let it leave again.
fn run_on(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    // A core that has just been taken away is no reason not to run at all.
    let _ = sched_setaffinity(None, &cores);
}

/// Sets the limits of this process, and of every program that it becomes.
fn set_limits(spec: &LaunchSpec) -> io::Result<()> {
    let files = getrlimit(Resource::Nofile).maximum;
    let files = files.map_or(FILES, |most| most.min(FILES));
    for (resource, limit) in [
        (Resource::Cpu, spec.seconds),
        (Resource::As, spec.memory),
        (Resource::Nproc, spec.processes),
        (Resource::Fsize, spec.file),
        (Resource::Stack, Some(STACK_BYTES)),
        (Resource::Core, Some(0)),
        (Resource::Memlock, Some(0)),
        (Resource::Msgqueue, Some(0)),
        (Resource::Nofile, Some(files)),
    ] {
        if limit.is_none() {
            continue;
        }
        // At the soft limit of time comes the signal that says so, at the hard one the end.
        let maximum = match resource {
            Resource::Cpu => limit.map(|limit| limit + CPU_GRACE),
            _ => limit,
        };
        let limits = Rlimit {
            current: limit,
            maximum,
        };
        setrlimit(resource, limits)
            .map_err(|error| io::Error::other(format!("the limit {resource:?}: {error}")))?;
    }
    Ok(())
}

/// Closes every descriptor but the standard ones: the instructor's shell or CI may have left some open.
fn close_inherited_descriptors() -> io::Result<()> {
    #[expect(
        unsafe_code,
        reason = "no safe wrapper of this call; this program has opened nothing yet that it could close"
    )]
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    if closed == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

impl Step {
    fn command(&self, user: Option<u32>) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        command
    }
}

/// Returns a status as shells do: the code, or 128 and the signal.
fn code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(2);
    u8::try_from(code).unwrap_or(2)
}
