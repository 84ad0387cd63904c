//! The right items and the wrong ones of an output that is read, such as a text, one row above the other.

use attentive_grader::Items;

use super::example::Example;
use super::prose::prose;
use crate::markdown::escape;

/// The number of items that are shown before the first wrong one.
const BEFORE: usize = 3;
/// The most characters of a row. A table that is wider could not be read on a phone.
const WIDTH: usize = 30;

/// Returns the figure's HTML, on one line; `what` is a sentence that describes the mistake.
pub(super) fn picture(example: &Example, what: &str, got: &Items, expected: &Items) -> String {
    let finding = &example.finding;
    let first = got.first_difference(expected).unwrap_or(0);
    let from = first.saturating_sub(BEFORE);
    let axis = finding.axes.first().map_or("entry", String::as_str);
    let place = if from > 0 {
        format!(", from {axis} {from}")
    } else {
        String::new()
    };
    format!(
        "<figure class=\"mistake\"><div class=\"panels\">{}{}</div><figcaption>{} {} <code>{}</code>{place} of the case \
         “{}” ({}). What differs is in bold.</figcaption></figure>",
        row("right", expected, got, from),
        row("with this mistake", got, expected, from),
        prose(what),
        remark(got, expected),
        escape(&finding.output),
        escape(&example.case),
        prose(&example.purpose),
    )
}

/// Describes all items, not only those that are shown.
fn remark(got: &Items, expected: &Items) -> String {
    let (found, right) = (got.len(), expected.len());
    if found != right {
        return format!("It has {found} entries, and {right} are expected.");
    }
    let wrong = (0..right).filter(|&at| !got.agree(expected, at)).count();
    format!("Of {right} entries, {wrong} are wrong.")
}

/// Returns a table of one row; what is different in the other one is in bold.
fn row(caption: &str, items: &Items, other: &Items, from: usize) -> String {
    let mut table =
        format!("<div class=\"numbers\"><table><caption>{caption}</caption><tbody><tr>");
    let mut width = 0;
    for index in from..items.len() {
        let Some(item) = items.get(index) else { break };
        width += 1 + item.text.chars().count();
        if width > WIDTH && index > from {
            table += "<td>…</td>";
            break;
        }
        let class = if items.agree(other, index) {
            ""
        } else {
            " class=\"off\""
        };
        table += &format!("<td{class} style=\"--w:0.00\">{}</td>", escape(&item.text));
    }
    if items.len() <= from {
        table += "<td>nothing</td>";
    }
    table + "</tr></tbody></table></div>"
}
