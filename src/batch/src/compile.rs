//! Stage 1: from a student's sources to a worker's executable, by the compiler alone, in the sandbox.
//!
//! No build script, no manifest and no test of theirs takes part. The result leaves the sandbox through a pipe: there
//! is no place in it that is also a place outside.

mod compiler;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use attentive_grader::{ProcessEnd, Signal};

use crate::context::GradingContext;
use crate::course::Exercise;
use crate::dependencies::{Extern, Externs};
use crate::limits::{LimitHit, Limits};
use crate::permissions::open_to_all;
use crate::sandbox::{BoundedEnd, ENTERED, LaunchSpec, ProcessLimits, SyscallFilter, run_bounded};
use crate::slot::Slot;
use crate::text::plain;
use compiler::SandboxedCompiler;

/// The largest executable, in bytes. One of an exercise has less than 1 MiB, one of all exercises less than 16 MiB.
pub(crate) const MAX_EXECUTABLE_BYTES: u64 = 128 << 20;
/// The most processes and threads of the compiler.
pub(crate) const MAX_COMPILER_THREADS: u64 = 128;
/// The most bytes of the compiler's messages that are kept.
const MAX_MESSAGE_BYTES: u64 = 32 << 10;
/// The name of the program's crate, and of its file.
pub(crate) const PROGRAM: &str = "grade";

/// The outcome of compiling.
#[derive(Debug)]
pub(crate) enum Compiled {
    /// The worker's executable was written.
    Worker,
    /// The compiler's message.
    Rejected(String),
    /// The limit that was reached.
    Limit(LimitHit),
    /// The grader's own fault.
    Fault(String),
}

/// The crates of one program, in the order in which they are compiled: the last is the program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) crates: Vec<Crate>,
    /// The folder of the compiled crates that they may depend on.
    pub(crate) dependencies: PathBuf,
}

/// One crate to compile.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) kind: CrateKind,
    /// Its first file, from the course's folder.
    pub(crate) root: PathBuf,
    /// The folder of its package, from the course's folder, and the package's name.
    pub(crate) package: (PathBuf, String),
    pub(crate) externs: Vec<Extern>,
    /// The name of the library of this program that it depends on.
    pub(crate) library: Option<String>,
    /// `true` if there is a student's code in it: line numbers are kept, as `cargo test` does, so that a panic in ndarray is
    /// reported at the student's line that called it.
    pub(crate) has_lines: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CrateKind {
    Library,
    Program,
}

impl Program {
    /// Returns the program of one exercise: the student's library, and the adapter.
    pub(crate) fn of_exercise(context: &GradingContext<'_>, exercise: &Exercise) -> Self {
        let externs = context.dependencies.externs.get(&exercise.folder);
        let Externs { library, adapter } = externs.cloned().unwrap_or_default();
        let folder = Path::new("exercises").join(&exercise.folder);
        let package = (folder.clone(), exercise.name.clone());
        let library = Crate {
            name: exercise.library(),
            kind: CrateKind::Library,
            root: folder.join("src/lib.rs"),
            package: package.clone(),
            externs: library,
            library: None,
            has_lines: true,
        };
        let adapter = Crate {
            name: PROGRAM.to_owned(),
            kind: CrateKind::Program,
            root: folder.join("tests/grade.rs"),
            package,
            externs: adapter,
            library: Some(exercise.library()),
            has_lines: false,
        };
        Self {
            crates: vec![library, adapter],
            dependencies: context.dependencies.of(&exercise.folder),
        }
    }
}

/// Compiles a program into the file `worker`, in the time that remains. `stage` is the course's folder with the sources,
/// `slot` tells those apart that run at one time.
pub(crate) fn compile(
    context: &GradingContext<'_>,
    program: &Program,
    stage: &Path,
    worker: &Path,
    remaining: Duration,
    slot: Slot,
) -> io::Result<Compiled> {
    open_to_all(stage)?;
    let scratch = tempfile::tempdir_in(stage.parent().unwrap_or(stage))?;
    let compiler = SandboxedCompiler::new(context, program, stage, scratch.path());
    let limits = context.limits;
    let spec = LaunchSpec {
        seconds: Some(limits.compile.as_secs() + 1),
        memory: Some(limits.compile_memory << 20),
        processes: Some(MAX_COMPILER_THREADS),
        file: Some(MAX_EXECUTABLE_BYTES),
        filter: SyscallFilter::Compiler,
        core: None,
        user: None,
        steps: compiler.steps(program),
        result: Some(compiler.scratch.join(PROGRAM)),
    };
    let process_limits = ProcessLimits {
        time: limits.compile.min(remaining),
        output: MAX_EXECUTABLE_BYTES,
        errors: MAX_MESSAGE_BYTES,
    };
    let command = context.sandbox.command(&compiler.mounts, slot.number, spec);
    let output = run_bounded(command, process_limits, File::create(worker)?)?;
    let Some(messages) = output.errors.strip_prefix(ENTERED) else {
        return Ok(Compiled::Fault(format!(
            "the sandbox could not be entered: {}",
            plain(output.errors.trim())
        )));
    };
    Ok(match output.end {
        BoundedEnd::Ended(status) if status.success() => Compiled::Worker,
        BoundedEnd::Ended(status) => failed(status, messages, limits),
        BoundedEnd::OutputTooLarge => Compiled::Limit(LimitHit::ProgramSize {
            mib: MAX_EXECUTABLE_BYTES >> 20,
        }),
        BoundedEnd::OutOfTime if process_limits.time < limits.compile => {
            Compiled::Limit(LimitHit::SubmissionTime(limits.submission))
        }
        BoundedEnd::OutOfTime => Compiled::Limit(LimitHit::CompileTime(limits.compile)),
    })
}

/// Finds the reason for which a compiler did not succeed.
fn failed(status: ExitStatus, messages: &str, limits: &Limits) -> Compiled {
    // A linker that has no memory left is an error of the compiler's like any other: only its words tell.
    let out_of_memory = ["memory allocation of", "out of memory", "bad_alloc"];
    if out_of_memory.iter().any(|words| messages.contains(words)) {
        return Compiled::Limit(LimitHit::CompileMemory {
            mib: limits.compile_memory,
        });
    }
    match ProcessEnd::from(status).signal() {
        Some(Signal::Kill | Signal::CpuLimit) => {
            Compiled::Limit(LimitHit::CompileCpuTime(limits.compile))
        }
        Some(Signal::FileSizeLimit) => Compiled::Limit(LimitHit::CompiledFileSize {
            mib: MAX_EXECUTABLE_BYTES >> 20,
        }),
        Some(Signal::Abort | Signal::SegmentationFault) => Compiled::Rejected(
            "the compiler itself crashed (endless recursion in a macro or a type, perhaps)".into(),
        ),
        _ if messages.trim().is_empty() => {
            Compiled::Rejected("the compiler ended without a message".into())
        }
        _ => Compiled::Rejected(plain(messages.trim_end())),
    }
}

/// Writes an exercise into the folder of a course, so that messages name the files as the student knows them.
pub(crate) fn write_exercise(
    stage: &Path,
    exercise: &Exercise,
    adapter: &str,
    sources: &BTreeMap<String, String>,
) -> io::Result<()> {
    let folder = stage.join("exercises").join(&exercise.folder);
    write(&folder.join("tests/grade.rs"), adapter)?;
    for asset in &exercise.assets {
        let name = asset.path.file_name().unwrap_or_default();
        fs::copy(&asset.path, folder.join(name))?;
    }
    for (path, text) in sources {
        write(&folder.join("src").join(path), text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
