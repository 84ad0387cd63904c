//! The right items and the wrong ones of an output that is read, such as a text, one row above the other.

use attentive_grader::Items;

use super::example::Example;
use super::prose::{be, prose};
use crate::markdown::escape;

/// The number of items that are shown before the first wrong one.
const BEFORE: usize = 3;
/// The most characters of a row. A table that is wider could not be read on a phone.
const WIDTH: usize = 30;

/// Returns the figure's HTML, on one line; `what` is a sentence that describes the mistake.
pub(super) fn picture(example: &Example, what: &str, got: &Items, expected: &Items) -> String {
    let finding = &example.finding;
    let first = got.first_difference(expected).unwrap_or(0);
    let from = start(first, [got, expected]);
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

/// Returns the first item of rows that show the item `first` of both, and what comes before it as far as there is room.
fn start(first: usize, rows: [&Items; 2]) -> usize {
    let width = |from: usize, items: &Items| {
        let shown = (from..=first).filter_map(|index| items.get(index));
        shown.map(|item| width(&item.text)).sum::<usize>()
    };
    (first.saturating_sub(BEFORE)..first)
        .find(|&from| rows.iter().all(|items| width(from, items) <= WIDTH))
        .unwrap_or(first)
}

/// Returns the characters that an item takes in a row.
fn width(text: &str) -> usize {
    1 + text.chars().count()
}

/// Describes all items, not only those that are shown.
fn remark(got: &Items, expected: &Items) -> String {
    let (found, right) = (got.len(), expected.len());
    if found != right {
        return format!("It has {found} entries, and {right} are expected.");
    }
    let wrong = (0..right).filter(|&at| !got.agree(expected, at)).count();
    format!("Of {right} entries, {wrong} {} wrong.", be(wrong))
}

/// Returns a table of one row; what is different in the other one is in bold.
fn row(caption: &str, items: &Items, other: &Items, from: usize) -> String {
    let mut table =
        format!("<div class=\"numbers\"><table><caption>{caption}</caption><tbody><tr>");
    let mut taken = 0;
    for index in from..items.len() {
        let Some(item) = items.get(index) else { break };
        taken += width(&item.text);
        if taken > WIDTH && index > from {
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
