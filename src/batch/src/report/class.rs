//! The class's page, for staff: grades, mistakes, time, similar submissions, and the grader's own failures.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use attentive_course::text;
use maud::{Markup, html};

use crate::args::Shard;
use crate::grades::{ExerciseGrade, ExerciseState, StudentGrades};
use crate::report::{page, similarity};
use crate::run::Run;
use crate::text::{file_name, line};

/// Renders the page of the class.
pub(super) fn page(run: Run<'_>) -> String {
    let students = &run.grades.students;
    let body = html! {
        h1 { "Attentive: the class" }
        p { (text::count(students.len(), "submission")) ", " (text::count(run.course.exercises.len(), "exercise")) "." (shard(run)) }
        h2 { "Grades" }
        (grades(run, students))
        h2 { "Mistakes that the class makes" }
        (mistakes(run, students))
        h2 { "Verdicts" }
        (verdicts(run, students))
        h2 { "Similar submissions" }
        (similar(run))
        h2 { "Failures of the grader itself" }
        (faults(students))
    };
    page::page("Attentive: the class", run.header, &body)
}

fn shard(run: Run<'_>) -> Markup {
    html! { @if let Some(Shard { part, of }) = run.header.shard { " This is part " (part) " of " (of) "." } }
}

fn grades(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    html! {
        table {
            tr {
                th { "student" } th { "name" } th.n { "points" }
                @for exercise in &run.course.exercises { th.n { (column(&exercise.folder)) } }
                th.n { "seconds" }
            }
            @for graded in students {
                tr {
                    td { a href=(file_name(&graded.student.id) + ".html") { (line(&graded.student.id)) } }
                    td { @if let Some(name) = &graded.student.name { (line(name)) } }
                    td.n { (graded.points) " of " (graded.of) }
                    @for exercise in &graded.exercises {
                        td class={ "n " (page::state_class(exercise.state)) } title=(exercise.words()) {
                            (exercise.points) " of " (exercise.of)
                        }
                    }
                    td.n { (format!("{:.1}", graded.exercises.iter().map(|exercise| exercise.seconds).sum::<f64>())) }
                }
            }
        }
    }
}

/// Breaks an exercise's folder into lines, so that many columns fit.
fn column(folder: &str) -> Markup {
    let (number, name) = folder.split_once('-').unwrap_or(("", folder));
    html! { (number) br; @for (nth, word) in name.split('-').enumerate() { @if nth > 0 { "-" br; } (word) } }
}

/// Counts the students who made each mistake.
fn mistakes(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for exercise in students.iter().flat_map(|student| &student.exercises) {
        for id in mistake_ids(exercise) {
            *counts.entry((exercise.exercise, id)).or_default() += 1;
        }
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|((exercise, _), count)| (*exercise, Reverse(*count)));
    html! {
        @if rows.is_empty() { p { "No mistake that the grader knows." } }
        @else {
            table {
                tr { th { "exercise" } th { "mistake" } th.n { "students" } th { "what they did" } }
                @for ((exercise, id), count) in rows {
                    tr {
                        td { (exercise) } td { code { (id) } } td.n { (count) }
                        td { (mistake_text(run, exercise, id)) }
                    }
                }
            }
        }
    }
}

/// Lists the mistakes in an exercise. In two of its tasks, one mistake counts once.
fn mistake_ids<'a>(exercise: &ExerciseGrade<'a>) -> BTreeSet<&'a str> {
    let mut ids = BTreeSet::new();
    for task in &exercise.tasks {
        let failure = task.result.failure.as_ref();
        let mistake = failure.and_then(|failure| failure.mistake.as_ref());
        ids.extend(mistake.map(|mistake| mistake.id.as_str()));
    }
    ids
}

fn mistake_text<'a>(run: Run<'a>, exercise: &str, id: &str) -> &'a str {
    let exercise = run.course.exercise(exercise);
    let text = exercise.and_then(|exercise| exercise.text.mistake(id));
    text.map_or("", |text| &text.what)
}

/// Counts the students with each verdict, by exercise.
fn verdicts(run: Run<'_>, students: &[StudentGrades<'_>]) -> Markup {
    html! {
        table {
            tr { th { "exercise" } @for state in ExerciseState::ALL { th.n { (state) } } }
            @for exercise in &run.course.exercises {
                tr {
                    td { (exercise.folder) }
                    @for state in ExerciseState::ALL { td.n { (count_state(students, &exercise.folder, state)) } }
                }
            }
        }
    }
}

fn count_state(students: &[StudentGrades<'_>], folder: &str, state: ExerciseState) -> usize {
    let grades = students.iter().flat_map(|student| &student.exercises);
    grades
        .filter(|grade| grade.exercise == folder && grade.state == state)
        .count()
}

fn similar(run: Run<'_>) -> Markup {
    let pairs = similarity::similar_pairs(run.course, run.submissions);
    html! {
        p {
            "Sequences of tokens that two submissions have in common, without those of the stub and those that many "
            "have; names of variables do not count. Right solutions of small exercises resemble each other: this "
            "points out what to look at, and proves nothing."
        }
        @if pairs.is_empty() { p { "None stand out." } }
        @else {
            table {
                tr { th { "student" } th { "student" } th.n { "in common" } th { "exercises" } }
                @for pair in pairs {
                    tr {
                        td { (line(pair.one)) } td { (line(pair.other)) }
                        td.n { (format!("{:.0} %", 100.0 * pair.share)) }
                        td { (pair.exercises.join(", ")) }
                    }
                }
            }
        }
    }
}

fn faults(students: &[StudentGrades<'_>]) -> Markup {
    let faults: Vec<_> = students
        .iter()
        .flat_map(|graded| {
            graded
                .exercises
                .iter()
                .map(move |exercise| (graded, exercise))
        })
        .filter(|(_, exercise)| exercise.state == ExerciseState::Fault || exercise.unsteady)
        .collect();
    html! {
        @if faults.is_empty() { p { "None." } }
        @else {
            table {
                tr { th { "student" } th { "exercise" } th { "what happened" } }
                @for (graded, exercise) in faults {
                    tr {
                        td { (line(&graded.student.id)) }
                        td { (exercise.exercise) }
                        td {
                            @if exercise.unsteady { "two attempts differed; the second, made alone, counts" }
                            @else { (exercise.message.unwrap_or_default()) ": no points lost; grade again" }
                        }
                    }
                }
            }
        }
    }
}
