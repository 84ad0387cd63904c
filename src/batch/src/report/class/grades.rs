//! The grades of a class: a row for each student, which can be sorted and filtered.

use maud::{Markup, html};

use super::column;
use crate::grades::{ExerciseGrade, ExerciseState, StudentGrades};
use crate::report::page::{scrolling, state_class, student_link};
use crate::run::Run;
use crate::text::line;

pub(super) fn section(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    html! {
        (tools(run))
        (scrolling("Grades", &table(run, students)))
        p.legend {
            span.passed { "passed" } " " span.failed { "failed" } " "
            span.missing { "not handed in or not usable" } " " span.fault { "not graded: the grader failed" }
        }
    }
}

/// Filters of the table. Only the script can make use of them, and it shows them.
fn tools(run: Run<'_>) -> Markup {
    html! {
        p.tools hidden {
            label { "student " input type="search" autocomplete="off"; } " "
            label {
                "exercise "
                select {
                    option value="" { "any" }
                    @for exercise in &run.course.exercises { option { (exercise.folder) } }
                }
            } " "
            label {
                "verdict "
                select {
                    option value="" { "any" }
                    @for state in ExerciseState::ALL { option value=(state_class(state)) { (state) } }
                }
            } " "
            output {}
        }
    }
}

fn table(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    html! {
        table.grades.sorts {
            thead {
                tr {
                    th { "student" } th { "name" } th.n { "points" }
                    @for exercise in &run.course.exercises {
                        th.n data-exercise=(exercise.folder) { (column(&exercise.folder)) }
                    }
                    th.n { "seconds" }
                }
            }
            tbody { @for graded in students { (row(graded)) } }
        }
    }
}

fn row(graded: &StudentGrades<'_>) -> Markup {
    let seconds: f64 = graded.exercises.iter().map(|grade| grade.seconds).sum();
    html! {
        tr {
            th scope="row" { (student_link(&graded.student.id)) }
            td { @if let Some(name) = &graded.student.name { (line(name)) } }
            td.n { (graded.points) " of " (graded.of) }
            @for grade in &graded.exercises { (cell(grade)) }
            td.n { (format!("{seconds:.1}")) }
        }
    }
}

/// Shows the points of an exercise. There are thousands of these: what says nothing is left out.
fn cell(grade: &ExerciseGrade<'_>) -> Markup {
    let class = state_class(grade.state);
    html! {
        @match grade.state {
            ExerciseState::Passed => td class={ "n " (class) } { (grade.points) },
            ExerciseState::Fault => td class={ "n " (class) } title=(grade.words()) { "–" },
            _ => td class={ "n " (class) } title=(grade.words()) { (grade.points) "/" (grade.of) },
        }
    }
}
