//! What is said about one task, to whom.
//!
//! Of hidden cases, students see no number, and nothing that their own code could have made one into: neither a panic's
//! message, nor the line that it came from, nor a shape. What is left is the verdict, what the case is for, and the
//! mistake.

use crate::args::Tier;
use crate::course::Exercise;
use crate::grades::{ExerciseGrade, TaskGrade, verdict_words};
use crate::output::picture_path;
use crate::results::{FailureRecord, TaskResult};
use crate::run::Run;
use crate::text::plain;

/// What is said about one task.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    /// The verdict in a line.
    pub(crate) verdict: String,
    /// Paragraphs.
    pub(crate) said: Vec<String>,
    /// Text with lines of its own: the whole report.
    pub(crate) report: Option<String>,
    /// Where the book explains the mistake.
    pub(crate) read: Option<Read>,
    /// The picture's file, below the output.
    pub(crate) picture: Option<std::path::PathBuf>,
    /// Hints.
    pub(crate) hints: Vec<String>,
}

/// A place in the book.
#[derive(Debug)]
pub(crate) struct Read {
    /// The page and the anchor on it.
    pub(crate) place: String,
    /// Its whole address, where it is known.
    pub(crate) address: Option<String>,
}

/// What is said about a task.
pub(crate) fn feedback(
    run: Run<'_>,
    exercise: &Exercise,
    grade: &ExerciseGrade<'_>,
    task: &TaskGrade<'_>,
    tier: Tier,
) -> Feedback {
    let result = task.result;
    let may_see = tier == Tier::Staff || !exercise.hidden;
    let mut feedback = Feedback {
        verdict: verdict_words(result),
        ..Feedback::default()
    };
    let Some(failure) = &result.failure else {
        return feedback;
    };
    let (passed, all) = result.passed;
    feedback
        .said
        .push(format!("{passed} of {all} cases and properties passed."));
    feedback.hints = hints(exercise, result);
    feedback.read = named(exercise, failure).map(|mistake| Read {
        address: run
            .book_url(tier)
            .map(|book| format!("{book}/{}", mistake.anchor)),
        place: mistake.anchor.clone(),
    });
    if may_see {
        feedback.verdict = match &result.limit {
            Some(_) => feedback.verdict,
            None => failure.summary.clone(),
        };
        feedback.report = Some(failure.report.clone());
        feedback.picture = failure
            .picture
            .then(|| picture_path(grade.key.unwrap_or_default(), &result.name));
    } else {
        feedback.said.push(format!(
            "The first case that did not pass: {}.",
            failure.purpose.trim_end_matches('.')
        ));
        feedback.said.extend(mistake(exercise, failure));
    }
    feedback
}

/// The mistake in words, without numbers of a case.
fn mistake(exercise: &Exercise, failure: &FailureRecord) -> Option<String> {
    let info = named(exercise, failure)?;
    let (_, agrees, of) = failure.mistake.as_ref()?;
    Some(format!(
        "{} {} (In {agrees} of the {of} cases that show it.)",
        plain(&info.what),
        plain(&info.why)
    ))
}

fn named<'a>(
    exercise: &'a Exercise,
    failure: &FailureRecord,
) -> Option<&'a attentive_grader::MistakeText> {
    failure
        .mistake
        .as_ref()
        .and_then(|(id, ..)| exercise.info.mistake(id))
}

/// The hints that have been earned: the first by having the task before one, the second by having tried.
fn hints(exercise: &Exercise, result: &TaskResult) -> Vec<String> {
    let earned = if result.verdict == "not-implemented" {
        1
    } else {
        2
    };
    let info = exercise
        .info
        .tasks
        .iter()
        .find(|info| info.name == result.name);
    info.into_iter()
        .flat_map(|info| info.hints.iter().take(earned).cloned())
        .collect()
}
