//! An exercise's `tests/grade.rs`: which function answers which task.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attentive_digest::Digests;

use crate::case::{Case, CaseError, Reply};
use crate::data::{PACK, data_directory};
use crate::failure::Failure;
use crate::grading::grade;
use crate::outdated::{OutdatedError, packages_to_clean};
use crate::pack::Pack;
use crate::respond::Respond;
use crate::{harness, panics, serve};

/// Calls a learner's function with a case's inputs.
type Answer = Box<dyn Fn(&Case) -> Result<Reply, CaseError>>;

/// Asks for the packages to compile anew, where this program was not compiled from the sources in the folder that follows.
const OUTDATED: &str = "--outdated";

/// An exercise's answers, under construction.
pub struct Exercise {
    directory: PathBuf,
    /// Digests of the sources that its crates were compiled from, if they are known.
    digests: Option<Digests>,
    answers: Vec<(String, Answer)>,
}

/// Begins an exercise. `directory` is that of its crate.
pub fn exercise(directory: impl AsRef<Path>) -> Exercise {
    Exercise {
        directory: directory.as_ref().to_owned(),
        digests: None,
        answers: Vec::new(),
    }
}

impl Exercise {
    /// Says which sources the exercise was compiled from: what its build script has found.
    #[must_use]
    pub fn compiled_from(mut self, digests: Option<&str>) -> Self {
        self.digests = digests.map(Digests::parse);
        self
    }

    /// Adds a task: the way in which its function is called.
    #[must_use]
    pub fn task(
        mut self,
        name: &str,
        answer: impl Fn(&Case) -> Result<Reply, CaseError> + 'static,
    ) -> Self {
        self.answers.push((name.to_owned(), Box::new(answer)));
        self
    }

    /// Runs the exercise: as a worker when the arguments say `--worker`, else as a test program, by the harness.
    pub fn main(mut self) -> ExitCode {
        let mut arguments = env::args_os().skip(1);
        if let Some(argument) = arguments.next()
            && argument == OUTDATED
        {
            return self.print_outdated(Path::new(&arguments.next().unwrap_or_default()));
        }
        if !env::args_os().any(|argument| argument == "--worker") {
            return harness::run(place(&self.directory), self.digests.as_ref());
        }
        let folder = self
            .directory
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        panics::remember(folder);
        exit_code(serve::serve(&mut self))
    }

    /// Prints the packages to compile anew, a line each.
    fn print_outdated(&self, root: &Path) -> ExitCode {
        let Some(digests) = &self.digests else {
            eprintln!("{}", OutdatedError::Unknown(self.directory.clone()));
            return ExitCode::from(2);
        };
        for package in packages_to_clean(digests, root) {
            println!("{package}");
        }
        ExitCode::SUCCESS
    }

    /// Asserts that the tasks which have an answer pass, and prints how close they come: for authors.
    ///
    /// # Panics
    /// When one does not pass, or the exercise has no golden pack.
    pub fn accept(mut self) {
        let pack = Pack::load(&data_directory(&self.directory).join(PACK))
            .unwrap_or_else(|error| panic!("{error}"));
        let answers: Vec<String> = self.answers.iter().map(|(name, _)| name.clone()).collect();
        for answer in answers {
            let task = pack
                .manifest()
                .tasks
                .iter()
                .find(|task| task.name == answer);
            let task = task.unwrap_or_else(|| panic!("the golden pack has no task `{answer}`"));
            let graded = grade(&pack, task, &mut self);
            for grade in &graded.grades {
                assert!(
                    grade.verdict.passed(),
                    "{}/{}: {}",
                    task.name,
                    grade.name,
                    grade.verdict
                );
            }
            let largest = graded
                .grades
                .iter()
                .fold(0.0, |largest: f64, grade| largest.max(grade.distance));
            let variant = std::thread::current()
                .name()
                .unwrap_or("a variant")
                .to_owned();
            // The authors' kill table reads these lines.
            println!(
                "accepted: {} by {variant}, {largest:.3} tolerances from the right answer",
                task.name
            );
        }
    }
}

/// Serves several exercises in one worker: for a grader that compiles them into one program. Each has the name of its
/// folder, and its task `scores` is called as `05-scaled-dot-product/scores`.
pub fn serve_exercises(exercises: Vec<(String, Exercise)>) -> ExitCode {
    let mut served = ServedExercises {
        exercises,
        current: None,
    };
    exit_code(serve::serve(&mut served))
}

/// Several exercises that one worker answers for.
struct ServedExercises {
    exercises: Vec<(String, Exercise)>,
    /// The one whose panics are remembered.
    current: Option<usize>,
}

impl ServedExercises {
    /// Finds the exercise that a task belongs to, and the task's name in it.
    fn find<'t>(&self, task: &'t str) -> Option<(usize, &'t str)> {
        let (folder, task) = task.split_once('/')?;
        let nth = self.exercises.iter().position(|(name, _)| name == folder)?;
        Some((nth, task))
    }
}

impl Respond for ServedExercises {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        let Some((nth, task)) = self.find(task) else {
            return Err(Failure::Broken {
                message: format!("this program has no task `{task}`"),
            });
        };
        let (folder, exercise) = &mut self.exercises[nth];
        if self.current.replace(nth) != Some(nth) {
            panics::remember(folder.clone());
        }
        exercise.respond(task, case)
    }
}

fn exit_code(served: io::Result<()>) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns the exercise's folder: the one that cargo runs the test in, which may be in another checkout than the one that
/// was compiled.
fn place(compiled: &Path) -> PathBuf {
    let Some(running) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        return compiled.to_owned();
    };
    let names = |path: &Path| -> Vec<_> {
        let names = path.iter().rev().take(2);
        names.map(ToOwned::to_owned).collect()
    };
    // Where another program of the course runs this one, the variable is about that.
    if names(&running) == names(compiled) {
        running
    } else {
        compiled.to_owned()
    }
}

impl Respond for Exercise {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        match self.answers.iter().find(|(name, _)| name == task) {
            Some((_, answer)) => panics::catch(answer, case),
            None => Err(Failure::Broken {
                message: format!("tests/grade.rs has no task `{task}`"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exercises_of_one_worker_are_told_apart_by_their_folders() {
        let served = ServedExercises {
            exercises: vec![
                ("01-one".into(), exercise("")),
                ("02-two".into(), exercise("")),
            ],
            current: None,
        };
        assert_eq!(served.find("01-one/scores"), Some((0, "scores")));
        assert_eq!(served.find("02-two/scores"), Some((1, "scores")));
        for unknown in ["03-three/scores", "scores", ""] {
            assert_eq!(served.find(unknown), None);
        }
    }
}
