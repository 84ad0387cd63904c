//! Screen of a watch.

use attentive_course::Exercise;
use attentive_course::text::count;
use attentive_grader::unbreakable;
use console::Term;

use crate::commands::{print, status};
use crate::error::Error;
use crate::exercise_status::ExerciseStatus;
use crate::explanation;
use crate::grading::{ExerciseOutcome, GradedExercise};
use crate::spinner::supports_cursor;
use crate::style::{bad, command, good, labelled, message, paragraph};

/// The keys.
const KEYS: [&str; 5] = ["h hint", "n next", "l list", "r reset", "q quit"];

/// Lists the keys, after what comes first in their line.
pub(crate) fn keys(first: &str) -> String {
    let keys = KEYS.map(unbreakable).join(" · ");
    format!("{}\n", paragraph(&format!("{first}{keys}"), 0))
}

/// An empty screen, where there is one; else an empty line.
pub(crate) fn clear() -> Result<(), Error> {
    let terminal = Term::stdout();
    if terminal.is_term() && supports_cursor() {
        Ok(terminal.clear_screen()?)
    } else {
        print("\n")
    }
}

/// Shows the verdicts of a run, at length and last those that are `reported` and what these wait for; then what comes `next`
/// if all pass, and the number of exercises that do.
pub(crate) fn verdicts(
    graded: &[GradedExercise],
    reported: &[Exercise],
    statuses: &[ExerciseStatus],
    next: Option<&ExerciseStatus>,
) -> Result<(), Error> {
    let mut verdicts = String::new();
    let mut at_length = String::new();
    for one in graded {
        let text = explanation::explain(one, false);
        if reported.contains(&one.exercise) || is_awaited(&one.exercise, graded, reported) {
            at_length += &text;
        } else if let Some(line) = text.lines().next() {
            verdicts += &format!("{line}\n");
        }
    }
    verdicts += &at_length;
    if graded.iter().all(GradedExercise::passed) {
        verdicts += &format!("\n{}", what_next(next));
    }
    let passed = statuses.iter().filter(|status| status.record.passed());
    let all = count(statuses.len(), "exercise");
    let summary = format!("{} of {all} passed · ", passed.count());
    print(&format!("{verdicts}\n{}", keys(&summary)))
}

/// The next exercise that does not pass, with its task and how to go on to it; or what is left to do when all pass.
fn what_next(next: Option<&ExerciseStatus>) -> String {
    let Some(next) = next else {
        let chain = command("cargo attentive check --chain");
        let all = good("All exercises pass.");
        let left = format!("{all} Do they also hold when each is built on your own? {chain}");
        return paragraph(&left, 0) + "\n";
    };
    let test = command(&format!("cargo test -p {}", next.exercise.name));
    let lines = [
        status::next_task(next),
        labelled("then", &format!("n, or {test}")),
        status::chapter(next),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

/// Returns `true` if one of the reported exercises waits for an exercise.
fn is_awaited(exercise: &Exercise, graded: &[GradedExercise], reported: &[Exercise]) -> bool {
    for one in graded {
        if let ExerciseOutcome::Waits { on } = &one.outcome
            && reported.contains(&one.exercise)
            && on.contains(exercise)
        {
            return true;
        }
    }
    false
}

/// Shows the reason why a run came to nothing.
pub(crate) fn error(error: &Error) -> Result<(), Error> {
    let error = message(&format!("{} {error}", bad("error:")));
    print(&format!("{error}\n\n{}", keys("")))
}
