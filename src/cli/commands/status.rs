//! `attentive status`: the learner's progress, and what comes next.

use attentive_course::Tree;
use attentive_course::text::count;
use attentive_grader::columns;
use attentive_quiz::Quiz;

use crate::args::Limit;
use crate::commands::{CommandResult, finish};
use crate::exercise_status::{self, ExerciseStatus};
use crate::progress::Progress;
use crate::quizzes;
use crate::root::{course, page, shown};
use crate::style::{bad, command, good, heading, headline, labelled, marks};
use crate::todo_location;

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
    table_in(columns(), statuses, current)
}

/// The table in so many columns. What does not fit is left out: first the titles, then the minutes.
fn table_in(
    columns: usize,
    statuses: &[ExerciseStatus],
    current: Option<&ExerciseStatus>,
) -> String {
    let passed = statuses.iter().filter(|status| status.record.passed());
    let exercises = count(statuses.len(), "exercise");
    let solved: usize = statuses.iter().map(|status| status.record.solved()).sum();
    let tasks = statuses.iter().map(|status| status.record.tasks.len());
    let tasks = count(tasks.sum(), "task");
    let heading = heading(&format!(
        "Attentive: {} of {exercises}, {solved} of {tasks}",
        passed.count()
    ));
    let mut text = format!("{}\n\n", headline(&heading));
    let widths = Widths::new(statuses);
    for status in statuses {
        let is_current = current.is_some_and(|current| current.exercise == status.exercise);
        text += &widths.line(columns, status, is_current);
    }
    text
}

/// Widths of the columns of the table.
struct Widths {
    name: usize,
    marks: usize,
    title: usize,
}

impl Widths {
    /// Width of the minutes: `  120 min`.
    const MINUTES: usize = 9;

    fn new(statuses: &[ExerciseStatus]) -> Self {
        let widest = |of: fn(&ExerciseStatus) -> usize| statuses.iter().map(of).max().unwrap_or(0);
        Self {
            name: widest(|status| status.exercise.name.len()),
            marks: widest(|status| status.record.tasks.len()),
            title: widest(|status| status.info.title.chars().count()),
        }
    }

    /// Returns `> 01 name  ●●●   25 min  title`, as far as it fits.
    fn line(&self, columns: usize, status: &ExerciseStatus, is_current: bool) -> String {
        let ExerciseStatus {
            exercise,
            info,
            record,
        } = status;
        let arrow = if is_current { '>' } else { ' ' };
        let (number, name) = (&exercise.number, &exercise.name);
        let marks = marks(record.tasks.iter().map(|task| record.is_solved(task)));
        let mut line = format!(
            "{arrow} {number} {name:<width$}  {marks}",
            width = self.name
        );
        let with_minutes = 5 + self.name + 2 + self.marks + Self::MINUTES;
        if with_minutes <= columns {
            line += &" ".repeat(self.marks - record.tasks.len());
            line += &format!("  {:>3} min", info.minutes);
        }
        if with_minutes + 2 + self.title <= columns {
            line += &format!("  {}", info.title);
        }
        line + "\n"
    }
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
            let quiz = command(&format!("cargo attentive quiz {}", quiz.name));
            next = format!(", next: {quiz}");
        }
        all += quiz.questions.len();
        answered += right;
    }
    let all = count(all, "question");
    labelled("quiz", &format!("{answered} of {all}{next}")) + "\n"
}

/// The next task, what is wrong with it, and what to type.
fn what_next(status: &ExerciseStatus) -> String {
    let name = &status.exercise.name;
    let watch = command("cargo attentive watch");
    let lines = [
        next_task(status),
        labelled("then", &command(&format!("cargo test -p {name}"))),
        labelled("or", &format!("{watch}, which grades whenever you save")),
        labelled("stuck?", &command(&format!("cargo attentive hint {name}"))),
        chapter(status),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

/// The next task, what is wrong with it, and where to write.
pub(crate) fn next_task(status: &ExerciseStatus) -> String {
    let ExerciseStatus {
        exercise, record, ..
    } = status;
    let (task, verdict, edit) = match record.first_unsolved() {
        Some(task) if record.compiled => (
            format!(", task `{}`", task.name),
            task.outcome.summary(),
            todo_location::find(exercise, &task.name),
        ),
        _ => (
            String::new(),
            "did not compile".to_owned(),
            shown(&exercise.source()),
        ),
    };
    let lines = [
        labelled("next", &format!("{}{task}", exercise.folder())),
        labelled("verdict", &bad(verdict).to_string()),
        labelled("edit", &edit),
    ];
    lines.join("\n")
}

/// The page of the book that leads to an exercise.
pub(crate) fn chapter(status: &ExerciseStatus) -> String {
    labelled("read", &page(&format!("{}.html", status.info.chapter)))
}

#[cfg(test)]
mod tests {
    use attentive_course::Exercise;
    use attentive_grader::{ExerciseText, TaskText};

    use super::*;
    use crate::progress::Record;

    fn status(folder: &str, tasks: usize, title: &str) -> ExerciseStatus {
        let exercise = Exercise::from_folder(folder, Tree::Exercises).expect("a folder's name");
        let task = |nth: usize| TaskText {
            name: format!("task_{nth}"),
            points: 1,
            hints: Vec::new(),
        };
        let info = ExerciseText {
            title: title.into(),
            chapter: exercise.name.clone(),
            minutes: 45,
            difficulty: 2,
            tasks: (0..tasks).map(task).collect(),
            mistakes: Vec::new(),
        };
        ExerciseStatus {
            record: Record::unknown(&info),
            exercise,
            info,
        }
    }

    #[test]
    fn a_table_narrows_itself() {
        let statuses = [
            status("04-multiplicative-attention", 2, "Scores by products"),
            status("10-feed-forward", 5, "Feed-forward layers"),
        ];
        for width in 40..=100 {
            let table = table_in(width, &statuses, Some(&statuses[0]));
            for line in table.lines().skip(1) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            assert_eq!(table.contains(" 45 min"), width >= 45, "{table}");
            assert_eq!(table.contains("Scores by"), width >= 66, "{table}");
        }
    }
}
