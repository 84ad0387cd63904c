//! The joint crate: a module for each exercise, one for its adapter, and a `main` that serves all of them.
//!
//! The crates of the course have names in it that nobody can guess, and each exercise is given those that it depends on. So
//! no exercise can use the solution of itself, although all crates are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use super::module::{fits, rewritten};
use crate::compile::{Crate, CrateKind, PROGRAM, Program, write_exercise};
use crate::context::GradingContext;
use crate::dependencies::{Extern, Externs};
use crate::job::Job;
use crate::plain_code::is_plain;
use crate::prebuilt::{SERVE_TOGETHER, WORKER_NAME};

/// The file of the joint crate's root, in the course's folder.
const ROOT: &str = "joint.rs";
/// The function of an adapter that calls its `main`, which is private.
const ENTRY: &str = "serve_jointly";

/// Returns the jobs that a joint program can be made of: plain code that means the same in a module.
pub(super) fn suitable<'a, 'j>(
    context: &GradingContext<'_>,
    jobs: &[&'a Job<'j>],
) -> Vec<&'a Job<'j>> {
    let mut foreign = BTreeSet::new();
    for job in jobs {
        let externs = context.dependencies.externs.get(&job.exercise.folder);
        foreign.extend(
            externs
                .into_iter()
                .flat_map(|externs| foreign_names(&externs.adapter)),
        );
    }
    let fits_in = |job: &&Job<'_>| {
        let externs = context.dependencies.externs.get(&job.exercise.folder);
        let mut others = foreign.clone();
        for name in externs
            .into_iter()
            .flat_map(|externs| foreign_names(&externs.library))
        {
            others.remove(name);
        }
        is_plain(job.sources, &job.exercise.stub) && fits(job.sources, &others)
    };
    jobs.iter().copied().filter(fits_in).collect()
}

/// Returns the names of the crates that are no part of the course: these keep their names, which macros may write.
fn foreign_names(externs: &[Extern]) -> impl Iterator<Item = &str> {
    let foreign = externs.iter().filter(|named| !named.is_own);
    foreign.map(|named| named.name.as_str())
}

/// Writes the sources of a joint program into the folder `stage`.
pub(super) fn write_program(
    context: &GradingContext<'_>,
    jobs: &[&Job<'_>],
    stage: &Path,
) -> io::Result<Program> {
    let mut root = CrateRoot::new();
    for (nth, job) in jobs.iter().enumerate() {
        let externs = context.dependencies.externs.get(&job.exercise.folder);
        let externs = externs.cloned().unwrap_or_default();
        root.write_exercise(nth, job, &externs, stage)?;
    }
    fs::write(stage.join(ROOT), root.text())?;
    let joint = Crate {
        name: PROGRAM.to_owned(),
        kind: CrateKind::Program,
        root: ROOT.into(),
        package: (PathBuf::new(), PROGRAM.to_owned()),
        externs: root.externs.into_values().collect(),
        library: None,
        has_lines: true,
    };
    Ok(Program {
        crates: vec![joint],
        dependencies: context.dependencies.of_all(),
    })
}

/// The root of a joint crate, under construction.
struct CrateRoot {
    names: SecretNames,
    modules: String,
    /// The entries of the list of adapters.
    adapters: String,
    /// The crates that are named, by the names that they have in this one.
    externs: BTreeMap<String, Extern>,
}

impl CrateRoot {
    fn new() -> Self {
        Self {
            names: SecretNames::new(),
            modules: String::new(),
            adapters: String::new(),
            externs: BTreeMap::new(),
        }
    }

    /// Adds a job's exercise, and writes its sources.
    fn write_exercise(
        &mut self,
        nth: usize,
        job: &Job<'_>,
        externs: &Externs,
        stage: &Path,
    ) -> io::Result<()> {
        let exercise = job.exercise;
        let folder = &exercise.folder;
        let (library, adapter) = (format!("exercise_{nth}"), format!("adapter_{nth}"));
        let alias = |name: &str| self.names.of(name);
        let mut sources = BTreeMap::new();
        for (path, text) in job.sources {
            let text = rewritten(text, &library, &externs.library, alias);
            sources.insert(path.clone(), text);
        }
        let mut text = rewritten(&exercise.adapter, &adapter, &externs.adapter, alias);
        text += &format!("use crate::{library} as {};\n", exercise.library());
        text += &format!("pub(crate) fn {ENTRY}() -> ::std::process::ExitCode {{ main() }}\n");
        write_exercise(stage, exercise, &text, &sources)?;
        let path = format!("exercises/{folder}");
        self.modules += &format!("#[path = \"{path}/src/lib.rs\"]\nmod {library};\n");
        self.modules += &format!("#[path = \"{path}/tests/grade.rs\"]\nmod {adapter};\n");
        self.adapters += &format!("        (\"{folder}\", {adapter}::{ENTRY}),\n");
        for named in &externs.adapter {
            let mut named = named.clone();
            if named.is_own {
                named.name = self.names.of(&named.name);
            }
            self.externs.insert(named.name.clone(), named);
        }
        Ok(())
    }

    fn text(&self) -> String {
        let grader = self.names.of(WORKER_NAME);
        format!(
            "{}fn main() -> ::std::process::ExitCode {{\n    {grader}::{SERVE_TOGETHER}(&[\n{}    ])\n}}\n",
            self.modules, self.adapters
        )
    }
}

/// Names of the course's crates in one joint program.
struct SecretNames {
    key: u64,
}

impl SecretNames {
    fn new() -> Self {
        // The keys of a `RandomState` come from the system's source of randomness.
        Self {
            key: RandomState::new().hash_one(std::process::id()),
        }
    }

    fn of(&self, name: &str) -> String {
        format!("{name}_{:016x}", self.key)
    }
}
