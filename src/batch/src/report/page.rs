//! The frame of every page.

use maud::{DOCTYPE, Markup, html};

use crate::grades::ExerciseState;
use crate::run::NO_SANDBOX;
use crate::run_header::RunHeader;
use crate::text::percent_encode;

const STYLE: &str = include_str!("style.css");

/// Renders a page. It loads nothing from elsewhere, and no script can run on it.
pub(super) fn page(title: &str, header: &RunHeader, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                @if !header.sandbox { p.loud { (NO_SANDBOX) } }
                (body)
                footer { (footer(header)) }
            }
        }
    }
    .into_string()
}

/// Lists everything that the grades depend on.
fn footer(header: &RunHeader) -> Markup {
    html! {
        details {
            summary { "StudentGrades by attentive-batch " (header.version) " with " (header.toolchain) }
            p { "Lock file " code { (header.lock) } ", grader " code { (header.grader) } "." }
            table {
                tr { th { "exercise" } th { "pack" } th { "cases" } }
                @for used in &header.exercises {
                    tr {
                        td { (used.exercise) }
                        td { code { (used.pack) } }
                        td { @if used.hidden { "hidden" } @else { "the learners' own" } }
                    }
                }
            }
        }
    }
}

/// Embeds a picture in the page.
pub(super) fn picture(svg: &str, alt: &str) -> Markup {
    let address = format!("data:image/svg+xml,{}", percent_encode(svg));
    html! { div.picture { img src=(address) alt=(alt); } }
}

/// Returns the CSS class of a cell for a state.
pub(super) fn state_class(state: ExerciseState) -> &'static str {
    match state {
        ExerciseState::Passed => "passed",
        ExerciseState::Fault => "fault",
        _ => "failed",
    }
}
