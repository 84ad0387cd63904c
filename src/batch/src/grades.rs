//! Grades: what was handed in and what came of it, put together.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::course::{Course, Exercise};
use crate::intake::{Collected, Student, Submission};
use crate::job::{key, sources};
use crate::journal::Results;
use crate::results::{ExerciseOutcome, ExerciseResult, TaskResult};

/// The version of `grades.json`.
const VERSION: u32 = 1;

/// The grades of a class.
#[derive(Debug, Serialize)]
pub(crate) struct Grades<'a> {
    /// Rises when a program that understands the old form would misunderstand the new.
    version: u32,
    /// By the student's id.
    pub(crate) students: Vec<StudentGrades<'a>>,
}

/// The grades of a student.
#[derive(Debug, Serialize)]
pub(crate) struct StudentGrades<'a> {
    pub(crate) student: &'a Student,
    /// The file or folder that was handed in.
    pub(crate) origin: &'a str,
    /// Why nothing could be taken from it.
    pub(crate) problem: Option<&'a str>,
    /// What else was in it.
    pub(crate) unused: &'a [String],
    /// The points.
    pub(crate) points: u32,
    /// What all exercises are worth that could be graded.
    pub(crate) of: u32,
    /// In the course's order.
    pub(crate) exercises: Vec<ExerciseGrade<'a>>,
}

/// The grade of one exercise.
#[derive(Debug, Serialize)]
pub(crate) struct ExerciseGrade<'a> {
    /// Its folder.
    pub(crate) exercise: &'a str,
    /// `passed`, `failed`, `not-compiled`, `missing`, `unusable` or `fault`.
    pub(crate) state: &'static str,
    /// The points.
    pub(crate) points: u32,
    /// What it is worth; 0 where the grader is at fault.
    pub(crate) of: u32,
    /// Why there is no verdict, or what the compiler said.
    pub(crate) message: Option<&'a str>,
    /// The key of the result, which tells equal sources.
    pub(crate) key: Option<&'a str>,
    /// Task by task.
    pub(crate) tasks: Vec<TaskGrade<'a>>,
    /// Whether it had to be tried twice and the two differed.
    pub(crate) unsteady: bool,
    #[serde(skip)]
    pub(crate) seconds: f64,
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
    /// Puts grades together.
    pub(crate) fn new(
        course: &'a Course,
        submissions: &'a [Submission],
        cache_contexts: &BTreeMap<String, String>,
        results: &'a Results,
    ) -> Self {
        let student = |submission: &'a Submission| {
            let grade = |exercise| exercise_grade(exercise, submission, cache_contexts, results);
            let exercises: Vec<ExerciseGrade<'a>> = course.exercises.iter().map(grade).collect();
            StudentGrades {
                student: &submission.student,
                origin: &submission.origin,
                problem: submission.problem.as_deref(),
                unused: &submission.unused,
                points: exercises.iter().map(|exercise| exercise.points).sum(),
                of: exercises.iter().map(|exercise| exercise.of).sum(),
                exercises,
            }
        };
        Self {
            version: VERSION,
            students: submissions.iter().map(student).collect(),
        }
    }
}

fn exercise_grade<'a>(
    exercise: &'a Exercise,
    submission: &'a Submission,
    cache_contexts: &BTreeMap<String, String>,
    results: &'a Results,
) -> ExerciseGrade<'a> {
    let result = sources(submission, exercise)
        .and_then(|sources| results.get(&key(cache_contexts.get(&exercise.folder)?, sources)));
    let (state, message) = match (
        result.map(|result| &result.outcome),
        submission.collected.get(&exercise.folder),
    ) {
        (Some(ExerciseOutcome::NotCompiled { message, .. }), _) => {
            ("not-compiled", Some(message.as_str()))
        }
        (Some(ExerciseOutcome::Fault { message }), _) => ("fault", Some(message.as_str())),
        (Some(ExerciseOutcome::Ran { tasks }), _) => (
            if tasks.iter().all(TaskResult::is_passed) {
                "passed"
            } else {
                "failed"
            },
            None,
        ),
        (None, Some(Collected::Unusable(why))) => ("unusable", Some(why.as_str())),
        (None, Some(Collected::Sources(sources))) if sources.contains_key("lib.rs") => {
            ("fault", Some("there is no result of it yet; grade again"))
        }
        (None, _) if submission.problem.is_some() => ("unusable", submission.problem.as_deref()),
        (None, _) => ("missing", Some("src/lib.rs was not handed in")),
    };
    let tasks = tasks(exercise, result);
    ExerciseGrade {
        exercise: &exercise.folder,
        state,
        points: tasks.iter().map(|task| task.points).sum(),
        of: if state == "fault" {
            0
        } else {
            exercise.worth()
        },
        message,
        key: result.map(|result| result.key.as_str()),
        tasks,
        unsteady: result.is_some_and(|result| result.unsteady),
        seconds: result.map_or(0.0, |result| result.seconds.0 + result.seconds.1),
    }
}

fn tasks<'a>(exercise: &Exercise, result: Option<&'a ExerciseResult>) -> Vec<TaskGrade<'a>> {
    let Some(ExerciseResult {
        outcome: ExerciseOutcome::Ran { tasks },
        ..
    }) = result
    else {
        return Vec::new();
    };
    let grade = |result: &'a TaskResult| {
        let of = exercise.points(&result.name);
        TaskGrade {
            points: if result.is_passed() { of } else { 0 },
            of,
            result,
        }
    };
    tasks.iter().map(grade).collect()
}

impl ExerciseGrade<'_> {
    /// The verdict in a few words.
    pub(crate) fn words(&self) -> String {
        match self.state {
            "passed" => "passed".to_owned(),
            "failed" => {
                let first = self.tasks.iter().find(|task| !task.result.is_passed());
                first.map_or_else(String::new, |task| {
                    format!("{}: {}", task.result.name, verdict_words(task.result))
                })
            }
            "not-compiled" => "did not compile".to_owned(),
            "fault" => "could not be graded (not the student's fault)".to_owned(),
            other => other.to_owned(),
        }
    }
}

/// A task's verdict in words that show no number of a case.
pub(crate) fn verdict_words(task: &TaskResult) -> String {
    match (&task.limit, task.verdict.as_str()) {
        (Some(limit), _) => format!("limit reached: {limit}"),
        (None, verdict) => verdict.replace('-', " "),
    }
}
