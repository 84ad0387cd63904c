//! A student's page: task by task.

#[cfg(test)]
mod tests;

use maud::{Markup, html};

use crate::args::Tier;
use crate::feedback::{Feedback, feedback};
use crate::grades::{ExerciseGrade, StudentGrades};
use crate::report::page::{self, Scripts, scrolling};
use crate::run::Run;
use crate::text::plain;

/// Renders the page of one student.
pub(super) fn page(run: Run<'_>, graded: &StudentGrades<'_>, tier: Tier) -> String {
    let id = plain(&graded.student.id);
    let body = html! {
        h1 { "Attentive: " (id) }
        @if let Some(name) = &graded.student.name { p { (plain(name)) } }
        p { strong { (graded.points) " of " (graded.of) " points" } ", from " code { (plain(graded.origin)) } "." }
        @if let Some(problem) = graded.problem { p.loud { "Nothing of it can be used: " (problem) } }
        (overview(graded))
        @for exercise in &graded.exercises { (section(run, exercise, tier)) }
        @if !graded.unused.is_empty() {
            h2 { "Not used" }
            p { "Of a submission, only exercises/*/src/**/*.rs is used. The following was changed or added next to it:" }
            ul { @for unused in graded.unused { li { (unused) } } }
        }
    };
    page::page(
        &format!("Attentive: {id}"),
        run.header,
        &body,
        Scripts::Forbidden,
    )
}

fn overview(graded: &StudentGrades<'_>) -> Markup {
    let table = html! {
        table {
            thead { tr { th { "exercise" } th.n { "points" } th { "verdict" } } }
            tbody {
                @for exercise in &graded.exercises {
                    tr {
                        th scope="row" { a href=(format!("#{}", exercise.exercise)) { (exercise.exercise) } }
                        td.n { (exercise.points) " of " (exercise.of) }
                        td class=(page::state_class(exercise.state)) { (exercise.words()) }
                    }
                }
            }
        }
    };
    scrolling("Grades", &table)
}

fn section(run: Run<'_>, grade: &ExerciseGrade<'_>, tier: Tier) -> Markup {
    let Some(exercise) = run.course.exercise(grade.exercise) else {
        return Markup::default();
    };
    html! {
        h2 id=(grade.exercise) { (exercise.text.title) }
        @for change in &grade.signatures { pre tabindex="0" { (plain(change)) } }
        @if let Some(message) = grade.message { pre tabindex="0" { (plain(message)) } }
        @if grade.unsteady {
            p { "The first attempt had a different verdict. This is the verdict of the second, which was made alone." }
        }
        @for task in &grade.tasks {
            h3 { code { (task.result.name) } ": " (task.points) " of " (task.of) @if task.result.is_passed() { ", passed" } }
            @if !task.result.is_passed() { (details(run, &feedback(run, exercise, grade, task, tier))) }
        }
    }
}

fn details(run: Run<'_>, feedback: &Feedback) -> Markup {
    let svg = feedback
        .picture
        .as_ref()
        .and_then(|path| std::fs::read_to_string(run.output.path(path)).ok());
    html! {
        // The whole report begins with it.
        @if feedback.report.as_ref().is_none_or(|report| !report.contains(&feedback.verdict)) {
            p { (feedback.verdict) }
        }
        @for paragraph in &feedback.paragraphs { p { (paragraph) } }
        @if let Some(report) = &feedback.report { pre tabindex="0" { (report) } }
        @if let Some(svg) = svg { (page::picture(&svg, "yours, expected, and the difference")) }
        @if let Some(link) = &feedback.book_link {
            p {
                "In the book: "
                @if let Some(url) = &link.url { a.address href=(url) rel="noreferrer" { (link.place) } }
                @else { code { "book/html/" (link.place) } ", after " code { "cargo attentive book build" } }
            }
        }
        @if !feedback.hints.is_empty() {
            details.hints {
                summary { "Hints" }
                ol { @for hint in &feedback.hints { li { (hint) } } }
            }
        }
    }
}
