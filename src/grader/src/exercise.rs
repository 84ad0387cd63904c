//! An exercise's `tests/grade.rs`: which function answers which task.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::case::{Case, CaseError, Reply};
use crate::data::{PACK, data_directory};
use crate::failure::Failure;
use crate::grading::grade;
use crate::pack::Pack;
use crate::respond::Respond;
use crate::{harness, panics, serve};

/// Calls a learner's function with a case's inputs.
type Answer = Box<dyn Fn(&Case) -> Result<Reply, CaseError>>;

/// An exercise's answers, under construction.
pub struct Exercise {
    directory: PathBuf,
    answers: Vec<(String, Answer)>,
}

/// Begins an exercise. `directory` is that of its crate.
pub fn exercise(directory: impl AsRef<Path>) -> Exercise {
    Exercise {
        directory: directory.as_ref().to_owned(),
        answers: Vec::new(),
    }
}

impl Exercise {
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

    /// Runs the exercise: as a worker when the arguments say `--worker`, else as a test binary.
    pub fn main(mut self) -> ExitCode {
        if !std::env::args_os().any(|argument| argument == "--worker") {
            return harness::run(&self.directory);
        }
        let folder = self
            .directory
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match serve::serve(folder, &mut self) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("worker: {error}");
                ExitCode::from(2)
            }
        }
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
                "accepted: {} by {variant}, {largest:.3} tolerances from libtorch",
                task.name
            );
        }
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
