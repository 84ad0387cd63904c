//! The heat map of a class: which mistakes are made in which exercise, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::column;
use crate::args::Tier;
use crate::grades::{ExerciseGrade, ExerciseState, StudentGrades};
use crate::report::page::{scrolling, student_link};
use crate::results::{TaskResult, TaskVerdict};
use crate::run::Run;

/// Shares of the class, in percent, up to which a cell has the first shade, the second and so on. The last shade is for more.
const SHADES: [usize; 4] = [5, 10, 20, 40];

/// Reason for which a task did not pass. Mistakes come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason<'a> {
    /// A mistake that the grader named.
    Mistake(&'a str),
    /// A verdict without a mistake's name.
    Unnamed(TaskVerdict),
    /// No verdict, because nothing was compiled.
    NotCompiled,
}

/// The students who failed for one reason, by exercise and task; where no task was reached, its name is empty.
type Row<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>>;

/// Renders the heat map: a row for each reason, a column for each exercise, and names behind each number.
pub(super) fn section(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    let mut rows: Vec<(Reason<'_>, Row<'_>)> = collect(students).into_iter().collect();
    // The most frequent first; those without a name stay last, where all of them are together.
    rows.sort_by_key(|(reason, row)| {
        (
            !matches!(reason, Reason::Mistake(_)),
            std::cmp::Reverse(students_of(row)),
        )
    });
    html! {
        @if rows.is_empty() { p { "Every task that was graded has passed." } }
        @else {
            p {
                "The number of students who made each mistake, by exercise. Open a number to see who they are. The darker a "
                "cell, the larger is the share of the class:"
            }
            (legend())
            (scrolling("Mistakes by exercise", &table(run, &rows, students.len())))
        }
    }
}

fn legend() -> Markup {
    html! {
        p.legend {
            @for (nth, share) in SHADES.iter().enumerate() { span class=(format!("h{}", nth + 1)) { "≤ " (share) " %" } " " }
            span.h5 { "more" }
        }
    }
}

/// Collects the students by reason, exercise and task.
fn collect<'a>(students: &'a [StudentGrades<'a>]) -> BTreeMap<Reason<'a>, Row<'a>> {
    let mut rows: BTreeMap<Reason<'a>, Row<'a>> = BTreeMap::new();
    for graded in students {
        for exercise in &graded.exercises {
            for (reason, task) in reasons(exercise) {
                let row = rows.entry(reason).or_default();
                let tasks = row.entry(exercise.exercise).or_default();
                tasks.entry(task).or_default().insert(&graded.student.id);
            }
        }
    }
    rows
}

/// Lists the reasons for which tasks of an exercise did not pass.
fn reasons<'a>(exercise: &'a ExerciseGrade<'a>) -> Vec<(Reason<'a>, &'a str)> {
    if exercise.state == ExerciseState::NotCompiled {
        return vec![(Reason::NotCompiled, "")];
    }
    let mut reasons = Vec::new();
    for task in exercise
        .tasks
        .iter()
        .filter(|task| !task.result.is_passed())
    {
        reasons.push((Reason::of(task.result), task.result.name.as_str()));
    }
    reasons
}

impl<'a> Reason<'a> {
    fn of(result: &'a TaskResult) -> Self {
        let failure = result.failure.as_ref();
        match failure.and_then(|failure| failure.mistake.as_ref()) {
            Some(mistake) => Self::Mistake(&mistake.id),
            None => Self::Unnamed(result.verdict),
        }
    }
}

/// Counts the students of a row, each once.
fn students_of(row: &Row<'_>) -> usize {
    let sets = row.values().flat_map(BTreeMap::values);
    sets.flatten().collect::<BTreeSet<_>>().len()
}

fn table(run: Run<'_>, rows: &[(Reason<'_>, Row<'_>)], class: usize) -> Markup {
    let exercises: BTreeSet<&str> = rows
        .iter()
        .flat_map(|(_, row)| row.keys().copied())
        .collect();
    html! {
        table.heat.sorts {
            thead {
                tr {
                    th { "mistake" } th.n { "students" }
                    @for exercise in &exercises { th.n { (column(exercise)) } }
                    th { "what they did" }
                }
            }
            tbody {
                @for (reason, row) in rows {
                    tr {
                        th scope="row" { (name(run, *reason, row)) }
                        td.n { (students_of(row)) }
                        @for exercise in &exercises { (cell(row.get(exercise), class)) }
                        td { (text(run, *reason, row)) }
                    }
                }
            }
        }
    }
}

/// Names a reason; the name of a mistake leads to its place in the book, where the book is known.
fn name(run: Run<'_>, reason: Reason<'_>, row: &Row<'_>) -> Markup {
    let id = match reason {
        Reason::Mistake(id) => id,
        Reason::Unnamed(verdict) => return html! { "no name: " (verdict) },
        Reason::NotCompiled => return html! { "no name: did not compile" },
    };
    let anchor = mistake(run, id, row).map(|text| &text.anchor);
    let link = run.book_url(Tier::Staff).zip(anchor);
    html! {
        @if let Some((book, anchor)) = link { a href={ (book) "/" (anchor) } rel="noreferrer" { code { (id) } } }
        @else { code { (id) } }
    }
}

/// Says what was done. Some mistakes are possible in several exercises: the words are those of the first.
fn text<'a>(run: Run<'a>, reason: Reason<'_>, row: &Row<'_>) -> &'a str {
    match reason {
        Reason::Mistake(id) => mistake(run, id, row).map_or("", |text| &text.what),
        Reason::Unnamed(TaskVerdict::WrongValues) => {
            "The numbers are those of no mistake that the course knows."
        }
        Reason::Unnamed(_) | Reason::NotCompiled => "",
    }
}

fn mistake<'a>(run: Run<'a>, id: &str, row: &Row<'_>) -> Option<&'a attentive_grader::MistakeText> {
    let exercise = run.course.exercise(row.keys().next()?)?;
    exercise.text.mistake(id)
}

/// Shows the number of students, and behind it their names, task by task.
fn cell(tasks: Option<&BTreeMap<&str, BTreeSet<&str>>>, class: usize) -> Markup {
    let Some(tasks) = tasks else {
        return html! { td {} };
    };
    let students = tasks.values().flatten().collect::<BTreeSet<_>>().len();
    html! {
        td class=(shade(students, class)) {
            details {
                summary { (students) }
                @for (task, students) in tasks {
                    p {
                        @if !task.is_empty() { code { (task) } ": " }
                        @for (nth, id) in students.iter().enumerate() { @if nth > 0 { ", " } (student_link(id)) }
                    }
                }
            }
        }
    }
}

/// Returns the CSS class of a cell with so many students of a class.
fn shade(students: usize, class: usize) -> &'static str {
    let percent = 100 * students;
    match SHADES.map(|share| percent <= share * class) {
        [true, ..] => "n h1",
        [_, true, ..] => "n h2",
        [_, _, true, _] => "n h3",
        [_, _, _, true] => "n h4",
        _ => "n h5",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shade_is_a_share_of_the_class() {
        let shades = [1, 2, 4, 8, 9].map(|students| shade(students, 20));
        assert_eq!(shades, ["n h1", "n h2", "n h3", "n h4", "n h5"]);
    }
}
