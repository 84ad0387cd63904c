//! From answers to verdicts: one task at a time, its cases first, then its properties.

use ndarray::ArrayD;

use crate::case::{Case, Reply};
use crate::compare::{Comparison, Tolerance};
use crate::mistake::{self, Named};
use crate::pack::{Output, Pack, Task};
use crate::pattern;
use crate::property::Property;
use crate::verdict::{Finding, Respond, Response, Verdict};

/// The verdict on one case or one property of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// The case's or the property's name.
    pub name: String,
    /// What the case is for, or what the property demands.
    pub purpose: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How far the outputs are from libtorch's, in tolerances: the largest distance of an entry.
    pub distance: f64,
    /// The mistake that gives the same numbers, if one does.
    pub mistake: Option<Named>,
}

/// The verdicts on a task: its cases in the pack's order, then its properties.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskGrade {
    /// The task's name.
    pub task: String,
    /// Its place among the tasks, from 1, and their number.
    pub place: (usize, usize),
    /// Cases, then properties.
    pub grades: Vec<Grade>,
}

impl TaskGrade {
    /// Whether everything passed.
    pub fn passed(&self) -> bool {
        self.grades.iter().all(|grade| grade.verdict.passed())
    }

    /// The first that did not pass.
    pub fn first_failure(&self) -> Option<&Grade> {
        self.grades.iter().find(|grade| !grade.verdict.passed())
    }
}

/// Grades one task of a pack.
///
/// The properties are tried when every case passes. After a time-out the rest of the task is not run: it would
/// most likely take as long again.
pub fn grade(pack: &Pack, task: &Task, respond: &mut dyn Respond) -> TaskGrade {
    let mut replies = Vec::new();
    let mut grades: Vec<Grade> = Vec::new();
    for info in &task.cases {
        let Judged { verdict, distance, reply } = match stop(&grades) {
            Some(because) => Judged::without_reply(Verdict::NotRun { because }),
            None => judge(pack, task, &pack.case(&task.name, &info.name), respond),
        };
        replies.push(reply);
        let (name, purpose) = (info.name.clone(), info.purpose.clone());
        grades.push(Grade { name, purpose, verdict, distance, mistake: None });
    }
    let named = mistake::name(pack, task, &grades, &replies);
    for (grade, named) in grades.iter_mut().zip(named) {
        grade.mistake = named;
    }
    for property in &task.properties {
        let Judged { verdict, distance, .. } = match grades.iter().find(|grade| !grade.verdict.passed()) {
            Some(failed) => Judged::without_reply(Verdict::NotRun {
                because: format!("`{}` has to pass first", failed.name),
            }),
            None => check(pack, task, property, respond).unwrap_or_else(Judged::without_reply),
        };
        let (name, purpose) = (property.name.clone(), property.sentence.clone());
        grades.push(Grade { name, purpose, verdict, distance, mistake: None });
    }
    let tasks = &pack.manifest().tasks;
    let place = tasks.iter().position(|other| other.name == task.name).map_or(0, |index| index + 1);
    TaskGrade { task: task.name.clone(), place: (place, tasks.len()), grades }
}

fn stop(grades: &[Grade]) -> Option<String> {
    let late = grades.iter().find(|grade| matches!(grade.verdict, Verdict::TimedOut { .. }))?;
    Some(format!("`{}` took too long", late.name))
}

/// What came of one case or property.
struct Judged {
    verdict: Verdict,
    distance: f64,
    reply: Option<Reply>,
}

impl Judged {
    fn without_reply(verdict: Verdict) -> Self {
        Self { verdict, distance: 0.0, reply: None }
    }

    /// Compares outputs with what they should be. The verdict is on the first that is wrong, and `explain` adds to it
    /// what can be said about why.
    fn new(
        pairs: impl Iterator<Item = (Output, ArrayD<f32>, ArrayD<f32>)>,
        tolerance: Tolerance,
        explain: impl Fn(&mut Finding),
    ) -> Self {
        let mut judged = Self::without_reply(Verdict::Passed);
        for (output, got, expected) in pairs {
            let comparison = Comparison::new(&got, &expected, tolerance);
            judged.distance = judged
                .distance
                .max(comparison.as_ref().map_or(f64::INFINITY, |comparison| comparison.largest));
            if judged.verdict.passed() && !comparison.as_ref().is_some_and(Comparison::is_equal) {
                let Output { name, axes, alphabet } = output;
                let mut finding = Finding {
                    output: name,
                    axes,
                    alphabet,
                    got,
                    expected,
                    comparison,
                    patterns: Vec::new(),
                    right_before: Vec::new(),
                };
                explain(&mut finding);
                judged.verdict = verdict(finding);
            }
        }
        judged
    }
}

fn judge(pack: &Pack, task: &Task, case: &Case, respond: &mut dyn Respond) -> Judged {
    let reply = match call(task, case, respond) {
        Ok(reply) => reply,
        Err(verdict) => return Judged::without_reply(verdict),
    };
    let tolerance = pack.manifest().tolerance;
    let judged = Judged::new(recorded(pack, task, &case.name, &reply).into_iter(), tolerance, |finding| {
        finding.patterns = pattern::find(finding, case, tolerance);
        finding.right_before = right_before(task, &finding.output);
    });
    Judged { reply: Some(reply), ..judged }
}

/// Each output of a reply to a case, with the recorded one.
fn recorded(pack: &Pack, task: &Task, case: &str, reply: &Reply) -> Vec<(Output, ArrayD<f32>, ArrayD<f32>)> {
    let expected = pack.expected(&task.name, case);
    let pair = |output: &Output| {
        Some((output.clone(), reply.outputs.get(&output.name)?.clone(), expected.get(&output.name)?.clone()))
    };
    task.outputs.iter().filter_map(pair).collect()
}

fn check(
    pack: &Pack,
    task: &Task,
    property: &Property,
    respond: &mut dyn Respond,
) -> Result<Judged, Verdict> {
    let before = pack.case(&task.name, &property.case);
    let mut after = before.clone();
    property.edits.iter().for_each(|edit| edit.apply(&mut after));
    let (before, after) = (call(task, &before, respond)?, call(task, &after, respond)?);
    // Whoever answers a case in another way the second time could satisfy any relation.
    let again = recorded(pack, task, &property.case, &before);
    let related = property.relations.iter().filter_map(|relation| {
        let output = task.outputs.iter().find(|output| output.name == relation.output())?;
        let (before, after) = (before.outputs.get(&output.name)?, after.outputs.get(&output.name)?);
        // A reply that is too small for the relation to be about it is no right one.
        let (got, demanded) =
            relation.pair(before, after).unwrap_or_else(|| (after.clone(), before.clone()));
        Some((output.clone(), got, demanded))
    });
    Ok(Judged::new(again.into_iter().chain(related), pack.manifest().tolerance, |_| ()))
}

/// The steps before the first wrong one. With two outputs there is no need to say so: the first is wrong, or the second.
fn right_before(task: &Task, wrong: &str) -> Vec<String> {
    let names = task.outputs.iter().map(|output| output.name.clone());
    if task.outputs.len() > 2 { names.take_while(|name| name != wrong).collect() } else { Vec::new() }
}

fn verdict(finding: Finding) -> Verdict {
    let finding = Box::new(finding);
    match &finding.comparison {
        None => Verdict::WrongShape(finding),
        Some(comparison) if comparison.not_finite > 0 => Verdict::NotANumber(finding),
        Some(_) => Verdict::WrongValues(finding),
    }
}

/// Calls the learner's function; whatever is not a complete reply is a verdict.
fn call(task: &Task, case: &Case, respond: &mut dyn Respond) -> Result<Reply, Verdict> {
    match respond.respond(&task.name, case) {
        Response::Reply(reply) => {
            match task.outputs.iter().find(|output| !reply.outputs.contains_key(&output.name)) {
                None => Ok(reply),
                Some(output) => {
                    Err(Verdict::Crashed { how: format!("it replied without `{}`", output.name) })
                }
            }
        }
        Response::NotImplemented { text } => Err(Verdict::NotImplemented { text }),
        Response::Panicked { message, place } => Err(Verdict::Panicked { message, place }),
        Response::TimedOut { limit } => Err(Verdict::TimedOut { limit }),
        Response::Crashed { how } => Err(Verdict::Crashed { how }),
        Response::Broken { message } => Err(Verdict::Broken { message }),
    }
}
