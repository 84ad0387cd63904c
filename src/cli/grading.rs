//! Exercises graded: compiled in one go, then asked case by case.

use std::process::Command;
use std::time::Duration;

use attentive_grader::{Grade, Info, Pack, TaskGrade, Verdict, Worker, grade};

use crate::cargo::{Built, Cargo};
use crate::course::Exercise;
use crate::error::Error;
use crate::fingerprint;
use crate::printed::Printed;
use crate::spinner::Spinner;

/// An exercise that can be graded: its words and its pack are in order.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) exercise: Exercise,
    pub(crate) info: Info,
    pub(crate) pack: Pack,
}

/// What came of grading an exercise.
#[derive(Debug)]
pub(crate) struct Graded {
    pub(crate) exercise: Exercise,
    pub(crate) info: Info,
    pub(crate) pack: Pack,
    /// The fingerprint of what was graded, taken before it was compiled.
    pub(crate) content: String,
    pub(crate) outcome: Outcome,
}

/// Whether there was anything to run, and what came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The compiler's errors.
    DidNotCompile(Vec<String>),
    /// The verdicts, task by task, and the last lines that the learner's code printed.
    Ran { tasks: Vec<TaskGrade>, printed: Vec<String> },
}

impl Ready {
    /// Reads what is needed to grade an exercise.
    pub(crate) fn load(exercise: &Exercise) -> Result<Self, Error> {
        let directory = exercise.directory();
        let pack = Pack::load(&directory.join("golden.safetensors"))?;
        let info = Info::load(&directory)?;
        Ok(Self { exercise: exercise.clone(), info, pack })
    }

    /// The same for several; the first that is not in order is the error.
    pub(crate) fn load_all(exercises: &[Exercise]) -> Result<Vec<Self>, Error> {
        exercises.iter().map(Self::load).collect()
    }
}

impl Graded {
    /// Whether everything passed.
    pub(crate) fn passed(&self) -> bool {
        match &self.outcome {
            Outcome::DidNotCompile(_) => false,
            Outcome::Ran { tasks, .. } => tasks.iter().all(TaskGrade::passed),
        }
    }

    /// The first case or property that failed, with its task.
    pub(crate) fn first_failure(&self) -> Option<(&TaskGrade, &Grade)> {
        match &self.outcome {
            Outcome::DidNotCompile(_) => None,
            Outcome::Ran { tasks, .. } => {
                tasks.iter().find_map(|task| task.first_failure().map(|grade| (task, grade)))
            }
        }
    }
}

/// Compiles and grades exercises.
///
/// # Errors
/// When cargo cannot do its work, or the course is at fault. Whatever a learner's code does is no error.
pub(crate) fn grade_all(ready: Vec<Ready>, limit: Duration, cargo: &Cargo) -> Result<Vec<Graded>, Error> {
    let exercises: Vec<Exercise> = ready.iter().map(|ready| ready.exercise.clone()).collect();
    let contents = exercises.iter().map(fingerprint::of_all).collect::<Result<Vec<_>, _>>()?;
    let spinner = Spinner::start(&format!("compiling {}", names(&exercises)));
    let mut built = cargo.build(&exercises, &spinner)?;
    let mut graded = Vec::new();
    for (Ready { exercise, info, pack }, content) in ready.into_iter().zip(contents) {
        spinner.now(&format!("grading {}", exercise.name));
        let outcome = match built.remove(&exercise.package()) {
            Some(Built::Errors(errors)) => Outcome::DidNotCompile(errors),
            Some(Built::Executable(executable)) => run(&exercise, &pack, Command::new(executable), limit)?,
            None => continue, // cargo builds all that it is asked for
        };
        graded.push(Graded { exercise, info, pack, content, outcome });
    }
    Ok(graded)
}

fn run(exercise: &Exercise, pack: &Pack, mut command: Command, limit: Duration) -> Result<Outcome, Error> {
    let (writer, printed) = Printed::pipe().map_err(Error::Pipe)?;
    command.stderr(writer);
    let mut worker = Worker::new(command, limit);
    let tasks: Vec<_> = pack.manifest().tasks.iter().map(|task| grade(pack, task, &mut worker)).collect();
    // Only when it has gone, has all been said.
    drop(worker);
    if let Some(message) = broken(&tasks) {
        let exercise = exercise.directory().display().to_string();
        return Err(Error::Broken { exercise, message });
    }
    Ok(Outcome::Ran { tasks, printed: printed.lines() })
}

/// What is wrong with the course, if something is: then the verdicts say nothing about the learner.
fn broken(tasks: &[TaskGrade]) -> Option<String> {
    tasks.iter().flat_map(|task| &task.grades).find_map(|grade| match &grade.verdict {
        Verdict::Broken { message } => Some(message.clone()),
        _ => None,
    })
}

/// At most three names.
fn names(exercises: &[Exercise]) -> String {
    let names: Vec<&str> = exercises.iter().map(|exercise| exercise.name.as_str()).collect();
    match names.len() {
        0..=3 => names.join(", "),
        all => format!("{} and {} more", names[..2].join(", "), all - 2),
    }
}
