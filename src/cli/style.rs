//! Style of the output: marks, labels and wrapped text, with and without colour.

use std::io::Write;

use attentive_grader::{WIDEST, columns, unbreakable, wrap};
use console::{StyledObject, style};

/// Width of a label, by which the text under it is indented.
const LABEL: usize = 10;

/// Returns `true` if the terminal can show more than ASCII, as far as its settings say.
fn unicode() -> bool {
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    match ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find(|name| set(name))
        .and_then(|name| std::env::var(name).ok())
    {
        Some(locale) => locale.to_lowercase().replace('-', "").contains("utf8"),
        None => true, // containers often set nothing, and their terminals can
    }
}

/// A mark for each task: solved or not.
pub(crate) fn marks(solved: impl Iterator<Item = bool>) -> String {
    let (yes, no) = if unicode() {
        ('●', '○')
    } else {
        ('*', '-')
    };
    let mark = |solved: bool| if solved { good(yes) } else { style(no) };
    solved.map(|solved| mark(solved).to_string()).collect()
}

/// Something that is as it should be.
pub(crate) fn good<T>(text: T) -> StyledObject<T> {
    style(text).green()
}

/// Something that is not.
pub(crate) fn bad<T>(text: T) -> StyledObject<T> {
    style(text).red()
}

/// Something to type.
pub(crate) fn typed(text: &str) -> String {
    style(text).cyan().to_string()
}

/// A command for a paragraph. It stays in one line, so that it can be copied.
pub(crate) fn command(text: &str) -> String {
    typed(&unbreakable(text))
}

/// A heading.
pub(crate) fn heading(text: &str) -> String {
    style(text).bold().to_string()
}

/// A paragraph under a label, which may be empty.
pub(crate) fn labelled(label: &str, text: &str) -> String {
    format!(
        "{}{}",
        self::label(label),
        paragraph(text, LABEL).trim_start()
    )
}

/// A paragraph, indented.
pub(crate) fn paragraph(text: &str, indent: usize) -> String {
    let indent = " ".repeat(indent);
    wrap(text, columns(), &indent, &indent)
}

/// A line such as a heading, of which only what does not fit into it is indented.
pub(crate) fn headline(text: &str) -> String {
    wrap(text, columns(), "", "   ")
}

/// A message of any length, as it is where there is room for it.
pub(crate) fn message(text: &str) -> String {
    if columns() < WIDEST {
        wrap(text, columns(), "", "")
    } else {
        text.to_owned()
    }
}

/// Sets off the labels of a report of the grader's.
pub(crate) fn report(text: &str) -> String {
    let mut of_verdict = false;
    let mut styled = String::new();
    for line in text.lines() {
        match line.split_at_checked(LABEL) {
            Some((label, rest)) if label.ends_with(' ') => {
                if !label.starts_with(' ') {
                    of_verdict = label.starts_with("verdict");
                }
                styled += &self::label(label.trim_end());
                if of_verdict {
                    styled += &bad(rest).to_string();
                } else {
                    styled += rest;
                }
            }
            _ => styled += line,
        }
        styled.push('\n');
    }
    styled
}

fn label(label: &str) -> String {
    style(format!("{label:<LABEL$}")).dim().to_string()
}

/// A line on standard error. Where `eprintln!` would panic, because that is closed, nobody misses it.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
