//! Feedback on one task, for one tier of readers.
//!
//! Students see no number of a hidden case, and nothing into which their own code could have turned one: no panic's
//! message, no line that it came from, no shape. They see the verdict, the case's purpose, and the mistake.

use attentive_grader::MistakeText;

use crate::args::Tier;
use crate::course::Exercise;
use crate::grades::{ExerciseGrade, TaskGrade};
use crate::output::picture_path;
use crate::results::{FailureRecord, NamedMistake, Tally, TaskResult, TaskVerdict};
use crate::run::Run;
use crate::text::plain;

/// The feedback on one task.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    /// The verdict in a line.
    pub(crate) verdict: String,
    /// Paragraphs.
    pub(crate) paragraphs: Vec<String>,
    /// Text with lines of its own: the whole report.
    pub(crate) report: Option<String>,
    /// The place in the book that explains the mistake.
    pub(crate) book_link: Option<BookLink>,
    /// Path of the picture, below the output folder.
    pub(crate) picture: Option<std::path::PathBuf>,
    /// Hints.
    pub(crate) hints: Vec<String>,
}

/// A place in the book.
#[derive(Debug)]
pub(crate) struct BookLink {
    /// The page and the anchor on it.
    pub(crate) place: String,
    /// Its whole address, where it is known.
    pub(crate) url: Option<String>,
}

/// Collects the feedback on a task.
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
        verdict: result.words(),
        ..Feedback::default()
    };
    let Some(failure) = &result.failure else {
        return feedback;
    };
    let Tally { passed, of: all } = result.passed;
    feedback
        .paragraphs
        .push(format!("{passed} of {all} cases and properties passed."));
    feedback.hints = hints(exercise, result);
    feedback.book_link = mistake_text(exercise, failure).map(|mistake| BookLink {
        url: run
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
        feedback.paragraphs.push(format!(
            "The first case that did not pass: {}.",
            failure.purpose.trim_end_matches('.')
        ));
        feedback
            .paragraphs
            .extend(describe_mistake(exercise, failure));
    }
    feedback
}

/// Describes the mistake in words, without a case's numbers.
fn describe_mistake(exercise: &Exercise, failure: &FailureRecord) -> Option<String> {
    let text = mistake_text(exercise, failure)?;
    let NamedMistake { agrees, of, .. } = failure.mistake.as_ref()?;
    Some(format!(
        "{} {} (It explains {agrees} of {of} cases.)",
        plain(&text.what),
        plain(&text.why)
    ))
}

fn mistake_text<'a>(exercise: &'a Exercise, failure: &FailureRecord) -> Option<&'a MistakeText> {
    exercise.text.mistake(&failure.mistake.as_ref()?.id)
}

/// Returns the hints that were earned: the first one is free, the second is for an attempt.
fn hints(exercise: &Exercise, result: &TaskResult) -> Vec<String> {
    let earned = match result.verdict {
        TaskVerdict::NotImplemented => 1,
        _ => 2,
    };
    let tasks = &exercise.text.tasks;
    let Some(text) = tasks.iter().find(|text| text.name == result.name) else {
        return Vec::new();
    };
    text.hints.iter().take(earned).cloned().collect()
}
