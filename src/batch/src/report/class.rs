//! The class's page, for staff: points, grades, mistakes, similar submissions, and the grader's own failures.

mod distribution;
mod grades;
mod mistakes;
#[cfg(test)]
mod tests;

use attentive_course::text;
use maud::{Markup, html};

use crate::args::Shard;
use crate::grades::{ExerciseGrade, ExerciseState, StudentGrades};
use crate::report::page;
use crate::report::page::{Scripts, scrolling, student_link};
use crate::report::similarity::{Group, SharedExercise, similar_groups};
use crate::run::Run;

/// Sorts and filters the tables. The page has everything without it.
const SCRIPT: &str = include_str!("class.js");

/// Renders the page of the class.
pub(super) fn page(run: Run<'_>) -> String {
    let students = &run.grades.students;
    let body = html! {
        h1 { "Attentive: the class" }
        p { (text::count(students.len(), "submission")) ", " (text::count(run.course.exercises.len(), "exercise")) "." (shard(run)) }
        h2 { "Points" }
        (distribution::section(students))
        h2 { "Grades" }
        (grades::section(run, students))
        h2 { "Mistakes that the class makes" }
        (mistakes::section(run, students))
        h2 { "Verdicts" }
        (verdicts(run, students))
        h2 { "Similar submissions" }
        (similar(&similar_groups(run.course, run.submissions)))
        h2 { "Failures of the grader itself" }
        (faults(students))
    };
    page::page(
        "Attentive: the class",
        run.header,
        &body,
        Scripts::Only(SCRIPT),
    )
}

fn shard(run: Run<'_>) -> Markup {
    html! { @if let Some(Shard { part, of }) = run.header.shard { " This is part " (part) " of " (of) "." } }
}

/// Breaks an exercise's folder into lines, so that many columns fit.
fn column(folder: &str) -> Markup {
    let (number, name) = folder.split_once('-').unwrap_or(("", folder));
    html! { (number) br; @for (nth, word) in name.split('-').enumerate() { @if nth > 0 { "-" br; } (word) } }
}

/// Counts the students with each verdict, by exercise.
fn verdicts(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    let table = html! {
        table.sorts {
            thead { tr { th { "exercise" } @for state in ExerciseState::ALL { th.n { (state) } } } }
            tbody {
                @for exercise in &run.course.exercises {
                    tr {
                        th scope="row" { (exercise.folder) }
                        @for state in ExerciseState::ALL { td.n { (count_state(students, &exercise.folder, state)) } }
                    }
                }
            }
        }
    };
    scrolling("Verdicts", &table)
}

fn count_state(students: &[StudentGrades<'_>], folder: &str, state: ExerciseState) -> usize {
    let grades = students.iter().flat_map(|student| &student.exercises);
    grades
        .filter(|grade| grade.exercise == folder && grade.state == state)
        .count()
}

fn similar(groups: &[Group<'_>]) -> Markup {
    html! {
        p {
            "Each submission of a group shares sequences of tokens with at least one other of it. Names of variables do "
            "not count, and neither do sequences of the stub or those that many students have. Right solutions of small "
            "exercises resemble each other: a group shows where to look, and proves nothing."
        }
        @if groups.is_empty() { p { "None stand out." } }
        @else { (scrolling("Similar submissions", &html! {
            table.sorts {
                thead { tr { th.n { "students" } th { "who" } th.n { "in common" } th { "exercises" } } }
                tbody {
                    @for group in groups {
                        tr {
                            td.n { (group.members.len()) }
                            td { @for (nth, id) in group.members.iter().enumerate() { @if nth > 0 { ", " } (student_link(id)) } }
                            td.n { (percent(group.largest_share())) }
                            td { @for shared in &group.exercises { (shared_exercise(shared)) br; } }
                        }
                    }
                }
            }
        })) }
    }
}

fn shared_exercise(shared: &SharedExercise<'_>) -> Markup {
    let (least, most) = (percent(shared.least), percent(shared.most));
    html! {
        (shared.exercise) ": "
        @if shared.is_equal { "the same text" }
        @else if least == most { (most) }
        @else { (least) " to " (most) }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn faults(students: &[StudentGrades<'_>]) -> Markup {
    let mut faults = Vec::new();
    for graded in students {
        for exercise in &graded.exercises {
            if exercise.state == ExerciseState::Fault || exercise.unsteady {
                faults.push((graded, exercise));
            }
        }
    }
    html! {
        @if faults.is_empty() { p { "None." } }
        @else { (scrolling("Failures of the grader itself", &html! {
            table.sorts {
                thead { tr { th { "student" } th { "exercise" } th { "what happened" } } }
                tbody {
                    @for (graded, exercise) in faults {
                        tr {
                            td { (student_link(&graded.student.id)) }
                            td { (exercise.exercise) }
                            td { (describe_fault(exercise)) }
                        }
                    }
                }
            }
        })) }
    }
}

fn describe_fault(exercise: &ExerciseGrade<'_>) -> String {
    if exercise.unsteady {
        return "two attempts had different verdicts; the second, made alone, counts".to_owned();
    }
    let message = exercise.message.unwrap_or_default();
    format!("{message}: this costs no points; grade again")
}
