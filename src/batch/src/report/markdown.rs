//! The student's page as Markdown, for mail, issues and pull requests.

use std::fmt::Write;

use crate::args::Tier;
use crate::feedback::feedback;
use crate::grades::{ExerciseState, StudentGrades};
use crate::run::{NO_SANDBOX, Run};
use crate::text::line;

/// Renders the page of one student.
pub(super) fn page(run: Run<'_>, graded: &StudentGrades<'_>, tier: Tier) -> String {
    let mut text = format!("# Attentive: {}\n\n", escape(&graded.student.id));
    if !run.header.sandbox {
        text.push_str(&format!("**{NO_SANDBOX}**\n\n"));
    }
    // Writing to a text cannot fail.
    let _ = write(&mut text, run, graded, tier);
    text
}

fn write(
    text: &mut String,
    run: Run<'_>,
    graded: &StudentGrades<'_>,
    tier: Tier,
) -> std::fmt::Result {
    writeln!(
        text,
        "{} of {} points, from {}.\n",
        graded.points,
        graded.of,
        escape(graded.origin)
    )?;
    if let Some(problem) = graded.problem {
        writeln!(text, "Nothing of it can be used: {}\n", escape(problem))?;
    }
    writeln!(text, "| exercise | points | verdict |\n|---|---:|---|")?;
    for grade in &graded.exercises {
        let (points, of) = (grade.points, grade.of);
        writeln!(
            text,
            "| {} | {points} of {of} | {} |",
            grade.exercise,
            escape(&grade.words())
        )?;
    }
    for grade in &graded.exercises {
        let Some(exercise) = run.course.exercise(grade.exercise) else {
            continue;
        };
        if grade.state == ExerciseState::Passed {
            continue;
        }
        writeln!(text, "\n## {}\n", escape(&exercise.text.title))?;
        for change in &grade.signatures {
            writeln!(text, "{}", block(change))?;
        }
        if let Some(message) = grade.message {
            writeln!(text, "{}", block(message))?;
        }
        for task in grade.tasks.iter().filter(|task| !task.result.is_passed()) {
            let feedback = feedback(run, exercise, grade, task, tier);
            writeln!(
                text,
                "**{}**, {} of {}: {}\n",
                task.result.name,
                task.points,
                task.of,
                escape(&feedback.verdict)
            )?;
            for paragraph in &feedback.paragraphs {
                writeln!(text, "{}\n", escape(paragraph))?;
            }
            if let Some(report) = &feedback.report {
                writeln!(text, "{}", block(report))?;
            }
            if let Some(url) = feedback.book_link.and_then(|link| link.url) {
                writeln!(
                    text,
                    "In the book: <{}>\n",
                    url.replace(['<', '>', ' '], "")
                )?;
            }
            for (nth, hint) in feedback.hints.iter().enumerate() {
                writeln!(text, "{}. {hint}", nth + 1)?; // the course's own Markdown
            }
            text.push('\n');
        }
    }
    if !graded.unused.is_empty() {
        writeln!(text, "\n## Not used\n")?;
        for unused in graded.unused {
            writeln!(text, "- {}", escape(unused))?;
        }
    }
    Ok(())
}

/// Escapes everything that is syntax in Markdown or HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in line(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"), // would tell whoever has that name
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~'
            | '>' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Renders text as an indented code block: nothing in the text can end it, as it could end a fence.
fn block(text: &str) -> String {
    let lines = crate::text::plain(text);
    lines.lines().map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_in_escaped_text_is_syntax(text in r"[\\`*_{}\[\]()#!|~<>&@a\n]{0,40}|\PC{0,40}") {
            let escaped = escape(&text);
            let mut characters = escaped.chars();
            while let Some(c) = characters.next() {
                match c {
                    '\\' => prop_assert!(characters.next().is_some_and(|c| c.is_ascii_punctuation())),
                    '<' | '@' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '>' | '\n' => {
                        prop_assert!(false, "{escaped}");
                    }
                    _ => (),
                }
            }
        }

        #[test]
        fn nothing_ends_a_block(text in r"[`~\-\n\r\t a<]{0,40}|\PC{0,40}") {
            prop_assert!(block(&text).lines().all(|line| line.starts_with("    ")));
        }
    }
}
