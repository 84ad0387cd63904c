//! Stage 1: from a student's sources to a worker's executable, by the compiler alone, in the sandbox.
//!
//! No build script, no manifest and no test of theirs takes part. The result leaves the sandbox through a pipe: there
//! is no place in it that is also a place outside.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use attentive_grader::{ProcessEnd, Signal};

use crate::budget::JobBudget;
use crate::context::GradingContext;
use crate::course::Exercise;
use crate::dependencies::Extern;
use crate::limits::{LimitHit, Limits};
use crate::permissions::open_to_all;
use crate::sandbox::{
    BoundedEnd, ENTERED, LaunchSpec, Mount, Mounts, ProcessLimits, Step, SyscallFilter, run_bounded,
};
use crate::slot::Slot;
use crate::text::plain;

/// The largest executable, in bytes. Theirs have less than 1 MiB.
pub(crate) const MAX_EXECUTABLE_BYTES: u64 = 128 << 20;
/// The most processes and threads of the compiler.
pub(crate) const MAX_COMPILER_THREADS: u64 = 128;
/// The most bytes of the compiler's messages that are kept.
const MAX_MESSAGE_BYTES: u64 = 32 << 10;

/// The size of the compiler's `/tmp`, in MiB.
const SCRATCH_MIB: u64 = 512;

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

/// Compiles an exercise's sources into the file `worker`, in the time that its budget leaves. `stage` is an empty folder
/// for this purpose, `slot` tells those apart that run at one time.
pub(crate) fn compile(
    context: &GradingContext<'_>,
    exercise: &Exercise,
    sources: &BTreeMap<String, String>,
    stage: &Path,
    worker: &Path,
    budget: JobBudget<'_>,
    slot: Slot,
) -> io::Result<Compiled> {
    write_crate(stage, exercise, sources)?;
    open_to_all(stage)?;
    let scratch = tempfile::tempdir_in(stage.parent().unwrap_or(stage))?;
    let compiler = SandboxedCompiler::new(context, exercise, stage, scratch.path());
    let limits = context.limits;
    let spec = LaunchSpec {
        seconds: Some(limits.compile.as_secs() + 1),
        memory: Some(limits.compile_memory << 20),
        processes: Some(MAX_COMPILER_THREADS),
        file: Some(MAX_EXECUTABLE_BYTES),
        filter: SyscallFilter::Compiler,
        core: None,
        user: None,
        steps: compiler.steps(context, exercise),
        result: Some(compiler.scratch.join("grade")),
    };
    let process_limits = ProcessLimits {
        time: limits.compile.min(budget.remaining()),
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

/// Writes the folders of a course with this one exercise, so that messages name the files as the student knows them.
fn write_crate(
    stage: &Path,
    exercise: &Exercise,
    sources: &BTreeMap<String, String>,
) -> io::Result<()> {
    let folder = stage.join("exercises").join(&exercise.folder);
    write(&folder.join("tests/grade.rs"), &exercise.adapter)?;
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

/// The compiler in its sandbox: the mounts, and the paths by which it finds everything.
struct SandboxedCompiler {
    mounts: Mounts,
    rustc: PathBuf,
    sysroot: PathBuf,
    dependencies: PathBuf,
    course: PathBuf,
    scratch: PathBuf,
    /// `true` if `/linker/ld.lld` is the toolchain's own linker.
    has_own_linker: bool,
}

impl SandboxedCompiler {
    fn new(
        context: &GradingContext<'_>,
        exercise: &Exercise,
        stage: &Path,
        scratch: &Path,
    ) -> Self {
        let (sandbox, dependencies) = (context.sandbox, context.dependencies);
        let (sysroot, host) = (
            &dependencies.toolchain.sysroot,
            &dependencies.toolchain.host,
        );
        let folder = dependencies.root.join(&exercise.folder);
        // Of the toolchain, only the compiler: its documentation and sources are 20 times as large.
        let mut files = vec![
            Mount::new(sysroot.join("lib"), "/toolchain/lib"),
            Mount::new(sysroot.join("bin/rustc"), "/toolchain/bin/rustc"),
            Mount::new(&folder, "/dependencies"),
            Mount::new(stage, "/course"),
        ];
        // The toolchain's own linker is the fast one. In its own folder, it would need `/proc` to find its way. The flags
        // that choose it are stable on this host only.
        let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
        let has_own_linker =
            sandbox.is_enabled() && host == "x86_64-unknown-linux-gnu" && linker.is_file();
        if has_own_linker {
            files.push(Mount::new(linker, "/linker/ld.lld"));
        }
        Self {
            mounts: Mounts::new(files).with_system(SCRATCH_MIB),
            rustc: sandbox.path(&sysroot.join("bin/rustc"), "/toolchain/bin/rustc"),
            sysroot: sandbox.path(sysroot, "/toolchain"),
            dependencies: sandbox.path(&folder, "/dependencies"),
            course: sandbox.path(stage, "/course"),
            scratch: sandbox.path(scratch, "/tmp"),
            has_own_linker,
        }
    }

    /// Returns the two calls of the compiler: for the student's library, and for the worker's program.
    fn steps(&self, context: &GradingContext<'_>, exercise: &Exercise) -> Vec<Step> {
        let externs = context.dependencies.externs.get(&exercise.folder);
        let (library, adapter) = externs.map_or((&[][..], &[][..]), |externs| {
            (&externs.library[..], &externs.adapter[..])
        });
        vec![
            self.library(exercise, library),
            self.adapter(exercise, adapter),
        ]
    }

    fn library(&self, exercise: &Exercise, externs: &[Extern]) -> Step {
        let mut step = self.step(exercise, "src/lib.rs", &exercise.library(), externs);
        // With line numbers, as `cargo test` has them: a panic in ndarray is reported at the student's line that called it.
        let options = ["--crate-type=rlib", "-Cdebuginfo=line-tables-only"];
        step.arguments.extend(options.map(str::to_owned));
        step
    }

    fn adapter(&self, exercise: &Exercise, externs: &[Extern]) -> Step {
        let mut step = self.step(exercise, "tests/grade.rs", "grade", externs);
        let library = exercise.library();
        let file = self.scratch.join(format!("lib{library}.rlib"));
        let options = ["--crate-type=bin", "-Cprefer-dynamic", "--extern"];
        step.arguments.extend(options.map(str::to_owned));
        step.arguments.push(format!("{library}={}", file.display()));
        if self.has_own_linker {
            let options = [
                "-Clinker-features=-lld",
                "-Clink-arg=-B/linker",
                "-Clink-arg=-fuse-ld=lld",
            ];
            step.arguments.extend(options.map(str::to_owned));
        }
        step
    }

    /// Returns a call of the compiler as `cargo test` makes it, but without warnings, which nobody asked for.
    fn step(&self, exercise: &Exercise, file: &str, name: &str, externs: &[Extern]) -> Step {
        let mut arguments = vec![
            "--edition=2024".to_owned(),
            format!("--crate-name={name}"),
            format!("--sysroot={}", self.sysroot.display()),
            "-Awarnings".to_owned(),
            "--color=never".to_owned(),
            "--diagnostic-width=100".to_owned(),
            "-Ccodegen-units=1".to_owned(),
            "-Cembed-bitcode=no".to_owned(),
            format!("-Ldependency={}", self.dependencies.display()),
        ];
        for Extern { name, file } in externs {
            let file = self.dependencies.join(file);
            arguments.push("--extern".to_owned());
            arguments.push(format!("{name}={}", file.display()));
        }
        arguments.push(format!("--out-dir={}", self.scratch.display()));
        arguments.push(format!("exercises/{}/{file}", exercise.folder));
        let manifest = self.course.join("exercises").join(&exercise.folder);
        let environment = [
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("TMPDIR", self.scratch.display().to_string()),
            // Without `/proc`, the compiler cannot find its libraries by its own path.
            (
                "LD_LIBRARY_PATH",
                self.sysroot.join("lib").display().to_string(),
            ),
            ("CARGO_MANIFEST_DIR", manifest.display().to_string()),
            ("CARGO_PKG_NAME", exercise.name.clone()),
            ("CARGO_CRATE_NAME", name.to_owned()),
        ];
        Step {
            program: self.rustc.clone(),
            arguments,
            environment: environment
                .map(|(key, value)| (key.to_owned(), value))
                .into(),
            folder: Some(self.course.clone()),
        }
    }
}
