//! Finds lessons that lack one of the parts that every lesson has.

use attentive_course::Location;

use super::Diagnostic;
use super::built_book::{BuiltBook, Page};

/// The head of a lesson, by which it is told from other pages.
const MINUTES: &str = " minutes**";

/// A part of a lesson: the text by which it is recognised, and its name in messages.
type Part = (&'static str, &'static str);

/// The parts of every lesson.
const OF_ALL: [Part; 11] = [
    ("**About ", "line `**About N minutes**`"),
    (
        "When you are through, you can",
        "list of what readers can do when they are through",
    ),
    ("\n## Predict\n", "section `## Predict`"),
    ("<summary>", "folded answer to its question"),
    ("\n## The idea\n", "section `## The idea`"),
    ("\n## The mathematics\n", "section `## The mathematics`"),
    ("orked example", "worked example"),
    ("{{#figure ", "figure, `{{#figure NAME}}`"),
    ("\n## Questions {#quiz}\n", "section `## Questions {#quiz}`"),
    ("\n## Further reading\n", "section `## Further reading`"),
    ("](https://", "link to further reading"),
];

/// The parts of a lesson with an exercise.
const OF_EXERCISES: [Part; 3] = [
    (
        "$ cargo test -p ",
        "command that grades the exercise, `$ cargo test -p NAME`",
    ),
    (
        "\n### What passing does not prove\n",
        "section `### What passing does not prove`",
    ),
    (
        "\n## The usual mistakes {#mistakes}\n",
        "section `## The usual mistakes {#mistakes}`",
    ),
];

/// The parts of a lesson without an exercise.
const OF_OTHERS: [Part; 2] = [
    (
        "\n## What this does not prove\n",
        "section `## What this does not prove`",
    ),
    ("\n## Misconceptions\n", "section `## Misconceptions`"),
];

/// Finds the parts that lessons lack.
pub(super) fn check(book: &BuiltBook) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (name, page) in &book.pages {
        if !page.markdown.contains(MINUTES) {
            continue;
        }
        for (text, part) in parts(page) {
            if !page.markdown.contains(text) {
                diagnostics.push(lacks(page, part));
            }
        }
        let lesson = name.trim_end_matches(".html");
        if !page.asks(lesson) {
            diagnostics.push(lacks(page, &format!("quiz, `{{{{#quiz {lesson}}}}}`")));
        }
    }
    diagnostics
}

fn parts(page: &Page) -> Vec<Part> {
    let mut parts = OF_ALL.to_vec();
    if page.markdown.contains("\n## The exercise\n") {
        parts.extend(OF_EXERCISES);
    } else {
        parts.extend(OF_OTHERS);
    }
    parts
}

fn lacks(page: &Page, part: &str) -> Diagnostic {
    Diagnostic {
        at: Location {
            file: page.source.clone(),
            line: 1,
        },
        problem: format!("this lesson has no {part}"),
        fix: "add it, as the other lessons have it".to_owned(),
    }
}
