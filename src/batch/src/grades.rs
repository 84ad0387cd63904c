//! Grades: the points of each student, from what they handed in and its results.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::context::CacheContexts;
use crate::course::{Course, Exercise};
use crate::intake::{Collected, Student, Submission};
use crate::job::sources;
use crate::journal::Results;
use crate::results::{ExerciseOutcome, ExerciseResult, TaskResult};
use crate::signatures::describe_changes;

/// The version of `grades.json`.
const VERSION: u32 = 1;

/// The grades of a class.
#[derive(Debug, Serialize)]
pub(crate) struct Grades<'a> {
    /// Rises when a program that understands the old form would misunderstand the new.
    version: u32,
    /// In the order of their ids.
    pub(crate) students: Vec<StudentGrades<'a>>,
}

/// The grades of a student.
#[derive(Debug, Serialize)]
pub(crate) struct StudentGrades<'a> {
    pub(crate) student: &'a Student,
    /// The file or folder that was handed in.
    pub(crate) origin: &'a str,
    /// The reason for which nothing could be collected from it.
    pub(crate) problem: Option<&'a str>,
    /// Files in it that are not used.
    pub(crate) unused: &'a [String],
    /// The points.
    pub(crate) points: u32,
    /// The points of all exercises that could be graded.
    pub(crate) of: u32,
    /// In the course's order.
    pub(crate) exercises: Vec<ExerciseGrade<'a>>,
}

/// The grade of one exercise.
#[derive(Debug, Serialize)]
pub(crate) struct ExerciseGrade<'a> {
    /// Its folder.
    pub(crate) exercise: &'a str,
    pub(crate) state: ExerciseState,
    /// The points.
    pub(crate) points: u32,
    /// The most points; 0 where the grader is at fault.
    pub(crate) of: u32,
    /// The reason for which there is no verdict, or the compiler's message.
    pub(crate) message: Option<&'a str>,
    /// The changed signatures for which the exercise's adapter does not compile, in words.
    #[serde(skip)]
    pub(crate) signatures: Vec<String>,
    /// The key of the result, which tells equal sources.
    pub(crate) key: Option<&'a str>,
    /// Task by task.
    pub(crate) tasks: Vec<TaskGrade<'a>>,
    /// `true` if it had to be tried twice and the two differed.
    pub(crate) unsteady: bool,
    #[serde(skip)]
    pub(crate) seconds: f64,
}

/// The state of a student's exercise. Its text is the stored name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExerciseState {
    /// Every task was solved.
    Passed,
    /// A task was not solved.
    Failed,
    /// It did not compile.
    NotCompiled,
    /// It was not handed in.
    Missing,
    /// Its sources cannot be used.
    Unusable,
    /// The grader is at fault.
    Fault,
}

impl ExerciseState {
    /// Every state, in the order of tables.
    pub(crate) const ALL: [Self; 6] = [
        Self::Passed,
        Self::Failed,
        Self::NotCompiled,
        Self::Missing,
        Self::Unusable,
        Self::Fault,
    ];
}

impl fmt::Display for ExerciseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotCompiled => "not-compiled",
            Self::Missing => "missing",
            Self::Unusable => "unusable",
            Self::Fault => "fault",
        })
    }
}

/// The grade of one task.
#[derive(Debug, Serialize)]
pub(crate) struct TaskGrade<'a> {
    pub(crate) points: u32,
    pub(crate) of: u32,
    #[serde(flatten)]
    pub(crate) result: &'a TaskResult,
}

impl<'a> Grades<'a> {
    /// Grades every exercise of every student.
    pub(crate) fn new(
        course: &'a Course,
        submissions: &'a [Submission],
        contexts: &CacheContexts,
        results: &'a Results,
    ) -> Self {
        let mut students = Vec::new();
        for submission in submissions {
            let mut exercises = Vec::new();
            for exercise in &course.exercises {
                let result = sources(submission, exercise)
                    .and_then(|sources| results.get(&contexts.key(exercise, sources)));
                exercises.push(ExerciseGrade::new(exercise, submission, result));
            }
            students.push(StudentGrades {
                student: &submission.student,
                origin: &submission.origin,
                problem: submission.problem.as_deref(),
                unused: &submission.unused,
                points: exercises.iter().map(|exercise| exercise.points).sum(),
                of: exercises.iter().map(|exercise| exercise.of).sum(),
                exercises,
            });
        }
        Self::of(students)
    }

    /// Puts the grades of students together.
    pub(crate) fn of(students: Vec<StudentGrades<'a>>) -> Self {
        Self {
            version: VERSION,
            students,
        }
    }
}

impl StudentGrades<'_> {
    /// Returns `true` if the grader is at fault in any exercise: then the points are not all that there will be.
    pub(crate) fn has_fault(&self) -> bool {
        self.exercises
            .iter()
            .any(|exercise| exercise.state == ExerciseState::Fault)
    }
}

impl<'a> ExerciseGrade<'a> {
    fn new(
        exercise: &'a Exercise,
        submission: &'a Submission,
        result: Option<&'a ExerciseResult>,
    ) -> Self {
        let (state, message) = match result {
            Some(result) => state_of_result(result),
            None => state_without_result(exercise, submission),
        };
        let tasks = result.map_or_else(Vec::new, |result| task_grades(exercise, result));
        let seconds = result.map_or(0.0, |result| {
            result.seconds.compiling + result.seconds.running
        });
        let signatures = match (state, message, sources(submission, exercise)) {
            (ExerciseState::NotCompiled, Some(message), Some(sources)) => {
                describe_changes(exercise, sources, message)
            }
            _ => Vec::new(),
        };
        Self {
            exercise: &exercise.folder,
            state,
            points: tasks.iter().map(|task| task.points).sum(),
            of: match state {
                ExerciseState::Fault => 0,
                _ => exercise.worth(),
            },
            message,
            signatures,
            key: result.map(|result| result.key.as_str()),
            tasks,
            unsteady: result.is_some_and(|result| result.unsteady),
            seconds,
        }
    }

    /// Describes the verdict in a few words.
    pub(crate) fn words(&self) -> String {
        match self.state {
            ExerciseState::Failed => {
                let first = self.tasks.iter().find(|task| !task.result.is_passed());
                first.map_or_else(String::new, |task| {
                    format!("{}: {}", task.result.name, task.result.words())
                })
            }
            ExerciseState::NotCompiled => "did not compile".to_owned(),
            ExerciseState::Fault => "could not be graded (not the student's fault)".to_owned(),
            ExerciseState::Passed | ExerciseState::Missing | ExerciseState::Unusable => {
                self.state.to_string()
            }
        }
    }
}

fn state_of_result(result: &ExerciseResult) -> (ExerciseState, Option<&str>) {
    match &result.outcome {
        ExerciseOutcome::NotCompiled { message, .. } => (ExerciseState::NotCompiled, Some(message)),
        ExerciseOutcome::Fault { message } => (ExerciseState::Fault, Some(message)),
        ExerciseOutcome::Ran { tasks } if tasks.iter().all(TaskResult::is_passed) => {
            (ExerciseState::Passed, None)
        }
        ExerciseOutcome::Ran { .. } => (ExerciseState::Failed, None),
    }
}

fn state_without_result<'a>(
    exercise: &Exercise,
    submission: &'a Submission,
) -> (ExerciseState, Option<&'a str>) {
    match submission.collected.get(&exercise.folder) {
        Some(Collected::Unusable(reason)) => (ExerciseState::Unusable, Some(reason)),
        Some(Collected::Sources(sources)) if sources.contains_key("lib.rs") => (
            ExerciseState::Fault,
            Some("there is no result of it yet; grade again"),
        ),
        _ if submission.problem.is_some() => {
            (ExerciseState::Unusable, submission.problem.as_deref())
        }
        _ => {
            let found = submission.misplaced.get(&exercise.folder);
            let message = found.map_or("src/lib.rs was not handed in", String::as_str);
            (ExerciseState::Missing, Some(message))
        }
    }
}

fn task_grades<'a>(exercise: &Exercise, result: &'a ExerciseResult) -> Vec<TaskGrade<'a>> {
    let ExerciseOutcome::Ran { tasks } = &result.outcome else {
        return Vec::new();
    };
    let mut grades = Vec::new();
    for result in tasks {
        let of = exercise.points(&result.name);
        let points = if result.is_passed() { of } else { 0 };
        grades.push(TaskGrade { points, of, result });
    }
    grades
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_stored_by_its_text() {
        for state in ExerciseState::ALL {
            let stored = serde_json::to_value(state).expect("it is JSON");
            assert_eq!(stored, state.to_string());
        }
    }
}
