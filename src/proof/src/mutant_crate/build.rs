//! Compiles a crate of mutants, of which some are not Rust that compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use attentive_course::files;
use attentive_grader::{ReplyBounds, TaskGrade, Worker, grade};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{DiagnosticLevel, DiagnosticSpan};

use super::merge::Merged;
use super::{MERGED, MUTANT, MutantCrate};
use crate::cargo::{self, cargo};
use crate::course::Authored;
use crate::error::ProofError;

/// The least time that a mutant has for one case. Most right answers take milliseconds, and many mutants loop for ever.
const LIMIT: Duration = Duration::from_secs(3);

/// A mutant has so many times what the slowest task of the right answer took, on the same machine: a mutant that trains a
/// model is not one that loops for ever, however busy the machine is.
const TIMES_THE_RIGHT_ANSWERS: u32 = 5;

/// The least time that a wrong answer has for one case if all cases are graded: a name depends on every case, so a busy
/// machine must not end one.
const LIMIT_TO_NAME: Duration = Duration::from_secs(10);

/// A wrong answer has so many times what the slowest task of the right answer took. Some loop for ever, and the limit is
/// what they cost.
const TIMES_TO_NAME: u32 = 10;

/// The time that a right answer has for one case.
const LIMIT_OF_RIGHT_ANSWER: Duration = Duration::from_secs(60);

/// The compiler finds type errors before it looks for others, and is silent about some where there are any, so that each
/// round may reveal more.
const ROUNDS: usize = 40;

/// The times that changes have for one case, on the machine as it is now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CaseLimits {
    /// The time of a mutant, of which the first failure is enough.
    pub(crate) to_reject: Duration,
    /// The time of a wrong answer that gets a name.
    pub(crate) to_name: Duration,
}

/// The program that was built.
pub(crate) struct Built {
    program: PathBuf,
    /// The number of changes. As the number of a change, it stands for the unchanged solution.
    changes: usize,
    /// The changes that it is without, because they do not compile.
    pub(crate) unviable: BTreeSet<usize>,
}

impl Built {
    /// Ensures that the unchanged solution passes: if that is rejected, rejections prove nothing. Returns the times that
    /// changes should have for one case.
    pub(crate) fn ensure_sound(&self, exercise: &Authored) -> Result<CaseLimits, ProofError> {
        let slowest = self.ensure_passes(exercise, self.changes, "the unchanged solution")?;
        Ok(CaseLimits {
            to_reject: LIMIT.max(slowest * TIMES_THE_RIGHT_ANSWERS),
            to_name: LIMIT_TO_NAME.max(slowest * TIMES_TO_NAME),
        })
    }

    /// Ensures that the change of this number, a right answer, passes. Returns the time that its slowest task took.
    pub(crate) fn ensure_passes(
        &self,
        exercise: &Authored,
        index: usize,
        answer: &str,
    ) -> Result<Duration, ProofError> {
        let mut worker = self.worker(exercise, index, LIMIT_OF_RIGHT_ANSWER);
        let mut slowest = Duration::ZERO;
        for task in &exercise.pack.manifest().tasks {
            let start = Instant::now();
            if !grade(&exercise.pack, task, &mut worker).passed() {
                return Err(ProofError::Unsound {
                    exercise: exercise.name().to_owned(),
                    answer: answer.to_owned(),
                });
            }
            slowest = slowest.max(start.elapsed());
        }
        Ok(slowest)
    }

    /// Grades all cases of the change of this number, task by task, with a limit for one case.
    pub(crate) fn grade(
        &self,
        exercise: &Authored,
        index: usize,
        limit: Duration,
    ) -> Vec<TaskGrade> {
        let mut worker = self.worker(exercise, index, limit);
        let tasks = &exercise.pack.manifest().tasks;
        tasks
            .iter()
            .map(|task| grade(&exercise.pack, task, &mut worker))
            .collect()
    }

    /// Makes the worker that runs the change of this number, with a limit for one case.
    pub(crate) fn worker(&self, exercise: &Authored, index: usize, limit: Duration) -> Worker {
        let mut command = Command::new(&self.program);
        command.env(MUTANT, index.to_string()).stderr(Stdio::null());
        let bounds = ReplyBounds::of_pack(&exercise.pack);
        Worker::new(command, bounds, limit, std::io::sink())
    }
}

/// One run of the compiler.
enum Round {
    Compiled(PathBuf),
    Failed(BTreeSet<usize>),
}

impl MutantCrate {
    /// Compiles, and tries again without what did not compile, beginning with what is known of it. A change that does not
    /// compile merged with the others may do so apart from them.
    pub(crate) fn build(&self) -> Result<Built, ProofError> {
        let files = self.mergeable();
        let mut known = self.known(&files)?;
        let left_out = files.iter().flat_map(|(_, file)| &file.left_out);
        known.apart.extend(left_out);
        for number in known.apart.difference(&known.unviable) {
            self.write_apart(*number)?;
        }
        self.write_adapter(MERGED)?;
        for _ in 0..ROUNDS {
            let mut merged = BTreeMap::new();
            for (path, file) in &files {
                let file = file.merge(&known.apart);
                files::write_scratch(path, &file.text)?;
                merged.insert(path.as_path(), file);
            }
            self.write_main(known.apart.difference(&known.unviable))?;
            match self.compile(&merged)? {
                Round::Compiled(program) => {
                    known.write(&self.folder)?;
                    return Ok(Built {
                        program,
                        changes: self.changes.len(),
                        unviable: known.unviable,
                    });
                }
                Round::Failed(changes) => {
                    for number in changes {
                        if known.apart.insert(number) {
                            self.write_apart(number)?;
                        } else {
                            known.unviable.insert(number);
                        }
                    }
                }
            }
        }
        Err(ProofError::Cargo(format!(
            "after {ROUNDS} rounds there still are mutants that do not compile"
        )))
    }

    fn compile(&self, merged: &BTreeMap<&Path, Merged>) -> Result<Round, ProofError> {
        let mut command = cargo();
        command
            .args(["build", "--quiet", "--message-format=json"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_BUILD_BUILD_DIR", &self.build);
        let output = cargo::output(&mut command)?;
        let (mut program, mut failed) = (None, BTreeSet::new());
        for message in Message::parse_stream(output.stdout.as_slice()) {
            match message.map_err(|error| ProofError::Cargo(error.to_string()))? {
                Message::CompilerArtifact(artifact) if artifact.executable.is_some() => {
                    program = artifact.executable;
                }
                Message::CompilerMessage(compiler)
                    if compiler.message.level == DiagnosticLevel::Error =>
                {
                    failed.extend(blamed(&compiler.message.spans, merged));
                }
                _ => {}
            }
        }
        match program {
            Some(program) if output.status.success() => Ok(Round::Compiled(program.into())),
            _ if !failed.is_empty() => Ok(Round::Failed(failed)),
            _ => Err(ProofError::Cargo(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )),
        }
    }
}

/// Returns the changes that an error is about. Where it occurs counts, and what it refers to only if that is in none.
fn blamed(spans: &[DiagnosticSpan], merged: &BTreeMap<&Path, Merged>) -> BTreeSet<usize> {
    let change = |span: &DiagnosticSpan| change_at(span, merged);
    let primary = spans.iter().filter(|span| span.is_primary);
    let changes: BTreeSet<usize> = primary.filter_map(change).collect();
    if changes.is_empty() {
        return spans.iter().filter_map(change).collect();
    }
    changes
}

/// Returns the change that has a place. An error inside a macro of another crate is where this macro is called.
fn change_at(span: &DiagnosticSpan, merged: &BTreeMap<&Path, Merged>) -> Option<usize> {
    let change = match merged.get(Path::new(&span.file_name)) {
        Some(file) => file.change_at(span.line_start),
        None => module(&span.file_name),
    };
    change.or_else(|| change_at(&span.expansion.as_ref()?.span, merged))
}

/// Returns the mutant that a path such as `…/src/m17/library.rs` belongs to.
fn module(path: &str) -> Option<usize> {
    let folder = Path::new(path).parent()?.file_name()?.to_str()?;
    folder.strip_prefix('m')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::module;

    #[test]
    fn errors_are_charged_to_the_mutant_whose_file_they_are_in() {
        assert_eq!(module("/target/mutants/masks/src/m17/library.rs"), Some(17));
        assert_eq!(module("/target/mutants/masks/src/merged/library.rs"), None);
        assert_eq!(module("src/main.rs"), None);
        assert_eq!(module("/registry/ndarray/src/lib.rs"), None);
    }
}
