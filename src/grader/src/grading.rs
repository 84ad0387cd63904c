//! Grading: from answers to verdicts, one task at a time, its cases first, then its properties.

use crate::case::{Case, Reply};
use crate::compare::Comparison;
use crate::failure::{Failure, ProcessEnd};
use crate::finding::Finding;
use crate::grade::{Grade, TaskGrade, TaskPosition};
use crate::manifest::Task;
use crate::metric::Tolerance;
use crate::naming::name_mistakes;
use crate::order::{WrongOutput, first_wrong};
use crate::output::Output;
use crate::pack::Pack;
use crate::pattern_search::find_patterns;
use crate::property::Property;
use crate::respond::Respond;
use crate::tensor::Tensor;
use crate::verdict::Verdict;

/// Grades one task of a pack.
///
/// The properties are tried when every case passes. After a time-out the rest of the task is not run: it would
/// most likely take as long again.
pub fn grade(pack: &Pack, task: &Task, respond: &mut dyn Respond) -> TaskGrade {
    let mut replies = Vec::new();
    let mut grades: Vec<Grade> = Vec::new();
    for info in &task.cases {
        let CaseOutcome {
            verdict,
            distance,
            reply,
            printed,
        } = match stop(&grades) {
            Some(because) => CaseOutcome::without_reply(Verdict::NotRun { because }),
            None => run_case(pack, task, &pack.case(&task.name, &info.name), respond),
        };
        replies.push(reply);
        let (name, purpose) = (info.name.clone(), info.purpose.clone());
        grades.push(Grade {
            name,
            purpose,
            verdict,
            distance,
            mistake: None,
            printed,
        });
    }
    let named = name_mistakes(pack, task, &grades, &replies);
    for (grade, named) in grades.iter_mut().zip(named) {
        grade.mistake = named;
    }
    for property in &task.properties {
        let CaseOutcome {
            verdict,
            distance,
            printed,
            ..
        } = match grades.iter().find(|grade| !grade.verdict.passed()) {
            Some(failed) => CaseOutcome::without_reply(Verdict::NotRun {
                because: format!("`{}` has to pass first", failed.name),
            }),
            None => run_property(pack, task, property, &replies, respond),
        };
        let (name, purpose) = (property.name.clone(), property.sentence.clone());
        grades.push(Grade {
            name,
            purpose,
            verdict,
            distance,
            mistake: None,
            printed,
        });
    }
    let tasks = &pack.manifest().tasks;
    let index = tasks.iter().position(|other| other.name == task.name);
    TaskGrade {
        task: task.name.clone(),
        position: TaskPosition {
            number: index.map_or(0, |index| index + 1),
            total: tasks.len(),
        },
        grades,
    }
}

/// Returns the verdict on the first case or property of a task that does not pass.
///
/// Nothing after it is run and no mistake is sought: it says that an answer is rejected, sooner than [`grade`] does.
pub fn first_failure(pack: &Pack, task: &Task, respond: &mut dyn Respond) -> Option<Verdict> {
    let mut replies = Vec::new();
    for info in &task.cases {
        let outcome = run_case(pack, task, &pack.case(&task.name, &info.name), respond);
        if !outcome.verdict.passed() {
            return Some(outcome.verdict);
        }
        replies.push(outcome.reply);
    }
    for property in &task.properties {
        let outcome = run_property(pack, task, property, &replies, respond);
        if !outcome.verdict.passed() {
            return Some(outcome.verdict);
        }
    }
    None
}

fn stop(grades: &[Grade]) -> Option<String> {
    let late = grades
        .iter()
        .find(|grade| matches!(grade.verdict, Verdict::NoReply(Failure::TimedOut { .. })))?;
    Some(format!("`{}` took too long", late.name))
}

/// The outcome of one case or property.
struct CaseOutcome {
    verdict: Verdict,
    distance: f64,
    reply: Option<Reply>,
    printed: String,
}

impl CaseOutcome {
    fn without_reply(verdict: Verdict) -> Self {
        Self {
            verdict,
            distance: 0.0,
            reply: None,
            printed: String::new(),
        }
    }

    /// Compares outputs with what they should be. The verdict is on the first that is wrong, in the [order](Task::order)
    /// in which they are computed, and `explain` adds to it what can be said about why.
    fn new(
        pairs: Vec<Pair<'_>>,
        tolerance: Tolerance,
        order: Option<&str>,
        explain: impl Fn(&mut Finding, &Output),
    ) -> Self {
        let (mut distance, mut wrong) = (0.0_f64, Vec::new());
        for (position, pair) in pairs.iter().enumerate() {
            let comparison = pair.output.compare(&pair.got, &pair.expected, tolerance);
            let largest = comparison.as_ref().map_or(f64::INFINITY, |it| it.largest);
            distance = distance.max(largest);
            if !comparison.as_ref().is_some_and(Comparison::is_equal) {
                wrong.push(WrongOutput::new(
                    position,
                    pair.output,
                    comparison.as_ref(),
                    order,
                ));
            }
        }
        let Some(first) = first_wrong(&wrong) else {
            return Self {
                verdict: Verdict::Passed,
                distance,
                reply: None,
                printed: String::new(),
            };
        };
        let Pair {
            output,
            got,
            expected,
        } = &pairs[first];
        let mut finding = Finding::new((*output).clone(), got, expected, tolerance);
        // Of the last, it would say nothing that those before it do not. A count is no result.
        let results = pairs[first + 1..]
            .iter()
            .filter(|pair| !pair.output.kind.is_count());
        finding.rest_right = wrong.len() == 1 && results.count() > 0;
        explain(&mut finding, output);
        Self {
            verdict: verdict(finding),
            distance,
            reply: None,
            printed: String::new(),
        }
    }
}

/// An output, as it is and as it should be.
struct Pair<'a> {
    output: &'a Output,
    got: Tensor,
    expected: Tensor,
}

fn run_case(pack: &Pack, task: &Task, case: &Case, respond: &mut dyn Respond) -> CaseOutcome {
    let reply = call(task, case, respond);
    let printed = respond.printed();
    let outcome = match reply {
        Ok(reply) => compare_reply(pack, task, case, reply),
        Err(failure) => CaseOutcome::without_reply(without_reply(pack, task, case, failure)),
    };
    CaseOutcome { printed, ..outcome }
}

/// The verdict on a case without a reply. One that was too large to be read has a wrong shape all the same.
fn without_reply(pack: &Pack, task: &Task, case: &Case, failure: Failure) -> Verdict {
    let Failure::Crashed(ProcessEnd::TooLargeReply { output, shape, .. }) = &failure else {
        return Verdict::NoReply(failure);
    };
    let mut expected = pack.expected(&task.name, &case.name);
    let known = task.outputs.iter().find(|known| known.name == *output);
    match (known, expected.remove(output)) {
        (Some(known), Some(expected)) => Verdict::TooLarge {
            output: output.clone(),
            axes: known.axes.clone(),
            got: shape.clone(),
            expected: expected.shape().to_vec(),
        },
        _ => Verdict::NoReply(failure),
    }
}

fn compare_reply(pack: &Pack, task: &Task, case: &Case, reply: Reply) -> CaseOutcome {
    let expected = pack.expected(&task.name, &case.name);
    let mut pairs = Vec::new();
    for output in &task.outputs {
        if let (Some(got), Some(expected)) =
            (reply.outputs.get(&output.name), expected.get(&output.name))
        {
            pairs.push(Pair {
                output,
                got: got.clone(),
                expected: expected.clone(),
            });
        }
    }
    let tolerance = pack.manifest().tolerance;
    let order = task.order.as_deref();
    let outcome = CaseOutcome::new(pairs, tolerance, order, |finding, output| {
        finding.add_pieces_of(case);
        finding.patterns = find_patterns(finding, case, output.kind.metric(tolerance));
        finding.right_before = right_before(task, &finding.output);
    });
    CaseOutcome {
        reply: Some(reply),
        ..outcome
    }
}

/// Calls the function on the edited case. What it returned before the edits is among the replies: all of them are right.
fn run_property(
    pack: &Pack,
    task: &Task,
    property: &Property,
    replies: &[Option<Reply>],
    respond: &mut dyn Respond,
) -> CaseOutcome {
    let place = task
        .cases
        .iter()
        .position(|case| case.name == property.case);
    let Some(before) = place.and_then(|place| replies.get(place)?.as_ref()) else {
        let message = format!(
            "the property `{}` has no case `{}`",
            property.name, property.case
        );
        return CaseOutcome::without_reply(Verdict::NoReply(Failure::Broken { message }));
    };
    let mut edited = pack.case(&task.name, &property.case);
    for edit in &property.edits {
        edit.apply(&mut edited);
    }
    let after = call(task, &edited, respond);
    let printed = respond.printed();
    let outcome = match after {
        Ok(after) => compare_replies(pack, task, property, &edited, [before, &after]),
        Err(failure) => CaseOutcome::without_reply(Verdict::NoReply(failure)),
    };
    CaseOutcome { printed, ..outcome }
}

fn compare_replies(
    pack: &Pack,
    task: &Task,
    property: &Property,
    edited: &Case,
    [before, after]: [&Reply; 2],
) -> CaseOutcome {
    let mut pairs = Vec::new();
    for relation in &property.relations {
        let output = task.outputs.iter().find(|it| it.name == relation.output);
        if let Some(output) = output
            && let (Some(before), Some(after)) = (
                before.outputs.get(&output.name),
                after.outputs.get(&output.name),
            )
        {
            let (got, expected) = relation.kind.pair(before, after);
            pairs.push(Pair {
                output,
                got,
                expected,
            });
        }
    }
    let order = task.order.as_deref();
    CaseOutcome::new(pairs, pack.manifest().tolerance, order, |finding, _| {
        finding.add_pieces_of(edited);
    })
}

/// The outputs before the first wrong one. In a task with an order they are right up to where that one is wrong.
fn right_before(task: &Task, wrong: &str) -> Vec<String> {
    task.outputs
        .iter()
        .map(|output| output.name.clone())
        .take_while(|name| name != wrong)
        .collect()
}

fn verdict(finding: Finding) -> Verdict {
    let finding = Box::new(finding);
    match &finding.comparison {
        None => Verdict::WrongShape(finding),
        Some(comparison) if comparison.not_finite > 0 => Verdict::NotANumber(finding),
        Some(_) => Verdict::WrongValues(finding),
    }
}

/// Calls the learner's function. A reply that lacks an output is none.
fn call(task: &Task, case: &Case, respond: &mut dyn Respond) -> Result<Reply, Failure> {
    let reply = respond.respond(&task.name, case)?;
    for output in &task.outputs {
        let name = || output.name.clone();
        let end = match reply.outputs.get(&output.name) {
            None => ProcessEnd::MissingOutput { output: name() },
            Some(tensor) if !output.kind.has_type_of(tensor) => ProcessEnd::WrongType {
                output: name(),
                found: tensor.type_in_words(),
                expected: output.kind.type_in_words(),
            },
            Some(_) => continue,
        };
        return Err(Failure::Crashed(end));
    }
    Ok(reply)
}
