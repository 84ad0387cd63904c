//! `attentive status`: the learner's progress, and what comes next.

use std::path::Path;

use attentive_course::Tree;
use attentive_course::text::count;
use attentive_grader::{book, columns};
use attentive_quiz::Quiz;

use crate::args::Limit;
use crate::commands::{CommandResult, finish};
use crate::exercise_status::{self, ExerciseStatus};
use crate::progress::Progress;
use crate::quizzes;
use crate::root::course;
use crate::style::{bad, good, heading, labelled, marks, typed};

/// Grades what has changed, and shows how far it all is.
pub(crate) fn run(limit: Limit) -> CommandResult {
    let statuses =
        exercise_status::refresh(&course().exercises(Tree::Exercises)?, limit.duration())?;
    let next = next(&statuses);
    let quiz = quiz_line(&quizzes::load_all()?, &Progress::load()?);
    let what_next = next.map_or_else(|| good("All exercises pass.\n").to_string(), what_next);
    finish(
        &format!("{}\n{what_next}{quiz}", table(&statuses, next)),
        next.is_none(),
    )
}

/// The first exercise that does not pass.
pub(crate) fn next(statuses: &[ExerciseStatus]) -> Option<&ExerciseStatus> {
    statuses.iter().find(|status| !status.record.passed())
}

/// A line for each exercise under a line for all; an arrow points at `current`.
pub(crate) fn table(statuses: &[ExerciseStatus], current: Option<&ExerciseStatus>) -> String {
    let passed = statuses
        .iter()
        .filter(|status| status.record.passed())
        .count();
    let solved: usize = statuses.iter().map(|status| status.record.solved()).sum();
    let tasks = statuses
        .iter()
        .map(|status| status.record.tasks.len())
        .sum();
    let exercises = count(statuses.len(), "exercise");
    let mut text = heading(&format!(
        "Attentive: {passed} of {exercises}, {solved} of {}",
        count(tasks, "task")
    ));
    text += "\n\n";
    let width = |of: fn(&ExerciseStatus) -> usize| statuses.iter().map(of).max().unwrap_or(0);
    let names = width(|status| status.exercise.name.len());
    let most = width(|status| status.record.tasks.len());
    let titles = width(|status| status.info.title.chars().count());
    // "> 01 name  ●●●   25 min  title"
    let has_titles = 5 + names + 2 + most + 2 + 7 + 2 + titles <= columns();
    for status in statuses {
        let ExerciseStatus {
            exercise,
            info,
            record,
        } = status;
        let arrow = if current.is_some_and(|current| current.exercise == *exercise) {
            '>'
        } else {
            ' '
        };
        let marks = marks(record.tasks.iter().map(|task| record.is_solved(task)));
        let gap = " ".repeat(most - record.tasks.len());
        let minutes = format!("{:>3} min", info.minutes);
        let (number, name) = (&exercise.number, &exercise.name);
        let title = if has_titles {
            format!("  {}", info.title)
        } else {
            String::new()
        };
        text += &format!("{arrow} {number} {name:<names$}  {marks}{gap}  {minutes}{title}\n");
    }
    text
}

/// Counts the questions of all quizzes that are answered rightly, and names the next open quiz.
fn quiz_line(quizzes: &[Quiz], progress: &Progress) -> String {
    if quizzes.is_empty() {
        return String::new();
    }
    let (mut all, mut answered, mut next) = (0, 0, String::new());
    for quiz in quizzes {
        let right = quiz
            .questions
            .iter()
            .filter(|question| progress.is_answered(question))
            .count();
        if right < quiz.questions.len() && next.is_empty() {
            let command = typed(&format!("cargo attentive quiz {}", quiz.name));
            next = format!(", next: {command}");
        }
        all += quiz.questions.len();
        answered += right;
    }
    let all = count(all, "question");
    labelled("quiz", &format!("{answered} of {all}{next}")) + "\n"
}

/// The next task, what is wrong with it, and what to type.
fn what_next(status: &ExerciseStatus) -> String {
    let ExerciseStatus {
        exercise,
        info,
        record,
    } = status;
    let name = &exercise.name;
    let (task, verdict) = match record.first_unsolved() {
        Some(task) if record.compiled => {
            (format!(", task `{}`", task.name), task.outcome.summary())
        }
        _ => (String::new(), "did not compile".to_owned()),
    };
    let lines = [
        labelled("next", &format!("{}{task}", exercise.folder())),
        labelled("verdict", &bad(verdict).to_string()),
        labelled("edit", &exercise.source().display().to_string()),
        labelled("then", &typed(&format!("cargo test -p {name}"))),
        labelled(
            "or",
            &format!(
                "{}, which grades whenever you save",
                typed("cargo attentive watch")
            ),
        ),
        labelled("stuck?", &typed(&format!("cargo attentive hint {name}"))),
        labelled(
            "read",
            &book::page(Path::new("."), &format!("{}.html", info.chapter)),
        ),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}
