//! What all pages have in common.

use maud::{DOCTYPE, Markup, html};

use crate::output::Header;
use crate::report::NO_SANDBOX;

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}\
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.2rem;border-top:1px solid #ccc;padding-top:1rem}h3{font-size:1rem}\
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{border:1px solid #ccc;padding:.3rem .55rem;text-align:left;\
vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}pre{background:#f4f4f4;padding:.8rem;overflow-x:auto;\
font-size:.85rem;white-space:pre-wrap;overflow-wrap:anywhere}.passed{background:#dff2df}.failed{background:#fbe3df}.fault{background:#fff1c9}\
.loud{background:#a40000;color:#fff;padding:.8rem;font-weight:bold}img{max-width:100%;height:auto}footer{margin-top:3rem;color:#555;font-size:.85rem}\
details{margin:.5rem 0}td{overflow-wrap:anywhere}";

/// A page with a title. Nothing on it is loaded from elsewhere, and no script can run.
pub(super) fn page(title: &str, header: &Header, body: &Markup) -> String {
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

/// What the grades depend on.
fn footer(header: &Header) -> Markup {
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

/// A picture as a part of the page.
pub(super) fn picture(svg: &str, alt: &str) -> Markup {
    let mut address = String::from("data:image/svg+xml,");
    for byte in svg.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b' '
            | b'-'
            | b'_'
            | b'.'
            | b'/'
            | b':'
            | b'='
            | b'('
            | b')'
            | b',' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    html! { img src=(address) alt=(alt); }
}

/// The class of a cell for a state.
pub(super) fn state(state: &str) -> &'static str {
    match state {
        "passed" => "passed",
        "fault" => "fault",
        _ => "failed",
    }
}
