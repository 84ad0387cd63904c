//! Finds lessons that lack one of the parts that every lesson has, or that have them in a different order.

use attentive_course::Location;

use super::Diagnostic;
use super::built_book::{BuiltBook, Page};

/// The head of a lesson, by which it is told from other pages.
const MINUTES: &str = " minutes**";

/// A part of a lesson: the text by which it is recognised, and its name in messages.
type Part = (&'static str, &'static str);

const HEAD: Part = ("**About ", "line `**About N minutes**`");
const PREDICT: Part = ("\n## Predict\n", "section `## Predict`");
const ABILITIES: Part = (
    "When you are through, you can",
    "list of what readers can do when they are through",
);
const OBJECTIVES: Part = ("\n## Objectives\n", "section `## Objectives`");
const IDEA: Part = ("\n## The idea\n", "section `## The idea`");
const MATHEMATICS: Part = ("\n## The mathematics\n", "section `## The mathematics`");
const PREDICT_AGAIN: Part = (
    "\n## Predict again {#predict-again}\n",
    "section `## Predict again {#predict-again}`",
);
const QUESTIONS: Part = ("\n## Questions {#quiz}\n", "section `## Questions {#quiz}`");
const FURTHER_READING: Part = ("\n## Further reading\n", "section `## Further reading`");

/// The sections of every lesson, in their order: the prediction comes before the objectives, which would tell its
/// answer, and comes back when the lesson has been read.
const SECTIONS: [Part; 9] = [
    HEAD,
    PREDICT,
    OBJECTIVES,
    ABILITIES,
    IDEA,
    MATHEMATICS,
    PREDICT_AGAIN,
    QUESTIONS,
    FURTHER_READING,
];

/// Parts that every lesson has somewhere.
const ANYWHERE: [Part; 4] = [
    ("<summary>", "folded answer to its question"),
    ("orked example", "worked example"),
    ("{{#figure ", "figure, `{{#figure NAME}}`"),
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

/// Finds the parts that lessons lack, and those that come too early.
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
        diagnostics.extend(out_of_order(page));
    }
    diagnostics
}

fn parts(page: &Page) -> Vec<Part> {
    let mut parts = SECTIONS.to_vec();
    parts.extend(ANYWHERE);
    if page.markdown.contains("\n## The exercise\n") {
        parts.extend(OF_EXERCISES);
    } else {
        parts.extend(OF_OTHERS);
    }
    parts
}

/// Finds the first section that comes before the one that it should follow.
fn out_of_order(page: &Page) -> Option<Diagnostic> {
    let mut found = Vec::new();
    for (text, part) in SECTIONS {
        // The text of a section begins with the end of the line above it.
        let indent = text.len() - text.trim_start().len();
        found.extend(page.markdown.find(text).map(|at| (at + indent, part)));
    }
    for pair in found.windows(2) {
        let [(before, expected), (at, part)] = pair else {
            continue;
        };
        if at < before {
            return Some(Diagnostic {
                at: Location::of_byte(&page.source, &page.markdown, *at),
                problem: format!("in this lesson, the {part} comes too early"),
                fix: format!("put it after the {expected}"),
            });
        }
    }
    None
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
