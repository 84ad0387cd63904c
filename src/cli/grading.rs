//! Exercises graded: compiled in one go, then asked case by case.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use attentive_course::{Exercise, SignatureChange};
use attentive_grader::{
    DEFAULT_LIMIT, ExerciseText, Failure, Grade, Pack, Respond, TaskGrade, Verdict, grade,
};

use crate::cargo::{BuildOutcome, Builds, Cargo, CompilerError};
use crate::chain::DependencySource;
use crate::error::Error;
use crate::fingerprint;
use crate::prints::{self, PrintingWorker};
use crate::root;
use crate::signatures;
use crate::spinner::Spinner;
use crate::untouched::Untouched;

/// An exercise that can be graded: its words and its pack are in order.
#[derive(Debug)]
pub(crate) struct GradingInput {
    pub(crate) exercise: Exercise,
    pub(crate) info: ExerciseText,
    pub(crate) pack: Pack,
    /// The learner's own exercises that it is built on.
    pub(crate) prerequisites: Vec<Exercise>,
}

/// A graded exercise.
#[derive(Debug)]
pub(crate) struct GradedExercise {
    pub(crate) exercise: Exercise,
    pub(crate) info: ExerciseText,
    pub(crate) pack: Pack,
    /// The learner's own exercises that it is built on.
    pub(crate) prerequisites: Vec<Exercise>,
    /// The fingerprint of what was graded, taken before it was compiled.
    pub(crate) content: String,
    pub(crate) outcome: ExerciseOutcome,
}

/// Result of grading an exercise.
#[derive(Debug)]
pub(crate) enum ExerciseOutcome {
    /// The compiler's errors, and the changed signatures that explain them.
    DidNotCompile {
        errors: Vec<String>,
        signatures: Vec<SignatureChange>,
    },
    /// The verdicts, task by task.
    Ran { tasks: Vec<TaskGrade> },
    /// It does not pass, and neither do these exercises of the learner's that it is built on: nothing is said about it
    /// before they do.
    Waits { on: Vec<Exercise> },
}

impl GradingInput {
    /// Reads what is needed to grade exercises and those of the learner's that they are built on, each after what it is
    /// built on. The first that is not in order is the error.
    pub(crate) fn load_all(
        exercises: &[Exercise],
        dependency_source: DependencySource,
    ) -> Result<Vec<Self>, Error> {
        dependency_source
            .with_prerequisites(exercises)
            .into_iter()
            .map(|exercise| Self::load(exercise, dependency_source))
            .collect()
    }

    fn load(exercise: Exercise, dependency_source: DependencySource) -> Result<Self, Error> {
        let pack = Pack::load(&exercise.pack())?;
        let info = ExerciseText::load(&exercise.data_directory())?;
        let prerequisites = dependency_source.prerequisites(&exercise);
        Ok(Self {
            exercise,
            info,
            pack,
            prerequisites,
        })
    }
}

impl GradedExercise {
    /// Returns `true` if everything passed.
    pub(crate) fn passed(&self) -> bool {
        match &self.outcome {
            ExerciseOutcome::DidNotCompile { .. } | ExerciseOutcome::Waits { .. } => false,
            ExerciseOutcome::Ran { tasks } => tasks.iter().all(TaskGrade::passed),
        }
    }

    /// Returns `true` if something ran out of time that had less than is usual.
    pub(crate) fn was_hurried(&self) -> bool {
        let ExerciseOutcome::Ran { tasks } = &self.outcome else {
            return false;
        };
        let mut grades = tasks.iter().flat_map(|task| &task.grades);
        grades.any(
            |grade| matches!(grade.verdict, Verdict::NoReply(Failure::TimedOut { limit }) if limit < DEFAULT_LIMIT),
        )
    }

    /// The first case or property that failed, with its task.
    pub(crate) fn first_failure(&self) -> Option<(&TaskGrade, &Grade)> {
        match &self.outcome {
            ExerciseOutcome::DidNotCompile { .. } | ExerciseOutcome::Waits { .. } => None,
            ExerciseOutcome::Ran { tasks } => tasks
                .iter()
                .find_map(|task| task.first_failure().map(|grade| (task, grade))),
        }
    }
}

/// Compiles and grades exercises, among which are those of the learner's that they are built on; each after what it is
/// built on. What is still the stub is not compiled: the verdict on it is known.
///
/// # Errors
/// When cargo cannot do its work, or the course is at fault. Whatever a learner's code does is no error.
pub(crate) fn grade_all(
    inputs: Vec<GradingInput>,
    limit: Duration,
    cargo: &Cargo,
) -> Result<Vec<GradedExercise>, Error> {
    let exercises: Vec<Exercise> = inputs.iter().map(|input| input.exercise.clone()).collect();
    let contents: Vec<String> = exercises.iter().map(fingerprint::hash_inputs).collect();
    let mut untouched = find_untouched(&exercises);
    let mut changed = exercises;
    changed.retain(|exercise| !untouched.contains_key(exercise));
    let (spinner, mut built) = build(&changed, cargo)?;
    let mut graded: Vec<GradedExercise> = Vec::new();
    for (
        GradingInput {
            exercise,
            info,
            pack,
            prerequisites,
        },
        content,
    ) in inputs.into_iter().zip(contents)
    {
        if let Some(spinner) = &spinner {
            spinner.set_message(&format!("grading {}", exercise.name));
        }
        let on = to_repair(&prerequisites, &graded);
        let outcome = match untouched.remove(&exercise) {
            Some(mut stub) => run(&exercise, &pack, &mut stub)?,
            None => match built.take(&exercise, !on.is_empty())? {
                Some(BuildOutcome::Errors(errors)) => did_not_compile(&exercise, errors),
                Some(BuildOutcome::Executable(executable)) => {
                    let command = Command::new(executable);
                    let worker = PrintingWorker::new(command, &pack, limit);
                    run(&exercise, &pack, &mut worker.map_err(Error::Pipe)?)?
                }
                None => did_not_compile(&exercise, Vec::new()),
            },
        };
        let mut one = GradedExercise {
            exercise,
            info,
            pack,
            prerequisites,
            content,
            outcome,
        };
        if !one.passed() && !on.is_empty() {
            one.outcome = ExerciseOutcome::Waits { on };
        }
        graded.push(one);
    }
    Ok(graded)
}

fn find_untouched(exercises: &[Exercise]) -> BTreeMap<Exercise, Untouched> {
    let mut untouched = BTreeMap::new();
    for exercise in exercises {
        if let Some(stub) = Untouched::find(exercise) {
            untouched.insert(exercise.clone(), stub);
        }
    }
    untouched
}

/// Compiles exercises. Where there are none, nothing is compiled, and there is nothing to wait for.
fn build(exercises: &[Exercise], cargo: &Cargo) -> Result<(Option<Spinner>, Builds), Error> {
    if exercises.is_empty() {
        return Ok((None, Builds::default()));
    }
    let spinner = Spinner::start(&format!("compiling {}", names(exercises)));
    let built = cargo.build(exercises, &spinner)?;
    Ok((Some(spinner), built))
}

fn did_not_compile(exercise: &Exercise, errors: Vec<CompilerError>) -> ExerciseOutcome {
    ExerciseOutcome::DidNotCompile {
        signatures: signatures::find_changes(exercise, &errors),
        errors: errors.into_iter().map(|error| error.text).collect(),
    }
}

/// Lists the needed exercises that do not pass, though everything does that they are built on.
fn to_repair(prerequisites: &[Exercise], graded: &[GradedExercise]) -> Vec<Exercise> {
    let mut to_repair = Vec::new();
    for one in graded {
        let waits = matches!(one.outcome, ExerciseOutcome::Waits { .. });
        if !one.passed() && !waits && prerequisites.contains(&one.exercise) {
            to_repair.push(one.exercise.clone());
        }
    }
    to_repair
}

fn run(
    exercise: &Exercise,
    pack: &Pack,
    respond: &mut dyn Respond,
) -> Result<ExerciseOutcome, Error> {
    let mut tasks: Vec<_> = pack
        .manifest()
        .tasks
        .iter()
        .map(|task| grade(pack, task, respond))
        .collect();
    if let Some(message) = broken(&tasks) {
        let exercise = exercise.directory().display().to_string();
        return Err(Error::Broken { exercise, message });
    }
    for grade in tasks.iter_mut().flat_map(|task| &mut task.grades) {
        if let Verdict::NoReply(Failure::Panicked { message, location }) = &mut grade.verdict {
            *message = prints::printable(message);
            if let Some(location) = location {
                location.file = root::relative_to_root(&location.file);
            }
        }
    }
    Ok(ExerciseOutcome::Ran { tasks })
}

/// Returns the fault of the course, if there is one: then the verdicts say nothing about the learner.
fn broken(tasks: &[TaskGrade]) -> Option<String> {
    tasks
        .iter()
        .flat_map(|task| &task.grades)
        .find_map(|grade| match &grade.verdict {
            Verdict::NoReply(Failure::Broken { message }) => Some(message.clone()),
            _ => None,
        })
}

/// Lists at most three names.
fn names(exercises: &[Exercise]) -> String {
    let names: Vec<&str> = exercises
        .iter()
        .map(|exercise| exercise.name.as_str())
        .collect();
    match names.len() {
        0..=3 => names.join(", "),
        all => format!("{} and {} more", names[..2].join(", "), all - 2),
    }
}
