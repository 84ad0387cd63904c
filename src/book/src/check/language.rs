//! Finds habits of language that make readers decode a sentence.
//!
//! The habits are in the book's `language.toml`. A place that has good reason to be as it is can be excused by a
//! comment in its paragraph, or right above it: `<!-- language: stands – quoted from the paper -->`, and with `#` or
//! `//` in TOML and Rust.

mod habits;
mod prose;

use std::path::PathBuf;

use attentive_course::Course;
use attentive_course::files;

use super::Diagnostic;
use super::built_book::BuiltBook;
use crate::{BookError, course};
use habits::Habits;
use prose::{Escape, Format, Prose};

/// A page that a program writes, from words that are checked where they come from.
const GENERATED: &str = "kill-table.html";
/// Files of the course, next to the book.
const OF_COURSE: [&str; 2] = ["README.md", "CONTRIBUTING.md"];
/// The programs' folder in the course; a released course has none.
const PROGRAMS: &str = "src";
/// The file of a program whose doc comments are its `--help`.
const ARGUMENTS: &str = "args.rs";

/// Returns the habits found in pages, quizzes, exercises, the course's own documents, and what its programs print.
pub(super) fn check(book: &BuiltBook, course: &Course) -> Result<Vec<Diagnostic>, BookError> {
    let file = book.root.join("language.toml");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let habits = Habits::read(&file)?;
    let mut diagnostics = Vec::new();
    for (file, format) in read_files(book, course)? {
        let prose = Prose::read(&file, format)?;
        diagnostics.extend(compare(&habits, &prose));
    }
    Ok(diagnostics)
}

/// Lists the files whose language is checked.
fn read_files(book: &BuiltBook, course: &Course) -> Result<Vec<(PathBuf, Format)>, BookError> {
    let mut all = Vec::new();
    for (name, page) in &book.pages {
        if name != GENERATED {
            all.push((page.source.clone(), Format::Markdown));
        }
    }
    for quiz in &book.quizzes {
        all.push((quiz.path.clone(), Format::Toml));
    }
    for exercise in course::exercises(course)?.into_values() {
        let sources = course.path(exercise.directory()).join("src");
        for source in files::list_rust(&sources)? {
            all.push((sources.join(source), Format::Rust));
        }
        all.push((course.path(exercise.words()), Format::Toml));
    }
    for name in OF_COURSE {
        all.push((course.path(name), Format::Markdown));
    }
    let programs = course.path(PROGRAMS);
    if programs.exists() {
        for source in files::list_rust(&programs)? {
            let is_test = source.components().any(|part| part.as_os_str() == "tests");
            if is_test || source.ends_with("tests.rs") {
                continue;
            }
            if source.ends_with(ARGUMENTS) {
                all.push((programs.join(&source), Format::Rust));
            }
            all.push((programs.join(source), Format::Program));
        }
    }
    all.retain(|(file, _)| file.exists());
    Ok(all)
}

/// Compares a text with the habits.
fn compare(habits: &Habits, prose: &Prose) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut needed = vec![false; prose.escapes.len()];
    for found in habits.find(&prose.text) {
        let at = prose.source_byte(found.range.start);
        let words = &prose.text[found.range];
        let excuse = |escape: &Escape| escape.covers(at, words);
        if let Some(i) = prose.escapes.iter().position(excuse) {
            needed[i] = true;
            continue;
        }
        diagnostics.push(Diagnostic {
            at: prose.location(at),
            problem: format!("\"{}\": {}", one_line(words), found.habit.why),
            fix: format!("write {}", found.habit.instead),
        });
    }
    for (escape, needed) in prose.escapes.iter().zip(needed) {
        if let Some((problem, fix)) = escape.problem(needed) {
            diagnostics.push(Diagnostic {
                at: prose.location(escape.range.start),
                problem,
                fix: fix.to_owned(),
            });
        }
    }
    diagnostics
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HABITS: &str = "[[habit]]\nwords = 'stands?|in place of'\nfine = 'stands for'\ninstead = \"is\"\nwhy = \"numbers do not stand\"\n";

    fn found(text: &str, format: Format) -> Vec<String> {
        let habits = Habits::parse(HABITS, "language.toml".as_ref()).expect("habits");
        let prose = Prose::parse("text".as_ref(), text.to_owned(), format).expect("a text");
        let found = compare(&habits, &prose);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn words_are_found_with_their_line_however_lines_break() {
        assert_eq!(
            found(
                "# It stands\n\nA sum in\nplace of *one*.\n",
                Format::Markdown
            ),
            [
                "text:1: \"stands\": numbers do not stand; fix: write is",
                "text:3: \"in place of\": numbers do not stand; fix: write is"
            ]
        );
        let fine = "Understands, standstill, and $x$ stands\nfor it.";
        assert_eq!(found(fine, Format::Markdown), [""; 0]);
        assert_eq!(found("A *stand*.", Format::Markdown).len(), 1);
    }

    #[test]
    fn strings_and_doc_comments_are_read() {
        let toml =
            "id = \"stands\"\nwhy = \"It stands.\"\nhints = [\n  \"A\",\n  \"It stands\",\n]\n";
        let lines = found(toml, Format::Toml);
        assert!(
            lines.len() == 2 && lines[0].starts_with("text:2:") && lines[1].starts_with("text:5:")
        );
        let rust =
            "//! It stands.\n\n/// So `stands` in\n/// place of this.\nfn stands() {} // stands\n";
        let lines = found(rust, Format::Rust);
        assert!(
            lines.len() == 2 && lines[0].starts_with("text:1:") && lines[1].starts_with("text:3:")
        );
    }

    #[test]
    fn what_programs_print_is_read() {
        let code = "/// stands\nfn f() {\n    // language: stands – a quotation\n    g(\"It stands.\");\n\n    \
                    g(r#\"It \"stands\"\"#);\n    g(\"in \\\n        place of\"); // stands\n}\n\n\
                    #[cfg(test)]\nmod tests {\n    const A: &str = \"It stands\";\n}\n";
        let lines = found(code, Format::Program);
        assert!(
            lines.len() == 2 && lines[0].starts_with("text:6:") && lines[1].starts_with("text:7:"),
            "{lines:?}"
        );
    }

    #[test]
    fn a_place_is_excused_by_a_comment_with_a_reason() {
        let excused = "<!-- language: stands – a quotation -->\nHere it stands.\n";
        assert_eq!(found(excused, Format::Markdown), [""; 0]);
        let elsewhere = format!("{excused}\nThere it stands.\n");
        assert_eq!(found(&elsewhere, Format::Markdown).len(), 1);
        let toml = "# language: stands – a quotation\nwhy = \"It stands.\"\n";
        assert_eq!(found(toml, Format::Toml), [""; 0]);
        let rust = "// language: stands – a quotation\n/// It stands.\n";
        assert_eq!(found(rust, Format::Rust), [""; 0]);
    }

    #[test]
    fn excuses_that_excuse_nothing_and_those_without_a_reason_are_found() {
        let needless = found("<!-- language: stands – no -->\nIt is.\n", Format::Markdown);
        assert!(needless[0].contains("this excuses nothing"), "{needless:?}");
        let bare = found("<!-- language: stands -->\nIt stands.\n", Format::Markdown);
        assert!(
            bare.iter().any(|line| line.contains("gives no reason")),
            "{bare:?}"
        );
    }

    proptest! {
        #[test]
        fn code_formulas_and_addresses_are_never_found(
            words in proptest::collection::vec("stands?|in place of|[a-z]{1,5}", 1..6)
        ) {
            let words = words.join(" ");
            let address = words.replace(' ', "-");
            let text = format!(
                "A `{words}`, ${words}$, <https://x.org/{address}>, https://x.org/{address} and [b](#{address}).\n\n\
                 ```text\n{words}\n```\n\n$$\n{words}\n$$\n\n{{{{#figure {address}}}}}\n"
            );
            prop_assert_eq!(found(&text, Format::Markdown), [""; 0]);
        }
    }
}
