//! Which recorded mistake gives the learner's numbers.

use crate::case::Reply;
use crate::compare::{Comparison, Tolerance};
use crate::grade::Grade;
use crate::pack::{Mistake, Outputs, Pack, Task};

/// A recorded mistake that gives the learner's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The mistake's id; `exercise.toml` says what it is.
    pub id: String,
    /// The failed cases in which the numbers are the mistake's.
    pub agrees: usize,
    /// The failed cases.
    pub of: usize,
}

/// For each case, the mistake that explains it: of those that give the learner's numbers in this case, the one that
/// fits all the task's cases best.
pub(crate) fn name(
    pack: &Pack,
    task: &Task,
    grades: &[Grade],
    replies: &[Option<Reply>],
) -> Vec<Option<Named>> {
    let failed: Vec<usize> = (0..grades.len()).filter(|&case| !grades[case].verdict.passed()).collect();
    let evidence: Vec<(&Mistake, Vec<Fit>)> = task
        .mistakes
        .iter()
        .map(|mistake| {
            let answers = grades.iter().zip(replies);
            (
                mistake,
                answers.map(|(grade, reply)| Fit::new(pack, task, mistake, grade, reply.as_ref())).collect(),
            )
        })
        .collect();
    let explain = |case: usize| {
        let candidates = evidence.iter().filter(|(_, fits)| fits[case] == Fit::Equal);
        let score = |fits: &[Fit]| -> isize {
            let count = |wanted: Fit| fits.iter().filter(|fit| **fit == wanted).count() as isize;
            count(Fit::Equal) - count(Fit::Different)
        };
        // `max_by_key` takes the last of equals, and the first recorded is to win.
        let (mistake, fits) = candidates.rev().max_by_key(|(_, fits)| score(fits))?;
        let agrees = failed.iter().filter(|&&case| fits[case] == Fit::Equal).count();
        Some(Named { id: mistake.id.clone(), agrees, of: failed.len() })
    };
    (0..grades.len()).map(|case| (!grades[case].verdict.passed()).then(|| explain(case)).flatten()).collect()
}

/// How a mistake's outputs and the learner's compare in one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Equal,
    Different,
    /// The mistake does not show in this case and nothing is wrong in it, or there was no reply.
    Silent,
}

impl Fit {
    fn new(pack: &Pack, task: &Task, mistake: &Mistake, grade: &Grade, reply: Option<&Reply>) -> Self {
        let Some(reply) = reply else { return Self::Silent };
        match pack.mistaken(&task.name, &grade.name, &mistake.id) {
            Some(wrong) if equal(&reply.outputs, &wrong, pack.manifest().tolerance) => Self::Equal,
            None if grade.verdict.passed() => Self::Silent,
            _ => Self::Different,
        }
    }
}

fn equal(got: &Outputs, wrong: &Outputs, tolerance: Tolerance) -> bool {
    wrong.iter().all(|(name, wrong)| {
        let comparison = got.get(name).and_then(|got| Comparison::new(got, wrong, tolerance));
        comparison.is_some_and(|comparison| comparison.is_equal())
    })
}
