//! Accepted variants, which the tests of a solution run and measure.

use std::path::Path;

use crate::cargo::{self, cargo};
use crate::course::Authored;
use crate::error::ProofError;

/// The distance of a variant from libtorch in one task.
pub(super) struct Accepted {
    pub(super) task: String,
    pub(super) variant: String,
    /// The largest distance of an entry, in tolerances.
    pub(super) distance: f64,
}

/// Runs the variants of an exercise.
pub(super) fn accepted(root: &Path, exercise: &Authored) -> Result<Vec<Accepted>, ProofError> {
    let mut command = cargo();
    command
        .args(["test", "--quiet", "--test", "variants", "--package"])
        .args([exercise.package().as_str(), "--", "--nocapture"])
        .current_dir(root);
    let output = cargo::output(&mut command)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(ProofError::Cargo(format!("{printed}{errors}")));
    }
    Ok(printed.lines().filter_map(parse).collect())
}

/// Reads a line that `Exercise::accept` prints.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graders_lines_are_understood_anywhere_in_a_line() {
        let line =
            "test in_f64 ... accepted: scores by in_f64, 0.125 tolerances from the right answer";
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
