//! Compiling an exercise again without cargo, by the calls of the compiler that cargo has shown.
//!
//! Cargo needs a while to find out that nothing but an exercise's sources has changed. Who sees each save knows that
//! already, and repeats the two calls, for the exercise's library and for its test program. What cargo goes by is compared:
//! manifests, settings, the compiler, the compiled crates. Then the program says whether it was compiled from the
//! sources that are there, as it does after cargo. Whenever anything is not as it was, and when the compiler has an
//! error, cargo is called as ever.
//!
//! The results are in a folder of their own, because cargo's is locked while cargo works there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use attentive_course::Exercise;
use attentive_digest::{Digests, VARIABLE};

use super::compiler_call::CompilerCall;

/// Folder of what is compiled here.
const FOLDER: &str = "target/attentive/watch";
/// File in it that is locked by the command that uses it.
const LOCK: &str = "lock";
/// Files of a course that cargo goes by. Some need not be there.
const SETTINGS: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
];

/// Calls of the compiler that can be repeated, by package.
#[derive(Debug)]
pub(super) struct Replays {
    calls: BTreeMap<String, Calls>,
    /// Keeps other commands from compiling into the folder.
    _lock: File,
}

/// The calls for an exercise.
#[derive(Debug, Clone)]
struct Calls {
    library: CompilerCall,
    grade: CompilerCall,
    /// The state of files when cargo used them.
    inputs: Inputs,
}

/// Sizes and times of files; `None` for those that are not there.
type Inputs = BTreeMap<PathBuf, Option<(u64, SystemTime)>>;

impl Replays {
    /// Begins without calls. `None` where they cannot be read, or another command uses the folder.
    pub(super) fn new() -> Option<Self> {
        if !cfg!(unix) {
            return None;
        }
        fs::create_dir_all(FOLDER).ok()?;
        let lock = File::create(Path::new(FOLDER).join(LOCK)).ok()?;
        lock.try_lock().ok()?;
        Some(Self {
            calls: BTreeMap::new(),
            _lock: lock,
        })
    }

    /// Keeps the calls for an exercise among those that cargo has shown. `settings` are of before cargo was called.
    pub(super) fn keep(&mut self, exercise: &Exercise, shown: &[CompilerCall], settings: Inputs) {
        let package = exercise.package();
        let own = |call: &&CompilerCall| call.variable("CARGO_PKG_NAME") == Some(&package);
        let is_library = |call: &&CompilerCall| call.option("--crate-type") == Some("lib");
        let is_grade = |call: &&CompilerCall| call.option("--crate-name") == Some("grade");
        let library = shown.iter().filter(own).find(is_library);
        let grade = shown.iter().filter(own).find(is_grade);
        let (Some(library), Some(grade)) = (library, grade) else {
            return;
        };
        let mut inputs = settings;
        let mut crates = [library.externs(), grade.externs()].concat();
        // The exercise's own library is compiled anew by whoever compiles the exercise.
        let name = library.option("--crate-name").unwrap_or_default();
        let own = grade.setting(name).map(Path::new);
        crates.retain(|file| Some(file.as_path()) != own);
        crates.push(library.program().to_owned());
        inputs.extend(states(crates));
        let (library, grade) = (library.clone(), grade.clone());
        self.calls.insert(
            package,
            Calls {
                library,
                grade,
                inputs,
            },
        );
    }

    /// Forgets the calls for an exercise.
    pub(super) fn forget(&mut self, exercise: &Exercise) {
        self.calls.remove(&exercise.package());
    }

    /// Compiles an exercise, and returns its test program. `run` runs a compiler and returns `true` if it succeeds. `None` if
    /// it takes cargo to say what comes of it.
    pub(super) fn compile(
        &self,
        exercise: &Exercise,
        run: impl Fn(Command) -> io::Result<bool>,
    ) -> io::Result<Option<PathBuf>> {
        let Some(calls) = self.calls.get(&exercise.package()) else {
            return Ok(None);
        };
        if states(calls.inputs.keys().cloned()) != calls.inputs {
            return Ok(None);
        }
        let out = std::path::absolute(FOLDER)?.join(exercise.package());
        let Some((library, grade, program)) = calls.redirected(exercise, &out) else {
            return Ok(None);
        };
        fs::create_dir_all(&out)?;
        let is_compiled = run(library.command())? && run(grade.command())?;
        Ok(is_compiled.then_some(program))
    }
}

impl Calls {
    /// Returns the calls that compile the sources of now into a folder, and the path of the program.
    fn redirected(
        &self,
        exercise: &Exercise,
        out: &Path,
    ) -> Option<(CompilerCall, CompilerCall, PathBuf)> {
        let (mut library, mut grade) = (self.library.clone(), self.grade.clone());
        // The library's file was in cargo's folder, under a name that cargo has chosen.
        let name = library.option("--crate-name")?.to_owned();
        let file = Path::new(grade.setting(&name)?).file_name()?;
        grade.set_setting(&name, out.join(file).to_str()?);
        let mut digests = Digests::parse(library.variable(VARIABLE)?);
        digests.renew(Path::new(""), &exercise.directory());
        for call in [&mut library, &mut grade] {
            call.set_option("--out-dir", out.to_str()?.to_owned());
            call.set_setting("incremental", out.join("incremental").to_str()?);
            call.set_variable(VARIABLE, &digests.to_string());
        }
        let program = format!("grade{}", grade.setting("extra-filename")?);
        Some((library, grade, out.join(program)))
    }
}

/// Returns the states of the files, beside sources and compiled crates, that cargo goes by when it compiles an exercise.
pub(super) fn settings(exercise: &Exercise) -> Inputs {
    let mut files: Vec<PathBuf> = SETTINGS.map(PathBuf::from).into();
    files.extend([exercise.manifest(), exercise.adapter()]);
    states(files)
}

fn states(files: impl IntoIterator<Item = PathBuf>) -> Inputs {
    let mut states = Inputs::new();
    for file in files {
        let metadata = fs::metadata(&file).ok();
        let state = metadata.and_then(|data| Some((data.len(), data.modified().ok()?)));
        states.insert(file, state);
    }
    states
}
