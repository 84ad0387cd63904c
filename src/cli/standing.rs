//! Where the learner stands: what is remembered, and where that is out of date, graded anew.

use std::time::Duration;

use attentive_course::Exercise;
use attentive_grader::{ExerciseText, TaskGrade};

use crate::cargo::Cargo;
use crate::chain::Ground;
use crate::error::Error;
use crate::fingerprint;
use crate::grading::{Graded, Outcome, Ready, grade_all};
use crate::progress::{Failure, Progress, Record, TaskRecord};
use crate::text;

/// One exercise and the verdicts on it.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) exercise: Exercise,
    pub(crate) info: ExerciseText,
    pub(crate) record: Record,
}

/// The standing of exercises; those that have changed since they were last graded are graded.
pub(crate) fn refresh(exercises: &[Exercise], limit: Duration) -> Result<Vec<Standing>, Error> {
    // What is not in order is said even if nothing has changed.
    Ready::load_all(exercises, Ground::AsWritten)?;
    let known = Progress::load()?;
    let mut changed = Vec::new();
    for exercise in exercises {
        let content = fingerprint::hash_inputs(exercise)?;
        if known
            .exercises
            .get(&exercise.name)
            .is_none_or(|record| record.content != content)
        {
            changed.push(exercise.clone());
        }
    }
    if !changed.is_empty() {
        let ready = Ready::load_all(&changed, Ground::AsWritten)?;
        remember(&grade_all(ready, limit, &Cargo::default())?)?;
    }
    remembered(exercises)
}

/// The standing of exercises as it is remembered; those that were never graded have no tasks solved.
pub(crate) fn remembered(exercises: &[Exercise]) -> Result<Vec<Standing>, Error> {
    let progress = Progress::load()?;
    let standing = |exercise: &Exercise| {
        let info = ExerciseText::load(&exercise.data_directory())?;
        let record = progress
            .exercises
            .get(&exercise.name)
            .cloned()
            .unwrap_or_else(|| Record::unknown(&info));
        Ok(Standing {
            exercise: exercise.clone(),
            info,
            record,
        })
    };
    exercises.iter().map(standing).collect()
}

/// Remembers verdicts.
pub(crate) fn remember(graded: &[Graded]) -> Result<(), Error> {
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
    fn new(graded: &Graded, before: Self) -> Self {
        // With more time it may pass: the same content is to be graded again.
        let content = if graded.was_hurried() {
            String::new()
        } else {
            graded.content.clone()
        };
        match &graded.outcome {
            Outcome::DidNotCompile(_) => Self {
                content,
                compiled: false,
                tasks: before.tasks,
            },
            Outcome::Ran { tasks, .. } => Self {
                content,
                compiled: true,
                tasks: tasks.iter().map(TaskRecord::new).collect(),
            },
            Outcome::Waits { on } => {
                let summary = format!("built on {}", text::waits(on));
                Self {
                    content,
                    ..Self::without_verdicts(&graded.info, Failure::WAITS, &summary)
                }
            }
        }
    }

    fn unknown(info: &ExerciseText) -> Self {
        Self::without_verdicts(info, "not-run", "not graded yet")
    }

    fn without_verdicts(info: &ExerciseText, verdict: &str, summary: &str) -> Self {
        let failure = || Failure {
            verdict: verdict.into(),
            summary: summary.into(),
            mistake: None,
        };
        let task = |name: &String| TaskRecord {
            name: name.clone(),
            failure: Some(failure()),
        };
        let tasks = info.tasks.iter().map(|info| task(&info.name)).collect();
        Self {
            content: String::new(),
            compiled: true,
            tasks,
        }
    }
}

impl TaskRecord {
    fn new(task: &TaskGrade) -> Self {
        let failure = task.first_failure().map(|grade| Failure {
            verdict: grade.verdict.id().to_owned(),
            summary: grade.verdict.to_string(),
            mistake: grade.mistake.as_ref().map(|mistake| mistake.id.clone()),
        });
        Self {
            name: task.task.clone(),
            failure,
        }
    }
}
