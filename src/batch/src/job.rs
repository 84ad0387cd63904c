//! Jobs: the sources of each exercise once, however many students handed them in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::context::CacheContexts;
use crate::course::{Course, Exercise};
use crate::intake::{Collected, Submission};
use crate::results::ExerciseResult;

/// The sources of one exercise, to be graded once.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The key under which its result is stored.
    pub(crate) key: String,
    pub(crate) exercise: &'a Exercise,
    pub(crate) sources: &'a BTreeMap<String, String>,
    /// The submissions that it belongs to, by their places.
    pub(crate) owners: Vec<usize>,
}

/// A graded job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GradedJob {
    pub(crate) result: ExerciseResult,
    pub(crate) pictures: Vec<Picture>,
    /// `true` if the machine's load may have had a part in it: then it is tried again, alone, before it counts.
    pub(crate) is_doubtful: bool,
}

impl GradedJob {
    /// Returns the result that counts of a doubtful one and a second attempt: the second, if there was time for all of
    /// it.
    pub(crate) fn confirmed_by(self, mut second: Self) -> Self {
        let seconds = self.result.seconds + second.result.seconds;
        let unsteady = !second.result.outcome.agrees_with(&self.result.outcome);
        second.result.unsteady = unsteady;
        let mut counts = if second.result.over_budget {
            self
        } else {
            second
        };
        counts.result.seconds = seconds;
        counts
    }
}

/// The picture of a task's first failure.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Picture {
    pub(crate) task: String,
    pub(crate) svg: String,
}

/// Returns the sources of an exercise, if they can be compiled at all.
pub(crate) fn sources<'a>(
    submission: &'a Submission,
    exercise: &Exercise,
) -> Option<&'a BTreeMap<String, String>> {
    match submission.collected.get(&exercise.folder)? {
        Collected::Sources(sources) if sources.contains_key("lib.rs") => Some(sources),
        Collected::Sources(_) | Collected::Unusable(_) => None,
    }
}

/// Makes a job of each exercise's stub.
pub(crate) fn stub_jobs<'a>(course: &'a Course, contexts: &CacheContexts) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for exercise in &course.exercises {
        let sources = &exercise.stub;
        jobs.push(Job {
            key: contexts.key(exercise, sources),
            exercise,
            sources,
            owners: Vec::new(),
        });
    }
    jobs
}

/// Makes the jobs of all submissions, in the order of exercises; equal sources become one job.
pub(crate) fn submission_jobs<'a>(
    course: &'a Course,
    submissions: &'a [Submission],
    contexts: &CacheContexts,
) -> Vec<Job<'a>> {
    let mut jobs = BTreeMap::new();
    for (nth, exercise) in course.exercises.iter().enumerate() {
        for (owner, submission) in submissions.iter().enumerate() {
            let Some(sources) = sources(submission, exercise) else {
                continue;
            };
            let key = contexts.key(exercise, sources);
            let job = jobs.entry((nth, key.clone())).or_insert(Job {
                key,
                exercise,
                sources,
                owners: Vec::new(),
            });
            job.owners.push(owner);
        }
    }
    jobs.into_values().collect()
}
