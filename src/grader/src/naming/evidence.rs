//! Evidence for and against a mistake: its predictions beside what was returned, case by case.

use std::collections::BTreeSet;

use crate::case::{Outputs, Reply};
use crate::failure::Failure;
use crate::grade::Grade;
use crate::manifest::{Mistake, Task};
use crate::metric::Tolerance;
use crate::output::{Output, OutputKind};
use crate::pack::Pack;
use crate::tensor::Tensor;
use crate::verdict::Verdict;

/// The entries of a curve that have to agree beyond the first at which a mistake shows.
const BEYOND: usize = 2;

/// The weight of evidence in numbers that come from nothing else: a wrong program does not hit them by chance.
const CERTAIN: usize = usize::MAX;

/// The weight from which it is no longer chance that an answer agrees with a mistake in whole numbers, such as the ids of a
/// short text. Many wrong programs repeat the token that a model likes best.
const MORE_THAN_CHANCE: usize = 6;

/// The prediction of a mistake about one case, beside what was returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The case failed, and all outputs are the mistake's.
    Equal {
        /// The weight of what tells it from a right answer: 0 if these are only NaN, infinities or a bound.
        weight: usize,
    },
    /// The case failed, and its curve begins like the mistake's.
    Begins,
    /// The mistake shows in the case, which failed with other numbers.
    Different,
    /// The case failed although the mistake does not show in it, or gave no reply.
    Unexplained,
    /// The case passed although the mistake shows in it.
    Spared,
    /// The case failed, and nobody knows what the mistake gives in it.
    Unknown,
    /// The case says nothing for or against the mistake.
    Silent,
}

impl Fit {
    pub(super) fn is_explained(&self) -> bool {
        matches!(self, Self::Equal { .. } | Self::Begins)
    }

    /// Returns `true` for a failure that the mistake does not explain.
    pub(super) fn is_unexplained(&self) -> bool {
        matches!(self, Self::Different | Self::Unexplained)
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    fn is_telling(&self) -> bool {
        self.weight() > 0
    }

    fn weight(&self) -> usize {
        match self {
            Self::Equal { weight } => *weight,
            Self::Begins => CERTAIN,
            _ => 0,
        }
    }

    fn is_against(&self) -> bool {
        self.is_unexplained() || matches!(self, Self::Spared)
    }
}

/// A mistake, and what each case says for or against it.
pub(super) struct Evidence<'a> {
    pub(super) mistake: &'a Mistake,
    /// One for each case of the task.
    pub(super) fits: Vec<Fit>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(
        pack: &Pack,
        task: &Task,
        mistake: &'a Mistake,
        grades: &[Grade],
        replies: &[Option<Reply>],
    ) -> Self {
        let mut fits = Vec::new();
        for (grade, reply) in grades.iter().zip(replies) {
            fits.push(match reply {
                Some(reply) => fit(pack, task, mistake, grade, reply),
                None => fit_without_reply(mistake, grade),
            });
        }
        Self { mistake, fits }
    }

    pub(super) fn count(&self, wanted: impl Fn(&Fit) -> bool) -> usize {
        self.fits.iter().filter(|fit| wanted(fit)).count()
    }

    /// The number of failures that the mistake explains.
    pub(super) fn explained(&self) -> usize {
        self.count(Fit::is_explained)
    }

    /// The number of cases that are not as the mistake would have them.
    pub(super) fn against(&self) -> usize {
        self.count(Fit::is_against)
    }

    /// Returns `true` if a case agrees with the mistake in numbers that come from nothing else.
    pub(super) fn is_telling(&self) -> bool {
        self.count(Fit::is_telling) > 0
    }

    /// Returns `true` if the cases that agree outweigh those that speak against the mistake: in as many different whole
    /// numbers for each of these as chance does not explain.
    pub(super) fn outweighs_what_is_against(&self) -> bool {
        self.weight() >= MORE_THAN_CHANCE.saturating_mul(self.against())
    }

    /// Returns `true` if all that the cases agree in are a few whole numbers.
    pub(super) fn may_be_chance(&self) -> bool {
        self.is_telling() && self.weight() < MORE_THAN_CHANCE
    }

    fn weight(&self) -> usize {
        let weights = self.fits.iter().map(Fit::weight);
        weights.fold(0, usize::saturating_add)
    }

    /// Orders mistakes: what is explained less what speaks against, then the cases that tell most, then those whose
    /// numbers are the mistake's to the end and not only at the beginning.
    pub(super) fn score(&self) -> (isize, usize, usize) {
        let explained = self.explained() as isize - self.against() as isize;
        let to_the_end = self.count(|fit| matches!(fit, Fit::Equal { .. }));
        (explained, self.count(Fit::is_telling), to_the_end)
    }
}

/// A mistake is recorded as numbers, so it never explains a panic.
fn fit_without_reply(mistake: &Mistake, grade: &Grade) -> Fit {
    match &grade.verdict {
        Verdict::NoReply(Failure::NotImplemented { .. } | Failure::Broken { .. })
        | Verdict::NotRun { .. } => Fit::Silent,
        _ if mistake.unknown_in.contains(&grade.name) => Fit::Unknown,
        _ => Fit::Unexplained,
    }
}

fn fit(pack: &Pack, task: &Task, mistake: &Mistake, grade: &Grade, reply: &Reply) -> Fit {
    let passed = grade.verdict.passed();
    let Some(wrong) = pack.mistaken(&task.name, &grade.name, &mistake.id) else {
        return match passed {
            true => Fit::Silent,
            false if mistake.unknown_in.contains(&grade.name) => Fit::Unknown,
            false => Fit::Unexplained,
        };
    };
    let answers = Answers {
        reply,
        wrong: &wrong,
        right: &pack.expected(&task.name, &grade.name),
        tolerance: pack.manifest().tolerance,
    };
    let is_equal = task.outputs.iter().all(|output| answers.agree(output));
    match (is_equal, passed) {
        // The two are so close here that the answer is both.
        (true, true) => Fit::Silent,
        (true, false) => Fit::Equal {
            weight: answers.weight(task),
        },
        (false, true) => Fit::Spared,
        (false, false) if begins(task, grade, &answers) => Fit::Begins,
        (false, false) => Fit::Different,
    }
}

/// Returns `true` if the first wrong output is a curve that begins like the mistake's, and all before it are the mistake's.
fn begins(task: &Task, grade: &Grade, answers: &Answers<'_>) -> bool {
    let Some(finding) = grade.verdict.finding() else {
        return false;
    };
    for output in &task.outputs {
        if output.name == finding.output {
            return answers.begin_alike(output);
        }
        if !answers.agree(output) {
            return false;
        }
    }
    false
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

    /// Returns the weight of the numbers that the mistake has of its own in any output.
    fn weight(&self, task: &Task) -> usize {
        let weights = task.outputs.iter().map(|output| self.weight_of(output));
        weights.fold(0, usize::saturating_add)
    }

    /// Returns the weight of the numbers that a mistake's output has of its own. Of whole numbers, each counts once, and
    /// so does a different shape. NaN and infinities have many causes, and so has a sequence that is empty or a count
    /// that exceeds its bound.
    fn weight_of(&self, output: &Output) -> usize {
        let (Some(wrong), Some(right)) =
            (self.wrong.get(&output.name), self.right.get(&output.name))
        else {
            return 0;
        };
        if output.kind.is_count() {
            return 0;
        }
        let numbers = wrong.numbers();
        let comparison = output.compare(wrong, right, self.tolerance);
        // In a different shape, all numbers are the mistake's own.
        let is_wrong = comparison
            .map(|comparison| comparison.wrong)
            .filter(|is_wrong| is_wrong.shape() == numbers.shape());
        let mut own = BTreeSet::new();
        for (index, number) in numbers.indexed_iter() {
            let is_own = is_wrong.as_ref().is_none_or(|is_wrong| is_wrong[&index]);
            if is_own && number.is_finite() {
                own.insert(number.to_bits());
            }
        }
        match own.len() {
            0 => 0,
            different if output.kind.is_whole() => {
                different + usize::from(wrong.shape() != right.shape())
            }
            _ => CERTAIN,
        }
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
