//! The kill table: how far mistakes are from right answers and from each other, and how close right answers come.

mod accepted;
mod rows;

use crate::course::Authored;

pub use rows::{KillRows, kill_rows};

const HEAD: &str = "# The kill table

<!-- Written by `cargo attentive author kill-table`. -->

A grader can fail in two ways: it accepts what is wrong, or it rejects what is right. This page measures both, for
";

const HOW_TO_READ: &str = "
Distances are in *tolerances*: an answer passes when no entry is further than 1 from libtorch's.

**Mistakes.** libtorch has made each of them itself, on the inputs of the exercise. *From the right answer* is how far
the worst entry is off in the case that shows the mistake best; ∞ is NaN where there should be a number, or a wrong
shape. *The mistake most like it* is its nearest neighbour, and *from that* is how far the two are apart: what cannot be
told apart cannot be named. Both numbers have to be at least 10, or writing this page fails.

**Accepted variants** are right, and written in a different way from the solution: loops instead of products, sums in
`f64`, a different order, −1e9 where −∞ is not needed. Their number says how near the worst entry comes to being rejected. It
has to stay below 1, and the tolerance is chosen so that it stays well below a half.

Look at the small numbers of the first kind and at the large ones of the second. The tolerance can be
chosen anywhere between them, and that leaves much room: the closest mistake is more than a hundred times further away than the furthest
variant.

What the table does not show is what is not in it. Unforeseen mistakes are tested by
[mutants](adding-an-exercise.md#commands): small mechanical changes of each solution, all of which must be rejected.
";

/// A page of the authors' book.
#[derive(Debug)]
pub struct KillTable {
    /// The page in Markdown.
    pub page: String,
}

impl KillTable {
    /// Makes the page for the exercises of the course. The rows of exercises that are not among `fresh` are kept from
    /// the old page; those that are on neither are left out.
    pub fn new(exercises: &[Authored], fresh: &[KillRows], old: &str) -> Self {
        let mut sections = String::new();
        for exercise in exercises {
            let heading = heading(&exercise.info.title);
            let fresh = fresh.iter().find(|rows| rows.title == exercise.info.title);
            let section = fresh.map(|rows| rows.text.as_str());
            if let Some(section) = section.or_else(|| section_of(old, &heading)) {
                sections += &heading;
                sections += section;
            }
        }
        let counts = counts(exercises, &sections);
        let how_to_read = HOW_TO_READ.trim_end();
        Self {
            page: format!("{HEAD}{counts}\n{how_to_read}\n{sections}"),
        }
    }

    /// Returns `true` if a page says the same of every mistake, and has the same variants.
    pub fn says_the_same_as(&self, page: &str) -> bool {
        let (ours, theirs) = (self.page.lines(), page.lines());
        ours.map(unmeasured).eq(theirs.map(unmeasured))
    }
}

fn heading(title: &str) -> String {
    format!("\n## {title}\n\n")
}

/// Returns what follows a heading, up to the next.
fn section_of<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, section) = page.split_once(heading)?;
    Some(match section.find("\n## ") {
        Some(end) => &section[..end],
        None => section,
    })
}

/// Counts exercises, tasks, and wrong and right answers.
fn counts(exercises: &[Authored], sections: &str) -> String {
    let (mut tasks, mut mistakes) = (0, 0);
    for exercise in exercises {
        for task in &exercise.pack.manifest().tasks {
            tasks += 1;
            mistakes += task.mistakes.len();
        }
    }
    let exercises = exercises.len();
    let measured = sections.lines().filter(|line| unmeasured(line) != *line);
    // Each table of variants has a head of two lines.
    let variants = measured.count() - 2 * sections.matches(rows::VARIANTS_HEAD).count();
    format!(
        "{exercises} exercises with {tasks} tasks: {mistakes} wrong answers and {variants} right ones."
    )
}

/// Returns a row of a table of variants without its measurement, which is its third and last cell, and any other line as
/// it is.
fn unmeasured(line: &str) -> &str {
    let bars: Vec<usize> = line.match_indices('|').map(|(bar, _)| bar).collect();
    match bars[..] {
        [_, _, third, _] => &line[..third],
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measurements_may_differ() {
        let page = |row: &str| KillTable {
            page: row.to_owned(),
        };
        assert!(
            page("| `scores` | in f64 | 0.1 |").says_the_same_as("| `scores` | in f64 | 0.2 |")
        );
        assert!(
            !page("| `scores` | in f64 | 0.1 |").says_the_same_as("| `scores` | loops | 0.1 |")
        );
        assert!(
            !page("| `a` | `b` | 10 | `c` | 20 |")
                .says_the_same_as("| `a` | `b` | 10 | `c` | 21 |")
        );
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let page = "# Page\n\n## A\n\na\n\n## B\n\nb\n";
        assert_eq!(section_of(page, &heading("A")), Some("a\n"));
        assert_eq!(section_of(page, &heading("B")), Some("b\n"));
        assert_eq!(section_of(page, &heading("C")), None);
    }
}
