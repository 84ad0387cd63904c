//! The rows of one exercise.

use std::path::Path;

use attentive_grader::{Task, separations};

use super::accepted::{Accepted, accepted};
use crate::course::Authored;
use crate::error::ProofError;

/// The least distance of a mistake from anything else, in tolerances.
const APART: f64 = 10.0;

/// The least number of accepted variants of a task.
const VARIANTS: usize = 3;

const MISTAKES_HEAD: &str = "\
| task | mistake | from the right answer | the mistake most like it | from that |
|---|---|--:|---|--:|
";

/// Head of each table of variants.
pub(super) const VARIANTS_HEAD: &str = "\
| task | accepted variant | at most from libtorch |
|---|---|--:|
";

/// The rows of one exercise in the kill table.
#[derive(Debug)]
pub struct KillRows {
    /// The exercise's title.
    pub title: String,
    /// Both tables in Markdown.
    pub text: String,
    /// The rows that do not hold, in words.
    pub failures: Vec<String>,
}

/// Makes the rows of an exercise. Cargo runs its variants.
///
/// # Errors
/// When Cargo or a variant fails.
pub fn kill_rows(root: &Path, exercise: &Authored) -> Result<KillRows, ProofError> {
    let accepted = accepted(root, exercise)?;
    let mut rows = KillRows {
        title: exercise.info.title.clone(),
        text: MISTAKES_HEAD.to_owned(),
        failures: Vec::new(),
    };
    let tasks = &exercise.pack.manifest().tasks;
    for task in tasks {
        rows.add_mistakes(exercise, task);
    }
    rows.text.push('\n');
    rows.text += VARIANTS_HEAD;
    for task in tasks {
        rows.add_variants(exercise, task, &accepted);
    }
    Ok(rows)
}

impl KillRows {
    fn add_mistakes(&mut self, exercise: &Authored, task: &Task) {
        for separation in separations(&exercise.pack, task) {
            let mistake = &separation.mistake;
            let (nearest, apart) = match &separation.nearest {
                Some((nearest, apart)) => (format!("`{nearest}`"), *apart),
                None => ("none".to_owned(), f64::INFINITY),
            };
            if separation.from_right < APART || apart < APART {
                self.failures.push(format!(
                    "{}: {}: `{mistake}` is not told apart",
                    exercise.name(),
                    task.name
                ));
            }
            let (right, apart) = (in_tolerances(separation.from_right), in_tolerances(apart));
            self.text += &format!(
                "| `{}` | `{mistake}` | {right} | {nearest} | {apart} |\n",
                task.name
            );
        }
    }

    fn add_variants(&mut self, exercise: &Authored, task: &Task, accepted: &[Accepted]) {
        let mut variants: Vec<&Accepted> = accepted
            .iter()
            .filter(|row| row.task == task.name)
            .collect();
        variants.sort_by(|a, b| a.variant.cmp(&b.variant));
        if variants.len() < VARIANTS {
            self.failures.push(format!(
                "{}: {}: expected {VARIANTS} accepted variants, found {}",
                exercise.name(),
                task.name,
                variants.len()
            ));
        }
        for variant in variants {
            // Rounded up to a tenth: further digits belong to the machine.
            let distance = (variant.distance * 10.0).ceil() / 10.0;
            let name = variant.variant.replace('_', " ");
            self.text += &format!("| `{}` | {name} | {distance:.1} |\n", task.name);
        }
    }
}

fn in_tolerances(distance: f64) -> String {
    if distance.is_infinite() {
        "∞".to_owned()
    } else if distance >= 10_000.0 {
        format!("{distance:.0e}")
    } else {
        format!("{distance:.0}")
    }
}
