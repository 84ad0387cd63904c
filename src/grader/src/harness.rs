//! The harness that runs an exercise's tests: a shared library beside the test program.
//!
//! The crate `attentive-harness` is that library. It is built once. A program that had it inside would be linked with all
//! of it at each save.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use attentive_digest::Digests;
use libloading::Library;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::outdated::own_digest;

/// Name of the library, without what the platform adds to it.
const LIBRARY: &str = "attentive_harness";
/// Name of its function.
const MAIN: &[u8] = b"attentive_harness_main\0";

/// The function: it takes the address and the length of a [`HarnessRequest`] in JSON, and returns the exit status.
type Main = unsafe extern "C" fn(*const u8, usize) -> u8;

/// Request of a test program to the harness.
#[derive(Debug, Serialize, Deserialize)]
pub struct HarnessRequest {
    /// The exercise's folder.
    pub directory: PathBuf,
    /// Digests of the sources that the exercise was compiled from, if they are known.
    pub digests: Option<String>,
    /// Digest of the grader that is in the program.
    pub grader: String,
    /// The program's arguments, and before them its name.
    pub arguments: Vec<String>,
}

#[derive(Debug, Error)]
enum LoadError {
    #[error(
        "expected the test harness, {file}, next to this program or where the system looks for shared libraries, found \
         none ({error}).\n\
         Run `cargo test` in the exercise's folder. If you have made the exercise, or moved it here: `attentive-harness` \
         has to be among the [dev-dependencies] in its Cargo.toml"
    )]
    NotFound {
        file: String,
        error: libloading::Error,
    },
    #[error(
        "expected {file} to be the test harness, found another library ({error}); run `cargo clean -p attentive-harness`"
    )]
    NoMain {
        file: String,
        error: libloading::Error,
    },
    #[error("the harness cannot be asked: {0}")]
    Request(#[from] serde_json::Error),
}

/// Has the harness run the tests that the arguments ask for. `digests` are of the sources that the exercise in `directory`
/// was compiled from.
pub(crate) fn run(directory: PathBuf, digests: Option<&Digests>) -> ExitCode {
    let arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let request = HarnessRequest {
        directory,
        digests: digests.map(Digests::to_string),
        grader: own_digest().to_owned(),
        arguments: arguments.collect(),
    };
    match call(&request) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            // Where even that cannot be written, the exit status says it.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

#[expect(unsafe_code)]
fn call(request: &HarnessRequest) -> Result<u8, LoadError> {
    let request = serde_json::to_vec(request)?;
    let name = libloading::library_filename(LIBRARY);
    let file = name.display().to_string();
    // Cargo puts both into one folder. Elsewhere, it says in the environment where its shared libraries are.
    let beside = env::current_exe().map(|program| program.with_file_name(&name));
    let path = beside
        .ok()
        .filter(|path| path.is_file())
        .unwrap_or_else(|| name.into());
    // SAFETY: loading the library runs nothing but the standard library's own initialisation.
    let library = match unsafe { Library::new(path) } {
        Ok(library) => library,
        Err(error) => return Err(LoadError::NotFound { file, error }),
    };
    // SAFETY: the library's function has this type.
    let main = match unsafe { library.get::<Main>(MAIN) } {
        Ok(main) => *main,
        Err(error) => return Err(LoadError::NoMain { file, error }),
    };
    // SAFETY: these are the address and the length of the bytes, which stay as they are.
    let status = unsafe { main(request.as_ptr(), request.len()) };
    // Threads of the library may still run: it stays until the program ends.
    std::mem::forget(library);
    Ok(status)
}
