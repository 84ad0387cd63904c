//! The calls of the compiler in its sandbox.

use std::path::{Path, PathBuf};

use super::{Crate, CrateKind, Program};
use crate::context::GradingContext;
use crate::dependencies::Extern;
use crate::sandbox::{Mount, Mounts, Step};

/// The size of the compiler's `/tmp`, in MiB.
const SCRATCH_MIB: u64 = 512;

/// The compiler in its sandbox: the mounts, and the paths by which it finds everything.
pub(super) struct SandboxedCompiler {
    pub(super) mounts: Mounts,
    rustc: PathBuf,
    sysroot: PathBuf,
    dependencies: PathBuf,
    course: PathBuf,
    pub(super) scratch: PathBuf,
    /// `true` if `/linker/ld.lld` is the toolchain's own linker.
    has_own_linker: bool,
}

impl SandboxedCompiler {
    pub(super) fn new(
        context: &GradingContext<'_>,
        program: &Program,
        stage: &Path,
        scratch: &Path,
    ) -> Self {
        let sandbox = context.sandbox;
        let toolchain = &context.dependencies.toolchain;
        let (sysroot, host) = (&toolchain.sysroot, &toolchain.host);
        let folder = &program.dependencies;
        // Of the toolchain, only the compiler: its documentation and sources are 20 times as large.
        let mut files = vec![
            Mount::new(sysroot.join("lib"), "/toolchain/lib"),
            Mount::new(sysroot.join("bin/rustc"), "/toolchain/bin/rustc"),
            Mount::new(folder, "/dependencies"),
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
            dependencies: sandbox.path(folder, "/dependencies"),
            course: sandbox.path(stage, "/course"),
            scratch: sandbox.path(scratch, "/tmp"),
            has_own_linker,
        }
    }

    /// Returns the calls of the compiler, one for each crate.
    pub(super) fn steps(&self, program: &Program) -> Vec<Step> {
        program.crates.iter().map(|one| self.step(one)).collect()
    }

    /// Returns a call of the compiler as `cargo test` makes it, but without warnings, which nobody asked for.
    fn step(&self, compiled: &Crate) -> Step {
        let mut arguments = vec![
            "--edition=2024".to_owned(),
            format!("--crate-name={}", compiled.name),
            format!("--sysroot={}", self.sysroot.display()),
            "-Awarnings".to_owned(),
            "--color=never".to_owned(),
            "--diagnostic-width=100".to_owned(),
            "-Ccodegen-units=1".to_owned(),
            "-Cembed-bitcode=no".to_owned(),
            format!("-Ldependency={}", self.dependencies.display()),
        ];
        for Extern { name, file, .. } in &compiled.externs {
            arguments.push(extern_option(name, &self.dependencies.join(file)));
        }
        if let Some(library) = &compiled.library {
            let file = self.scratch.join(format!("lib{library}.rlib"));
            arguments.push(extern_option(library, &file));
        }
        if compiled.has_lines {
            arguments.push("-Cdebuginfo=line-tables-only".to_owned());
        }
        arguments.extend(self.options(compiled.kind).map(str::to_owned));
        arguments.push(format!("--out-dir={}", self.scratch.display()));
        arguments.push(compiled.root.display().to_string());
        Step {
            program: self.rustc.clone(),
            arguments,
            environment: self.environment(compiled),
            folder: Some(self.course.clone()),
        }
    }

    fn options(&self, kind: CrateKind) -> impl Iterator<Item = &'static str> {
        let own: &[&str] = match kind {
            CrateKind::Library => &["--crate-type=rlib"],
            CrateKind::Program => &["--crate-type=bin", "-Cprefer-dynamic"],
        };
        let linker: &[&str] = if kind == CrateKind::Program && self.has_own_linker {
            &[
                "-Clinker-features=-lld",
                "-Clink-arg=-B/linker",
                "-Clink-arg=-fuse-ld=lld",
                // A program is small: threads cost more of the processor than they save by the clock.
                "-Clink-arg=-Wl,--threads=1",
            ]
        } else {
            &[]
        };
        own.iter().chain(linker).copied()
    }

    fn environment(&self, compiled: &Crate) -> Vec<(String, String)> {
        let (folder, package) = &compiled.package;
        let environment = [
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("TMPDIR", self.scratch.display().to_string()),
            // The compiler's allocator is jemalloc, which reads this: of one heap with large pages, fewer have to be got.
            ("MALLOC_CONF", "thp:always,narenas:1".to_owned()),
            // Without `/proc`, the compiler cannot find its libraries by its own path.
            (
                "LD_LIBRARY_PATH",
                self.sysroot.join("lib").display().to_string(),
            ),
            (
                "CARGO_MANIFEST_DIR",
                self.course.join(folder).display().to_string(),
            ),
            ("CARGO_PKG_NAME", package.clone()),
            ("CARGO_CRATE_NAME", compiled.name.clone()),
        ];
        environment
            .map(|(key, value)| (key.to_owned(), value))
            .into()
    }
}

fn extern_option(name: &str, file: &Path) -> String {
    format!("--extern={name}={}", file.display())
}
