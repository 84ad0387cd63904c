//! Two crates that are compiled once, so that less is compiled and linked for each student.
//!
//! For a crate of a few dozen lines, the compiler spends nearly all of its time on compiling generic functions of ndarray
//! for `f32`, and on linking the grader into one more program. So this makes an `ndarray` in which those functions are
//! compiled already, and a shared library of the grader. Neither contains anything of the course's solutions.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

#[cfg(test)]
mod instantiations;

/// The sources, each with the name of its file.
const SOURCES: [(&str, &str); 3] = [
    ("ndarray.rs", include_str!("prebuilt/ndarray.rs")),
    (
        "instantiations.rs",
        include_str!("prebuilt/instantiations.rs"),
    ),
    ("worker.rs", include_str!("prebuilt/worker.rs")),
];

/// The crate that students' crates use as `ndarray`.
pub(crate) const NDARRAY: &str = "libndarray-prebuilt.rlib";
/// The crate that adapters use as `attentive_grader`.
pub(crate) const WORKER: &str = "libattentive_worker.so";

/// The function of [`WORKER`] that serves several adapters.
pub(crate) const SERVE_TOGETHER: &str = "serve_together";
/// The name by which adapters know [`WORKER`].
pub(crate) const WORKER_NAME: &str = "attentive_grader";

/// Returns the source texts of both crates.
pub(crate) fn sources() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|(_, text)| *text)
}

/// The compiler, and the crates that it finds.
#[derive(Debug)]
pub(crate) struct Compiler<'a> {
    /// The toolchain's folder.
    pub(crate) sysroot: &'a Path,
    /// The folder with all compiled crates.
    pub(crate) crates: &'a Path,
    /// The compiled ndarray.
    pub(crate) ndarray: &'a Path,
    /// The compiled grader.
    pub(crate) grader: &'a Path,
}

impl Compiler<'_> {
    /// Returns the commands that make [`NDARRAY`] and then [`WORKER`] in a folder.
    pub(crate) fn commands(&self, folder: &Path) -> io::Result<[Command; 2]> {
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text)?;
        }
        let mut ndarray = self.command(folder, "ndarray", self.ndarray);
        ndarray.args(["--crate-type=rlib", "-Cextra-filename=-prebuilt"]);
        let mut worker = self.command(folder, "worker", &folder.join(NDARRAY));
        worker
            .arg("--extern")
            .arg(option_with_path("attentive_grader=", self.grader));
        worker.args([
            "--crate-type=dylib",
            "--crate-name=attentive_worker",
            "-Cprefer-dynamic",
        ]);
        // Without the first, the loader would look each function of it up by name, at the start of each program.
        worker.args(["-Clink-arg=-Wl,-Bsymbolic-functions", "-Cstrip=debuginfo"]);
        Ok([ndarray, worker])
    }

    /// Starts a command without optimisation: crates share compiled generic functions only if none of them is optimised.
    fn command(&self, folder: &Path, source: &str, ndarray: &Path) -> Command {
        let mut command = Command::new(self.sysroot.join("bin/rustc"));
        command.args([
            "--edition=2024",
            "-Cmetadata=prebuilt",
            "-Ccodegen-units=1",
            "-Cembed-bitcode=no",
        ]);
        command
            .arg("-L")
            .arg(option_with_path("dependency=", self.crates))
            .arg("--extern")
            .arg(option_with_path("ndarray=", ndarray));
        command
            .arg("--out-dir")
            .arg(folder)
            .arg(folder.join(source).with_extension("rs"));
        command
    }
}

/// Finds the toolchain's standard library, the shared one.
pub(crate) fn standard_library(sysroot: &Path, host: &str) -> io::Result<PathBuf> {
    let folder = sysroot.join("lib/rustlib").join(host).join("lib");
    let is_standard_library = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with("libstd-") && name.ends_with(".so")
    };
    let mut files = folder
        .read_dir()?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    files.find(is_standard_library).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "expected the standard library as libstd-….so, found none",
        )
    })
}

fn option_with_path(option: &str, path: &Path) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(option);
    text.push(OsStr::new(path));
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_compiled_for_everybody_also_runs() {
        super::instantiations::all();
    }
}
