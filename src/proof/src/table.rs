//! The kill table: how far mistakes are from right answers and from each other, and how close right answers come.

use std::path::Path;

use attentive_grader::separations;

use crate::cargo;
use crate::course::{Authored, ProofError};

/// The least distance of a mistake from anything else, in tolerances.
const APART: f64 = 10.0;

/// The least number of accepted variants of a task.
const VARIANTS: usize = 3;

const HEAD: &str = "# The kill table

<!-- Written by `cargo attentive author kill-table`. -->

A grader can fail in two ways: it accepts what is wrong, or it rejects what is right. This page measures both, for
";

const HOW_TO_READ: &str = "
Distances are in *tolerances*: an answer passes when no entry is further than 1 from libtorch's.

**Mistakes.** libtorch has made each of them itself, on the inputs of the exercise. *From the right answer* is how far
the worst entry is off in the case that shows the mistake best; ∞ is NaN where there should be a number, or another
shape. *The mistake most like it* is its nearest neighbour, and *from that* is how far the two are apart: what cannot be
told apart cannot be named. Both numbers have to be at least 10, or writing this page fails.

**Accepted variants** are right, and written in another way than the solution: loops in place of products, sums in
`f64`, another order, −1e9 where −∞ is not needed. Their number says how near the worst entry comes to being rejected. It
has to stay below 1, and the tolerance is chosen so that it stays well below a half.

Look at the small numbers of the first kind and at the large ones of the second. Between them lies the room in which a
tolerance can be chosen, and it is wide: the closest mistake is more than a hundred times further away than the furthest
variant.

What the table does not show is what is not in it. For mistakes that nobody has thought of there are
[mutants](adding-an-exercise.md#commands): small mechanical changes of each solution, all of which must be rejected.
";

/// A page of the authors' book, and whether all of its rows hold.
#[derive(Debug)]
pub struct KillTable {
    /// The page in Markdown.
    pub page: String,
    /// The rows that do not hold, in words.
    pub failures: Vec<String>,
}

impl KillTable {
    /// Whether a page says the same of every mistake, and has the same variants.
    pub fn says_the_same_as(&self, page: &str) -> bool {
        self.page
            .lines()
            .map(unmeasured)
            .eq(page.lines().map(unmeasured))
    }

    fn row(&mut self, row: &str) {
        self.page.push_str(row);
        self.page.push('\n');
    }
}

/// How close a variant comes to libtorch in one task.
struct Accepted {
    task: String,
    variant: String,
    distance: f64,
}

/// Makes the kill table. The variants are run by Cargo.
///
/// # Errors
/// When Cargo or a variant fails.
pub fn kill_table(root: &Path, exercises: &[Authored]) -> Result<KillTable, ProofError> {
    let accepted: Vec<Vec<Accepted>> = exercises
        .iter()
        .map(|exercise| accepted(root, exercise))
        .collect::<Result<_, _>>()?;
    let mut table = KillTable {
        page: HEAD.to_owned(),
        failures: Vec::new(),
    };
    table.row(&counts(exercises, accepted.iter().flatten()));
    table.row(HOW_TO_READ.trim_end());
    for (exercise, accepted) in exercises.iter().zip(&accepted) {
        table.row(&format!("\n## {}\n", exercise.info.title));
        mistakes(&mut table, exercise);
        variants(&mut table, exercise, accepted);
    }
    Ok(table)
}

/// "14 exercises with 41 tasks: 400 mistakes, each in one task, and 150 correct answers."
fn counts<'a>(exercises: &[Authored], accepted: impl Iterator<Item = &'a Accepted>) -> String {
    let tasks = || {
        exercises
            .iter()
            .flat_map(|exercise| &exercise.pack.manifest().tasks)
    };
    let mistakes: usize = tasks().map(|task| task.mistakes.len()).sum();
    let (exercises, tasks, variants) = (exercises.len(), tasks().count(), accepted.count());
    format!(
        "{exercises} exercises with {tasks} tasks: {mistakes} wrong answers and {variants} right ones."
    )
}

fn mistakes(table: &mut KillTable, exercise: &Authored) {
    table.row("| task | mistake | from the right answer | the mistake most like it | from that |");
    table.row("|---|---|--:|---|--:|");
    for task in &exercise.pack.manifest().tasks {
        for row in separations(&exercise.pack, task) {
            let (nearest, apart) = match &row.nearest {
                Some((nearest, apart)) => (format!("`{nearest}`"), *apart),
                None => ("none".to_owned(), f64::INFINITY),
            };
            if row.from_right < APART || apart < APART {
                let what = format!(
                    "{}: {}: `{}` is not told apart",
                    exercise.name(),
                    task.name,
                    row.mistake
                );
                table.failures.push(what);
            }
            let (right, apart) = (tolerances(row.from_right), tolerances(apart));
            table.row(&format!(
                "| `{}` | `{}` | {right} | {nearest} | {apart} |",
                task.name, row.mistake
            ));
        }
    }
}

fn variants(table: &mut KillTable, exercise: &Authored, accepted: &[Accepted]) {
    table.row("\n| task | accepted variant | at most from libtorch |");
    table.row("|---|---|--:|");
    for task in &exercise.pack.manifest().tasks {
        let mut rows: Vec<_> = accepted
            .iter()
            .filter(|row| row.task == task.name)
            .collect();
        rows.sort_by(|a, b| a.variant.cmp(&b.variant));
        if rows.len() < VARIANTS {
            let found = rows.len();
            let what = format!(
                "{}: {}: expected {VARIANTS} accepted variants, found {found}",
                exercise.name(),
                task.name
            );
            table.failures.push(what);
        }
        for Accepted {
            task,
            variant,
            distance,
        } in rows
        {
            // Rounded up to a tenth: further digits belong to the machine.
            let distance = (distance * 10.0).ceil() / 10.0;
            table.row(&format!(
                "| `{task}` | {} | {distance:.1} |",
                variant.replace('_', " ")
            ));
        }
    }
}

/// A row of a table of variants without its measurement, which is its third and last cell; any other line as it is.
fn unmeasured(line: &str) -> &str {
    match line
        .match_indices('|')
        .map(|(place, _)| place)
        .collect::<Vec<_>>()[..]
    {
        [_, _, third, _] => &line[..third],
        _ => line,
    }
}

fn accepted(root: &Path, exercise: &Authored) -> Result<Vec<Accepted>, ProofError> {
    let package = format!("{}-solution", exercise.name());
    let arguments = [
        "test",
        "--quiet",
        "--package",
        &package,
        "--test",
        "variants",
        "--",
        "--nocapture",
    ];
    let output = cargo::run(root, &arguments, &[])?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(ProofError::Cargo(format!(
            "{printed}{}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(printed.lines().filter_map(parse).collect())
}

/// Reads what `Exercise::accept` prints.
fn parse(line: &str) -> Option<Accepted> {
    let (_, line) = line.split_once("accepted: ")?;
    let (task, line) = line.split_once(" by ")?;
    let (variant, line) = line.split_once(", ")?;
    let distance = line.split(' ').next()?.parse().ok()?;
    Some(Accepted {
        task: task.to_owned(),
        variant: variant.to_owned(),
        distance,
    })
}

fn tolerances(distance: f64) -> String {
    match distance {
        _ if distance.is_infinite() => "∞".to_owned(),
        _ if distance >= 10_000.0 => format!("{distance:.0e}"),
        _ => format!("{distance:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measurements_may_differ() {
        let page = |row: &str| KillTable {
            page: row.to_owned(),
            failures: Vec::new(),
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
    fn the_graders_lines_are_understood_wherever_they_stand() {
        let line = "test in_f64 ... accepted: scores by in_f64, 0.125 tolerances from libtorch";
        let Accepted {
            task,
            variant,
            distance,
        } = parse(line).expect("a row");
        assert_eq!(
            (task.as_str(), variant.as_str(), distance),
            ("scores", "in_f64", 0.125)
        );
        assert!(parse("test result: ok").is_none());
    }
}
