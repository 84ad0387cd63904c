//! `attentive hint`: from a nudge to almost the answer.

use attentive_course::Tree;
use attentive_course::text::count;

use crate::args;
use crate::commands::{CommandResult, finish, status};
use crate::error::Error;
use crate::exercise_status::{self, ExerciseStatus};
use crate::progress::{Progress, TaskOutcome};
use crate::root::{course, page};
use crate::style::{command, good, heading, headline, labelled, paragraph};

/// Shows hints for the first task that is not solved.
pub(crate) fn run(hint: &args::Hint) -> CommandResult {
    let all = course().exercises(Tree::Exercises)?;
    let exercise = match &hint.exercise {
        Some(wanted) => attentive_course::find(&all, wanted)?.clone(),
        None => {
            let statuses = exercise_status::refresh(&all, hint.limit.duration())?;
            let Some(next) = status::next(&statuses) else {
                return finish(&format!("{}\n", good("All exercises pass.")), true);
            };
            next.exercise.clone()
        }
    };
    let again = format!("cargo attentive hint {} --more", exercise.name);
    let mut text = String::new();
    for status in exercise_status::refresh(&[exercise], hint.limit.duration())? {
        text += &reveal(&status, hint.more, &again)?;
    }
    finish(&text, true)
}

/// The hints revealed so far for the first unsolved task, at least one; with `more`, one more than before.
/// `again` is what to type for another.
pub(crate) fn reveal(status: &ExerciseStatus, more: bool, again: &str) -> Result<String, Error> {
    let ExerciseStatus {
        exercise,
        info,
        record,
    } = status;
    let unsolved = record.first_unsolved();
    let task = match unsolved {
        Some(task) => info.tasks.iter().find(|info| info.name == task.name),
        None if record.compiled => None,
        None => info.tasks.first(),
    };
    let Some(task) = task else {
        let left = format!(
            "{}: there is no hint left for {}.",
            good("passed"),
            exercise.name
        );
        return Ok(paragraph(&left, 0) + "\n");
    };
    let all = task.hints.len();
    let shown = Progress::update(|progress| {
        let shown = progress
            .hints
            .entry(exercise.name.clone())
            .or_default()
            .entry(task.name.clone())
            .or_default();
        *shown = shown.saturating_add(usize::from(more)).clamp(1, all.max(1));
        *shown
    })?;
    let mut text = String::new();
    if let Some(TaskOutcome::Waiting { summary }) = unsolved.map(|task| &task.outcome) {
        text += &format!("{}\n\n", labelled("waits", summary));
    }
    if !record.compiled {
        let check = command(&format!("cargo attentive check {}", exercise.name));
        let compiler =
            format!("It does not compile yet, and the compiler has the better hints: {check}");
        text += &format!("{}\n\n", paragraph(&compiler, 0));
    }
    for (nth, hint) in task.hints.iter().take(shown).enumerate() {
        let title = format!("hint {} of {all} for `{}`", nth + 1, task.name);
        text += &format!(
            "{}\n\n{}\n\n",
            headline(&heading(&title)),
            paragraph(hint, 2)
        );
    }
    text += &if shown < all {
        let left = count(all - shown, "more hint");
        labelled("next", &format!("{} ({left})", command(again)))
    } else {
        let chapter = page(&format!("{}.html", info.chapter));
        let last = format!("that was the last hint; the chapter is {chapter}");
        labelled("read", &last)
    };
    text.push('\n');
    Ok(text)
}
