//! The outcome of a check, in words for people and as JSON for scripts.

use std::fmt::Write;

use attentive_course::text::count;
use serde::Serialize;

use crate::check::{Checked, Gap, Outcome};

/// A step's outcome in a word or two, and its time.
pub fn result(checked: &Checked) -> String {
    let outcome = match &checked.outcome {
        Outcome::Holds => "ok".to_owned(),
        Outcome::Missing(gaps) => format!("{} missing", gaps.len()),
        Outcome::Waiting(_) => "not checked yet".to_owned(),
        Outcome::Failed(_) => "failed".to_owned(),
    };
    format!("{outcome:<16} {:>5.1} s", checked.time.as_secs_f64())
}

/// The end of a check: all that is missing, numbered, each with what to do, and the steps that were not taken.
pub fn summary(folder: &str, steps: &[Checked]) -> String {
    let mut text = String::new();
    let gaps: Vec<&Gap> = missing(steps).map(|(_, gap)| gap).collect();
    for (gap, number) in gaps.iter().zip(1..) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{number:>3}. {}: {}", gap.what, gap.remedy);
        for line in gap.output.lines() {
            let _ = writeln!(text, "     | {line}");
        }
    }
    let mut waiting = Vec::new();
    for Checked { step, outcome, .. } in steps {
        match outcome {
            Outcome::Waiting(_) => waiting.push(*step),
            Outcome::Failed(error) => {
                let _ = writeln!(text, "{step}: {error}");
            }
            Outcome::Holds | Outcome::Missing(_) => {}
        }
    }
    if !waiting.is_empty() {
        let _ = writeln!(
            text,
            "Not checked before the files that they need are written: {}.",
            waiting.join(", ")
        );
    }
    if text.is_empty() {
        return format!("Nothing is missing from {folder}.\n");
    }
    format!(
        "{} missing from {folder}:\n{text}",
        count(gaps.len(), "thing")
    )
}

/// Lists what is missing, with the step that found it.
pub fn missing(steps: &[Checked]) -> impl Iterator<Item = (&'static str, &Gap)> {
    steps.iter().flat_map(|checked| {
        let gaps = match &checked.outcome {
            Outcome::Missing(gaps) => gaps.as_slice(),
            Outcome::Holds | Outcome::Waiting(_) | Outcome::Failed(_) => &[],
        };
        gaps.iter().map(|gap| (checked.step, gap))
    })
}

/// A check, for scripts.
#[derive(Serialize)]
struct Report<'a> {
    exercise: &'a str,
    steps: Vec<StepReport<'a>>,
}

/// A step, for scripts.
#[derive(Serialize)]
struct StepReport<'a> {
    name: &'static str,
    seconds: f64,
    #[serde(flatten)]
    outcome: OutcomeReport<'a>,
}

/// An outcome, for scripts.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum OutcomeReport<'a> {
    Holds,
    Missing { missing: &'a [Gap] },
    Waiting { needs: Vec<String> },
    Failed { error: String },
}

/// The whole check as JSON.
///
/// # Errors
/// Never in practice: all of it are texts and numbers.
pub fn json(folder: &str, steps: &[Checked]) -> serde_json::Result<String> {
    let steps = steps.iter().map(|checked| StepReport {
        name: checked.step,
        seconds: checked.time.as_secs_f64(),
        outcome: match &checked.outcome {
            Outcome::Holds => OutcomeReport::Holds,
            Outcome::Missing(gaps) => OutcomeReport::Missing { missing: gaps },
            Outcome::Waiting(paths) => OutcomeReport::Waiting {
                needs: paths
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect(),
            },
            Outcome::Failed(error) => OutcomeReport::Failed {
                error: error.to_string(),
            },
        },
    });
    serde_json::to_string_pretty(&Report {
        exercise: folder,
        steps: steps.collect(),
    })
}
