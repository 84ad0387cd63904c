//! Separation: the measure of how well a pack's cases tell mistakes apart.

use crate::case::Outputs;
use crate::manifest::{Mistake, Task};
use crate::metric::Tolerance;
use crate::pack::Pack;

/// The distance of a mistake from the right answer and from the mistake most like it: in the case that shows it best, the
/// largest difference of an entry, in tolerances.
#[derive(Debug, Clone, PartialEq)]
pub struct Separation {
    /// The mistake's id.
    pub mistake: String,
    /// The distance from the right answer.
    pub from_right: f64,
    /// The mistake that is most like it, and the distance from that.
    pub nearest: Option<(String, f64)>,
}

/// Measures how well a task's cases tell its mistakes from the right answer and from each other.
pub fn separations(pack: &Pack, task: &Task) -> Vec<Separation> {
    let right = answers(pack, task, None);
    let wrong: Vec<Vec<Outputs>> = task
        .mistakes
        .iter()
        .map(|mistake| answers(pack, task, Some(mistake)))
        .collect();
    let tolerance = pack.manifest().tolerance;
    let mut separations = Vec::new();
    for (mistake, own) in task.mistakes.iter().zip(&wrong) {
        let mut nearest: Option<(String, f64)> = None;
        for (other, others) in task.mistakes.iter().zip(&wrong) {
            if other.id == mistake.id {
                continue;
            }
            let distance = distance(task, own, others, tolerance);
            if nearest.as_ref().is_none_or(|(_, least)| distance < *least) {
                nearest = Some((other.id.clone(), distance));
            }
        }
        separations.push(Separation {
            mistake: mistake.id.clone(),
            from_right: distance(task, own, &right, tolerance),
            nearest,
        });
    }
    separations
}

/// Returns the outputs in each case. Without a mistake, and where it does not show, they are the right ones.
fn answers(pack: &Pack, task: &Task, mistake: Option<&Mistake>) -> Vec<Outputs> {
    let mut answers = Vec::new();
    for case in &task.cases {
        let wrong = mistake.and_then(|mistake| pack.mistaken(&task.name, &case.name, &mistake.id));
        answers.push(wrong.unwrap_or_else(|| pack.expected(&task.name, &case.name)));
    }
    answers
}

/// Returns the largest distance of two answers in any case.
fn distance(task: &Task, one: &[Outputs], other: &[Outputs], tolerance: Tolerance) -> f64 {
    let mut largest = 0.0_f64;
    for (one, other) in one.iter().zip(other) {
        for output in &task.outputs {
            let pair = one.get(&output.name).zip(other.get(&output.name));
            let comparison =
                pair.and_then(|(one, other)| output.compare_alike(one, other, tolerance));
            largest = largest.max(comparison.map_or(f64::INFINITY, |found| found.largest));
        }
    }
    largest
}
