//! Naming of mistakes: the search for a recorded one that gives the learner's numbers.

use crate::case::{Outputs, Reply};
use crate::compare::{Comparison, Tolerance};
use crate::grade::{Extent, Grade, NamedMistake};
use crate::pack::{Mistake, Pack, Task};

/// For each case that failed, the mistake that explains it: of those that give the learner's numbers in this case, the
/// one that fits all the task's cases best. Where none does, one whose first steps do, or one that fits most other cases.
pub(crate) fn name_mistakes(
    pack: &Pack,
    task: &Task,
    grades: &[Grade],
    replies: &[Option<Reply>],
) -> Vec<Option<NamedMistake>> {
    let evidence: Vec<Evidence<'_>> = task
        .mistakes
        .iter()
        .map(|mistake| Evidence::new(pack, task, mistake, grades, replies))
        .collect();
    let explain = |case: usize| {
        // `max_by_key` takes the last of equals, and the first recorded is to win.
        let best = |fits: &dyn Fn(&Evidence<'_>) -> bool| {
            evidence
                .iter()
                .rev()
                .filter(|evidence| fits(evidence))
                .max_by_key(|evidence| evidence.score())
        };
        let begins = |evidence: &Evidence<'_>| {
            evidence.fits[case] == Fit::Begins && evidence.mostly(&[Fit::Equal, Fit::Begins])
        };
        if let Some(evidence) = best(&|evidence| evidence.fits[case] == Fit::Equal) {
            Some(evidence.named(Extent::Whole, &[Fit::Equal]))
        } else if let Some(evidence) = best(&begins) {
            let wrong = &grades[case].verdict.finding()?.output;
            Some(evidence.named(Extent::Until(wrong.clone()), &[Fit::Equal, Fit::Begins]))
        } else {
            let evidence = best(&|evidence| evidence.mostly(&[Fit::Equal]))?;
            Some(evidence.named(Extent::Elsewhere, &[Fit::Equal]))
        }
    };
    let failed = |case: usize| !grades[case].verdict.passed();
    (0..grades.len())
        .map(|case| failed(case).then(|| explain(case)).flatten())
        .collect()
}

/// How a mistake's outputs and the learner's compare in one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// All outputs are the mistake's.
    Equal,
    /// Those up to the first wrong one are.
    Begins,
    Different,
    /// The mistake does not show in this case, but something is wrong in it.
    Unexplained,
    /// The mistake does not show in this case and nothing is wrong in it, or there was no reply.
    Silent,
}

/// A mistake, and what each case says for or against it.
struct Evidence<'a> {
    mistake: &'a Mistake,
    fits: Vec<Fit>,
}

impl<'a> Evidence<'a> {
    fn new(
        pack: &Pack,
        task: &Task,
        mistake: &'a Mistake,
        grades: &[Grade],
        replies: &[Option<Reply>],
    ) -> Self {
        let fit = |(grade, reply): (&Grade, &Option<Reply>)| {
            reply.as_ref().map_or(Fit::Silent, |reply| {
                Fit::new(pack, task, mistake, grade, reply)
            })
        };
        Self {
            mistake,
            fits: grades.iter().zip(replies).map(fit).collect(),
        }
    }

    fn count(&self, wanted: &[Fit]) -> usize {
        self.fits.iter().filter(|fit| wanted.contains(fit)).count()
    }

    /// The cases that show the mistake and were answered.
    fn shown(&self) -> usize {
        self.count(&[Fit::Equal, Fit::Begins, Fit::Different])
    }

    fn mostly(&self, wanted: &[Fit]) -> bool {
        2 * self.count(wanted) > self.shown()
    }

    fn score(&self) -> isize {
        let against = self.count(&[Fit::Begins, Fit::Different, Fit::Unexplained]);
        self.count(&[Fit::Equal]) as isize - against as isize
    }

    fn named(&self, extent: Extent, agree: &[Fit]) -> NamedMistake {
        NamedMistake {
            id: self.mistake.id.clone(),
            extent,
            agrees: self.count(agree),
            of: self.shown(),
        }
    }
}

impl Fit {
    fn new(pack: &Pack, task: &Task, mistake: &Mistake, grade: &Grade, reply: &Reply) -> Self {
        let Some(wrong) = pack.mistaken(&task.name, &grade.name, &mistake.id) else {
            return if grade.verdict.passed() {
                Self::Silent
            } else {
                Self::Unexplained
            };
        };
        let tolerance = pack.manifest().tolerance;
        let equal = |output: &str| equal(&reply.outputs, &wrong, output, tolerance);
        let mut steps = task.outputs.iter().map(|output| output.name.as_str());
        if steps.clone().all(equal) {
            return Self::Equal;
        }
        // Two outputs are no steps: many mistakes have the same weights and differ in what becomes of them.
        let first_wrong = grade.verdict.finding().filter(|_| task.outputs.len() > 2);
        let upto =
            first_wrong.and_then(|finding| steps.clone().position(|name| name == finding.output));
        match upto {
            Some(upto) if steps.by_ref().take(upto + 1).all(equal) => Self::Begins,
            _ => Self::Different,
        }
    }
}

fn equal(got: &Outputs, wrong: &Outputs, output: &str, tolerance: Tolerance) -> bool {
    let pair = got.get(output).zip(wrong.get(output));
    let comparison = pair.and_then(|(got, wrong)| Comparison::new(got, wrong, tolerance));
    comparison.is_some_and(|comparison| comparison.is_equal())
}
