//! The frame of every page.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac_sha256::Hash;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::grades::ExerciseState;
use crate::run::NO_SANDBOX;
use crate::run_header::RunHeader;
use crate::text::{file_name, line, percent_encode};

const STYLE: &str = include_str!("style.css");

/// Scripts of a page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scripts {
    /// No script can run.
    Forbidden,
    /// This one can run, and no other.
    Only(&'static str),
}

/// Renders a page. It loads nothing from elsewhere, and runs no script but the one that is allowed.
pub(super) fn page(title: &str, header: &RunHeader, body: &Markup, scripts: Scripts) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy(scripts));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if !header.sandbox { p.loud { (NO_SANDBOX) } }
                main { (body) }
                footer { (footer(header)) }
                @if let Scripts::Only(script) = scripts { script { (PreEscaped(script)) } }
            }
        }
    }
    .into_string()
}

/// Returns the content-security policy. The browser compares a script with its digest, so a text of a submission that
/// got into the page as a script would still not run.
fn policy(scripts: Scripts) -> String {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    match scripts {
        Scripts::Forbidden => policy.to_owned(),
        Scripts::Only(script) => {
            let digest = BASE64_STANDARD.encode(Hash::hash(script.as_bytes()));
            format!("{policy}; script-src 'sha256-{digest}'")
        }
    }
}

/// Lists everything that the grades depend on.
fn footer(header: &RunHeader) -> Markup {
    html! {
        details {
            summary { "Graded by attentive-batch " (header.version) " with " (header.toolchain) }
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

/// Links to a student's page.
pub(super) fn student_link(id: &str) -> Markup {
    html! { a href=(file_name(id) + ".html") { (line(id)) } }
}

/// Wraps what may be wider than the page: it scrolls by itself, with the keyboard as well.
pub(super) fn scrolling(label: &str, wide: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (wide) } }
}

/// Embeds a picture in the page.
pub(super) fn picture(svg: &str, alt: &str) -> Markup {
    let address = format!("data:image/svg+xml,{}", percent_encode(svg));
    html! { div.picture tabindex="0" role="region" aria-label=(alt) { img src=(address) alt=(alt); } }
}

/// Returns the CSS class of a cell for a state, which is also the one that the filter looks for.
pub(super) fn state_class(state: ExerciseState) -> &'static str {
    match state {
        ExerciseState::Passed => "passed",
        ExerciseState::Failed => "failed",
        ExerciseState::NotCompiled => "not-compiled",
        ExerciseState::Missing => "missing",
        ExerciseState::Unusable => "unusable",
        ExerciseState::Fault => "fault",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_allows_one_script_or_none() {
        assert!(!policy(Scripts::Forbidden).contains("script-src"));
        // The digest that `printf 'f()' | openssl dgst -sha256 -binary | base64` prints.
        let one = policy(Scripts::Only("f()"));
        assert!(
            one.ends_with("script-src 'sha256-GcEEE0IkDzIP5EQ6DXZaDPORqT5RTBELX8Fyzyg9yvo='"),
            "{one}"
        );
    }
}
