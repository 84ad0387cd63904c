//! Naming of mistakes: the search for a recorded one that gives the learner's numbers.

use crate::case::{Outputs, Reply};
use crate::grade::{Extent, Grade, NamedMistake};
use crate::manifest::{Mistake, Task};
use crate::metric::Tolerance;
use crate::output::{Output, OutputKind};
use crate::pack::Pack;
use crate::tensor::Tensor;

/// The entries of a curve that have to agree beyond the first at which a mistake shows.
const BEYOND: usize = 2;

/// Returns, for each case that failed, the mistake that explains it: of those that give the learner's numbers in this case, the
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
            let finding = grades[case].verdict.finding()?;
            let output = finding.output.clone();
            let extent = match finding.kind {
                OutputKind::Curve { .. } => Extent::Beginning(output),
                _ => Extent::Until(output),
            };
            Some(evidence.named(extent, &[Fit::Equal, Fit::Begins]))
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

/// The agreement of a mistake's outputs with the learner's in one case.
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
        let answers = Answers {
            reply,
            wrong: &wrong,
            right: &pack.expected(&task.name, &grade.name),
            tolerance: pack.manifest().tolerance,
        };
        if task.outputs.iter().all(|output| answers.agree(output)) {
            return Self::Equal;
        }
        let Some(finding) = grade.verdict.finding() else {
            return Self::Different;
        };
        let Some(first_wrong) = task
            .outputs
            .iter()
            .position(|output| output.name == finding.output)
        else {
            return Self::Different;
        };
        let (before, output) = (&task.outputs[..first_wrong], &task.outputs[first_wrong]);
        if !before.iter().all(|output| answers.agree(output)) {
            return Self::Different;
        }
        // Two outputs are no steps: many mistakes have the same weights and differ in what becomes of them.
        let has_steps = task.outputs.len() > 2;
        if has_steps && answers.agree(output) || answers.begin_alike(output) {
            Self::Begins
        } else {
            Self::Different
        }
    }
}

/// The outputs of a case: the learner's, a mistake's and the right ones.
struct Answers<'a> {
    reply: &'a Reply,
    wrong: &'a Outputs,
    right: &'a Outputs,
    tolerance: Tolerance,
}

impl Answers<'_> {
    /// Returns `true` if the learner's output is the mistake's.
    fn agree(&self, output: &Output) -> bool {
        let name = &output.name;
        let (Some(got), Some(wrong)) = (self.reply.outputs.get(name), self.wrong.get(name)) else {
            return false;
        };
        if let OutputKind::Count { .. } = output.kind {
            // A mistake's count is one of many that exceed the bound.
            return self.is_right(output, got) == self.is_right(output, wrong);
        }
        let comparison = output.compare(got, wrong, self.tolerance);
        comparison.is_some_and(|comparison| comparison.is_equal())
    }

    fn is_right(&self, output: &Output, got: &Tensor) -> bool {
        let comparison = self
            .right
            .get(&output.name)
            .and_then(|right| output.compare(got, right, self.tolerance));
        comparison.is_some_and(|comparison| comparison.is_equal())
    }

    /// Returns `true` if the learner's curve is the mistake's up to where this one has left the right one, and a little
    /// on: after that, roundings make curves differ that have one cause.
    fn begin_alike(&self, output: &Output) -> bool {
        let name = &output.name;
        let (OutputKind::Curve { .. }, Some(got), Some(wrong), Some(right)) = (
            &output.kind,
            self.reply.outputs.get(name),
            self.wrong.get(name),
            self.right.get(name),
        ) else {
            return false;
        };
        let first = |got: &Tensor, expected: &Tensor| {
            let comparison = output.compare(got, expected, self.tolerance)?;
            Some(comparison.first.map_or(usize::MAX, |first| first.index[0]))
        };
        match (first(wrong, right), first(got, wrong)) {
            (Some(leaves), Some(differs)) => differs > leaves.saturating_add(BEYOND),
            _ => false,
        }
    }
}
