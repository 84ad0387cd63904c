//! Statuses of exercises: remembered, and graded anew if that is out of date.

use std::time::Duration;

use attentive_course::Exercise;
use attentive_grader::{ExerciseText, TaskGrade};

use crate::cargo::Cargo;
use crate::chain::DependencySource;
use crate::error::Error;
use crate::explanation;
use crate::fingerprint;
use crate::grading::{ExerciseOutcome, GradedExercise, GradingInput, grade_all};
use crate::progress::{Progress, Record, TaskOutcome, TaskRecord};

/// One exercise and the verdicts on it.
#[derive(Debug)]
pub(crate) struct ExerciseStatus {
    pub(crate) exercise: Exercise,
    pub(crate) info: ExerciseText,
    pub(crate) record: Record,
}

/// Returns the statuses of exercises; those that have changed since they were last graded are graded.
pub(crate) fn refresh(
    exercises: &[Exercise],
    limit: Duration,
) -> Result<Vec<ExerciseStatus>, Error> {
    // What is not in order is said even if nothing has changed.
    GradingInput::load_all(exercises, DependencySource::Manifest)?;
    let known = Progress::load()?;
    let mut changed = Vec::new();
    for exercise in exercises {
        let content = fingerprint::hash_inputs(exercise);
        if known
            .exercises
            .get(&exercise.name)
            .is_none_or(|record| record.content != content)
        {
            changed.push(exercise.clone());
        }
    }
    if !changed.is_empty() {
        let inputs = GradingInput::load_all(&changed, DependencySource::Manifest)?;
        save(&grade_all(inputs, limit, &Cargo::default())?)?;
    }
    load(exercises)
}

/// Loads the statuses of exercises as they are remembered; those that were never graded have no tasks solved.
pub(crate) fn load(exercises: &[Exercise]) -> Result<Vec<ExerciseStatus>, Error> {
    let progress = Progress::load()?;
    let mut statuses = Vec::new();
    for exercise in exercises {
        let info = ExerciseText::load(&exercise.data_directory())?;
        let record = match progress.exercises.get(&exercise.name) {
            Some(record) => record.clone(),
            None => Record::unknown(&info),
        };
        statuses.push(ExerciseStatus {
            exercise: exercise.clone(),
            info,
            record,
        });
    }
    Ok(statuses)
}

/// Saves verdicts.
pub(crate) fn save(graded: &[GradedExercise]) -> Result<(), Error> {
    Ok(Progress::update(|progress| {
        for graded in graded {
            let name = &graded.exercise.name;
            let before = progress
                .exercises
                .remove(name)
                .unwrap_or_else(|| Record::unknown(&graded.info));
            progress
                .exercises
                .insert(name.clone(), Record::new(graded, before));
        }
    })?)
}

impl Record {
    fn new(graded: &GradedExercise, before: Self) -> Self {
        // With more time it may pass: the same content is to be graded again.
        let content = if graded.was_hurried() {
            String::new()
        } else {
            graded.content.clone()
        };
        match &graded.outcome {
            ExerciseOutcome::DidNotCompile { .. } => Self {
                content,
                compiled: false,
                tasks: before.tasks,
            },
            ExerciseOutcome::Ran { tasks } => Self {
                content,
                compiled: true,
                tasks: tasks.iter().map(TaskRecord::new).collect(),
            },
            ExerciseOutcome::Waits { on } => {
                let summary = format!("built on {}", explanation::describe_waiting(on));
                Self {
                    content,
                    ..Self::with_outcome(&graded.info, &TaskOutcome::Waiting { summary })
                }
            }
        }
    }

    pub(crate) fn unknown(info: &ExerciseText) -> Self {
        Self::with_outcome(info, &TaskOutcome::NotGraded)
    }

    /// Makes the record of an exercise whose tasks all have the same outcome.
    fn with_outcome(info: &ExerciseText, outcome: &TaskOutcome) -> Self {
        let mut tasks = Vec::new();
        for task in &info.tasks {
            tasks.push(TaskRecord {
                name: task.name.clone(),
                outcome: outcome.clone(),
            });
        }
        Self {
            content: String::new(),
            compiled: true,
            tasks,
        }
    }
}

impl TaskRecord {
    fn new(task: &TaskGrade) -> Self {
        let outcome = match task.first_failure() {
            None => TaskOutcome::Passed,
            Some(grade) => TaskOutcome::Failed {
                verdict: grade.verdict.id().to_owned(),
                summary: grade.verdict.to_string(),
                mistake: grade.mistake.as_ref().map(|mistake| mistake.id.clone()),
            },
        };
        Self {
            name: task.task.clone(),
            outcome,
        }
    }
}
