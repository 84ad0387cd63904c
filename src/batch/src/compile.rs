//! Stage 1: from a student's sources to a worker's executable, by the compiler alone, in the sandbox.
//!
//! No build script, no manifest and no test of theirs takes part. The result leaves the sandbox through a pipe: there
//! is no place in it that is also a place outside.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use attentive_course::text::format_seconds;

use crate::course::Exercise;
use crate::dependencies::Dependencies;
use crate::limits::Limits;
use crate::sandbox::{
    ENTERED, LaunchSpec, Mounts, ProcessLimits, Sandbox, Step, SyscallFilter, run_bounded,
};
use crate::text::plain;

/// The largest executable, in bytes. Theirs have less than 1 MiB.
const MAX_EXECUTABLE_BYTES: u64 = 128 << 20;
/// How much of the compiler's errors is kept, in bytes.
const MAX_MESSAGE_BYTES: u64 = 32 << 10;

/// What came of compiling.
#[derive(Debug)]
pub(crate) enum Compiled {
    /// The worker's executable.
    Worker(Vec<u8>),
    /// Why there is none, in the compiler's words.
    Rejected(String),
    /// The limit that was reached.
    Limit(String),
    /// The grader's own fault.
    Fault(String),
}

/// Compiles an exercise's sources. `stage` is an empty folder for this purpose, `slot` numbers what runs at one time.
pub(crate) fn compile(
    sandbox: &Sandbox,
    dependencies: &Dependencies,
    limits: &Limits,
    exercise: &Exercise,
    sources: &BTreeMap<String, String>,
    (stage, slot): (&Path, usize),
) -> io::Result<Compiled> {
    write_crate(stage, exercise, sources)?;
    let scratch = tempfile::tempdir_in(stage.parent().unwrap_or(stage))?;
    let folder = dependencies.root.join(&exercise.folder);
    let sysroot = &dependencies.sysroot;
    // Of the toolchain, only the compiler: its documentation and sources are 20 times as large.
    let mut shown = vec![
        (sysroot.join("lib"), PathBuf::from("/toolchain/lib")),
        (sysroot.join("bin/rustc"), "/toolchain/bin/rustc".into()),
        (folder.clone(), "/dependencies".into()),
        (stage.to_owned(), "/course".into()),
    ];
    // The toolchain's own linker is the fast one. Where it usually is, it needs `/proc` to find its way.
    let linker = sysroot
        .join("lib/rustlib")
        .join(&dependencies.host)
        .join("bin/rust-lld");
    let is_told_so = dependencies.host == "x86_64-unknown-linux-gnu"; // where the flag below is stable
    let has_linker = sandbox.is_enabled() && is_told_so && linker.is_file();
    if has_linker {
        shown.push((linker, "/linker/ld.lld".into()));
    }
    let mounts = Mounts::new(shown).with_system(512);
    let paths = CompilerPaths {
        rustc: sandbox.path(&sysroot.join("bin/rustc"), "/toolchain/bin/rustc"),
        sysroot: sandbox.path(sysroot, "/toolchain"),
        dependencies: sandbox.path(&folder, "/dependencies"),
        course: sandbox.path(stage, "/course"),
        scratch: sandbox.path(scratch.path(), "/tmp"),
    };
    let externs = dependencies
        .externs
        .get(&exercise.folder)
        .cloned()
        .unwrap_or_default();
    // With line numbers, as `cargo test` has them: what panics in ndarray is told by the student's line that called it.
    let mut library = paths.step(
        exercise,
        "src/lib.rs",
        &exercise.library(),
        &externs.library,
    );
    library
        .arguments
        .extend(["--crate-type=rlib", "-Cdebuginfo=line-tables-only"].map(str::to_owned));
    let mut adapter = paths.step(exercise, "tests/grade.rs", "grade", &externs.adapter);
    adapter
        .arguments
        .extend(["--crate-type=bin", "-Cprefer-dynamic"].map(str::to_owned));
    let file = paths
        .scratch
        .join(format!("lib{}.rlib", exercise.library()));
    adapter.arguments.extend([
        "--extern".to_owned(),
        format!("{}={}", exercise.library(), file.display()),
    ]);
    if has_linker {
        let arguments = [
            "-Clinker-features=-lld",
            "-Clink-arg=-B/linker",
            "-Clink-arg=-fuse-ld=lld",
        ];
        adapter.arguments.extend(arguments.map(str::to_owned));
    }
    let spec = LaunchSpec {
        seconds: Some(limits.compile.as_secs() + 1),
        memory: Some(limits.compile_memory << 20),
        processes: Some(128),
        file: Some(MAX_EXECUTABLE_BYTES),
        filter: SyscallFilter::Compiler,
        user: None,
        steps: vec![library, adapter],
        result: Some(paths.scratch.join("grade")),
    };
    let process_limits = ProcessLimits {
        time: limits.compile,
        output: MAX_EXECUTABLE_BYTES,
        errors: MAX_MESSAGE_BYTES,
    };
    let ended = run_bounded(sandbox.command(&mounts, slot, spec), process_limits)?;
    let Some(errors) = ended.errors.strip_prefix(ENTERED) else {
        return Ok(Compiled::Fault(format!(
            "the sandbox could not be entered: {}",
            plain(ended.errors.trim())
        )));
    };
    Ok(match ended.status {
        Some(status) if status.success() => Compiled::Worker(ended.output),
        None if ended.overflowed => {
            Compiled::Limit(format!("a program of {} MiB", MAX_EXECUTABLE_BYTES >> 20))
        }
        None => Compiled::Limit(format!("{} to compile", format_seconds(limits.compile))),
        Some(status) => compiler_failure(status.code(), errors, limits),
    })
}

/// What a compiler that did not succeed means.
fn compiler_failure(code: Option<i32>, errors: &str, limits: &Limits) -> Compiled {
    let memory = || {
        Compiled::Limit(format!(
            "{} MiB of memory to compile",
            limits.compile_memory
        ))
    };
    let out_of_memory = [
        "memory allocation of",
        "out of memory",
        "LLVM ERROR: out of memory",
        "bad_alloc",
    ];
    match code {
        _ if out_of_memory.iter().any(|phrase| errors.contains(phrase)) => memory(),
        Some(137 | 152) => Compiled::Limit(format!(
            "{} of processor time to compile",
            format_seconds(limits.compile)
        )),
        Some(153) => Compiled::Limit(format!("a file of {} MiB", MAX_EXECUTABLE_BYTES >> 20)),
        Some(134 | 139) => Compiled::Rejected(
            "the compiler itself crashed (endless recursion in a macro or a type, perhaps)".into(),
        ),
        _ if errors.trim().is_empty() => {
            Compiled::Rejected("the compiler ended without a message".into())
        }
        _ => Compiled::Rejected(plain(errors.trim_end())),
    }
}

/// Lays a course's folders out with this one exercise, so that messages name the files as the student knows them.
fn write_crate(
    stage: &Path,
    exercise: &Exercise,
    sources: &BTreeMap<String, String>,
) -> io::Result<()> {
    let folder = stage.join("exercises").join(&exercise.folder);
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, text)
    };
    write(folder.join("tests/grade.rs"), &exercise.adapter)?;
    for (asset, _) in &exercise.assets {
        fs::copy(asset, folder.join(asset.file_name().unwrap_or_default()))?;
    }
    sources
        .iter()
        .try_for_each(|(path, text)| write(folder.join("src").join(path), text))
}

/// Where the compiler finds everything.
struct CompilerPaths {
    rustc: PathBuf,
    sysroot: PathBuf,
    dependencies: PathBuf,
    course: PathBuf,
    scratch: PathBuf,
}

impl CompilerPaths {
    fn step(
        &self,
        exercise: &Exercise,
        file: &str,
        name: &str,
        externs: &[(String, String)],
    ) -> Step {
        let source = format!("exercises/{}/{file}", exercise.folder);
        let text = |path: &Path| path.display().to_string();
        // As `cargo test` compiles it, but for warnings, which nobody asked for.
        let mut arguments: Vec<String> = ["--edition", "2024", "--crate-name", name, "--sysroot"]
            .map(str::to_owned)
            .into();
        arguments.push(text(&self.sysroot));
        arguments
            .extend(["-Awarnings", "--color=never", "--diagnostic-width=100"].map(str::to_owned));
        arguments.extend(["-Ccodegen-units=1", "-Cembed-bitcode=no", "-L"].map(str::to_owned));
        arguments.push(format!("dependency={}", text(&self.dependencies)));
        for (name, file) in externs {
            arguments.push("--extern".to_owned());
            arguments.push(format!("{name}={}", text(&self.dependencies.join(file))));
        }
        arguments.extend(["--out-dir".to_owned(), text(&self.scratch), source]);
        let manifest = self.course.join("exercises").join(&exercise.folder);
        let environment = [
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("TMPDIR", text(&self.scratch)),
            // Without `/proc`, the compiler cannot find its libraries by where it is itself.
            ("LD_LIBRARY_PATH", text(&self.sysroot.join("lib"))),
            ("CARGO_MANIFEST_DIR", text(&manifest)),
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
