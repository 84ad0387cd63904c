//! Naming of mistakes: the search for recorded ones that explain which cases fail, and with which numbers.
//!
//! A mistake makes a prediction about every case: these numbers where it shows, the right ones elsewhere. It is named when
//! the predictions hold in all cases, or in nearly all. A single case that agrees is not enough: where sizes happen to be
//! equal, or all is NaN, many wrong answers agree. So do a few whole numbers, such as the ids of a short text: they are
//! weighed by how many different ones there are.

mod evidence;

use crate::case::Reply;
use crate::grade::{Extent, Grade, NamedMistake};
use crate::manifest::Task;
use crate::pack::Pack;

use evidence::{Evidence, Fit};

/// The cases that a mistake has to explain for each that speaks against it.
const NEARLY_ALL: usize = 3;

/// Returns, for each case that failed, the mistake that explains the task's failures.
///
/// One mistake explains all of them or, where no single one does, two do so together, and each case gets one of these.
pub(crate) fn name_mistakes(
    pack: &Pack,
    task: &Task,
    grades: &[Grade],
    replies: &[Option<Reply>],
) -> Vec<Option<NamedMistake>> {
    // Of a right answer nothing is to be named, and comparing it with each mistake is a fifth of grading it.
    if grades.iter().all(|grade| grade.verdict.passed()) {
        return vec![None; grades.len()];
    }
    let evidence: Vec<Evidence<'_>> = task
        .mistakes
        .iter()
        .map(|mistake| Evidence::new(pack, task, mistake, grades, replies))
        .collect();
    let explanation = explain_by_one(&evidence).or_else(|| explain_by_two(&evidence));
    let mut named = Vec::new();
    for (case, grade) in grades.iter().enumerate() {
        named.push(match &explanation {
            Some(explanation) if !grade.verdict.passed() => explanation.name(case, grades),
            _ => None,
        });
    }
    named
}

/// The mistakes that explain a task's failures.
enum Explanation<'a> {
    /// The mistake that explains most, and those that explain it as well.
    One(&'a Evidence<'a>, Vec<&'a Evidence<'a>>),
    /// Two of which each explains what the other does not.
    Two(&'a Evidence<'a>, &'a Evidence<'a>),
}

/// Finds the mistake that explains all failures, or nearly all.
fn explain_by_one<'a>(evidence: &'a [Evidence<'a>]) -> Option<Explanation<'a>> {
    let mut best: Option<&Evidence<'_>> = None;
    for candidate in evidence.iter().filter(|it| explains_nearly_all(it)) {
        // Of equals, the first recorded wins.
        if best.is_none_or(|best| candidate.score() > best.score()) {
            best = Some(candidate);
        }
    }
    let best = best?;
    let rivals = evidence
        .iter()
        .filter(|it| it.mistake.name() != best.mistake.name() && it.fits == best.fits)
        .collect();
    Some(Explanation::One(best, rivals))
}

fn explains_nearly_all(evidence: &Evidence<'_>) -> bool {
    let (explained, against) = (evidence.explained(), evidence.against());
    let unknown = evidence.count(Fit::is_unknown);
    // NaN equals NaN whatever it came from, so that it proves something only where nothing is left to explain.
    let is_enough = evidence.is_telling() || against + unknown == 0;
    let is_nearly_all = explained >= NEARLY_ALL * against && evidence.outweighs_what_is_against();
    explained > 0 && is_enough && is_nearly_all
}

/// Finds two mistakes that explain all failures together. Where both show in a case, nobody has recorded what they give.
fn explain_by_two<'a>(evidence: &'a [Evidence<'a>]) -> Option<Explanation<'a>> {
    let candidates: Vec<_> = evidence.iter().filter(|it| it.explained() > 0).collect();
    let mut found: Option<(usize, Explanation<'_>)> = None;
    let mut is_ambiguous = false;
    for (index, first) in candidates.iter().enumerate() {
        for second in &candidates[index + 1..] {
            let Some(explained) = explained_together(first, second) else {
                continue;
            };
            let most = found.as_ref().map_or(0, |(most, _)| *most);
            if explained > most {
                found = Some((explained, Explanation::Two(first, second)));
            }
            is_ambiguous = explained == most || is_ambiguous && explained < most;
        }
    }
    let (_, explanation) = found.filter(|_| !is_ambiguous)?;
    Some(explanation)
}

/// Returns the number of failures that two mistakes explain, if nothing speaks against the two.
fn explained_together(first: &Evidence<'_>, second: &Evidence<'_>) -> Option<usize> {
    if first.mistake.name() == second.mistake.name() {
        return None;
    }
    // There are many pairs, and of each pair either mistake may explain a case: in short texts, some pair often does.
    if first.may_be_chance() || second.may_be_chance() {
        return None;
    }
    let (mut by_first, mut by_second, mut by_both, mut unknown) = (0, 0, 0, 0);
    for (a, b) in first.fits.iter().zip(&second.fits) {
        match (a.is_explained(), b.is_explained()) {
            (true, true) => by_both += 1,
            (true, false) => by_first += 1,
            (false, true) => by_second += 1,
            (false, false) => match (a, b) {
                (Fit::Silent, Fit::Silent) => {}
                (Fit::Unknown, Fit::Unknown | Fit::Different)
                | (Fit::Different, Fit::Unknown | Fit::Different) => unknown += 1,
                _ => return None,
            },
        }
    }
    let explained = by_first + by_second + by_both;
    let is_telling = match unknown {
        0 => first.is_telling() || second.is_telling(),
        _ => first.is_telling() && second.is_telling(),
    };
    let is_enough = by_first > 0 && by_second > 0 && explained >= NEARLY_ALL * unknown;
    (is_enough && is_telling).then_some(explained)
}

impl Explanation<'_> {
    /// Returns what is said about a case that failed.
    fn name(&self, case: usize, grades: &[Grade]) -> Option<NamedMistake> {
        let names_of = |wanted: &dyn Fn(usize) -> bool| {
            let cases = grades.iter().enumerate();
            let wanted = cases.filter(|(case, _)| wanted(*case));
            wanted.map(|(_, grade)| grade.name.clone()).collect()
        };
        match self {
            Self::One(evidence, rivals) => Some(NamedMistake {
                id: evidence.mistake.name().to_owned(),
                extent: extent(evidence.fits[case], &grades[case])?,
                agrees: evidence.explained(),
                of: evidence.explained() + evidence.against(),
                unexplained: names_of(&|case| evidence.fits[case].is_unexplained()),
                unrecorded: names_of(&|case| evidence.fits[case].is_unknown()),
                spared: names_of(&|case| evidence.fits[case] == Fit::Spared),
                rivals: rivals
                    .iter()
                    .map(|it| it.mistake.name().to_owned())
                    .collect(),
                companion: None,
            }),
            Self::Two(first, second) => {
                let by_first = first.fits[case].is_explained();
                let is_firsts = by_first || !second.fits[case].is_explained();
                let (one, other) = if is_firsts {
                    (first, second)
                } else {
                    (second, first)
                };
                let failed = grades.iter().filter(|grade| !grade.verdict.passed());
                Some(NamedMistake {
                    id: one.mistake.name().to_owned(),
                    extent: extent(one.fits[case], &grades[case])?,
                    agrees: one.explained(),
                    of: failed.count(),
                    unexplained: names_of(&|case| {
                        !one.fits[case].is_explained()
                            && !other.fits[case].is_explained()
                            && !grades[case].verdict.passed()
                    }),
                    unrecorded: Vec::new(),
                    spared: Vec::new(),
                    rivals: Vec::new(),
                    companion: Some(other.mistake.name().to_owned()),
                })
            }
        }
    }
}

/// Returns the part of a case's numbers that a mistake explains.
fn extent(fit: Fit, grade: &Grade) -> Option<Extent> {
    Some(match fit {
        Fit::Equal { .. } => Extent::Whole,
        Fit::Begins => Extent::Beginning(grade.verdict.finding()?.output.clone()),
        _ => Extent::Elsewhere,
    })
}
