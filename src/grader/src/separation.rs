//! How well a pack's cases tell mistakes apart.

use ndarray::Zip;

use crate::case::Outputs;
use crate::compare::Tolerance;
use crate::pack::{Mistake, Pack, Task};

/// How far a mistake is from the right answer and from the mistake most like it: in the case that shows it best, the
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

/// How well a task's cases tell its mistakes from the right answer and from each other.
pub fn separations(pack: &Pack, task: &Task) -> Vec<Separation> {
    let tolerance = pack.manifest().tolerance;
    let apart = |one: &dyn Fn(&str) -> Outputs, other: &dyn Fn(&str) -> Outputs| {
        let cases = task
            .cases
            .iter()
            .map(|case| distance(&one(&case.name), &other(&case.name), tolerance));
        cases.fold(0.0, f64::max)
    };
    let right = |case: &str| pack.expected(&task.name, case);
    let wrong = |mistake: &Mistake, case: &str| {
        pack.mistaken(&task.name, case, &mistake.id)
            .unwrap_or_else(|| right(case))
    };
    let of = |mistake: &Mistake| {
        let others = task.mistakes.iter().filter(|other| other.id != mistake.id);
        let distances = others.map(|other| {
            (
                other.id.clone(),
                apart(&|case| wrong(mistake, case), &|case| wrong(other, case)),
            )
        });
        Separation {
            mistake: mistake.id.clone(),
            from_right: apart(&|case| wrong(mistake, case), &right),
            nearest: distances.min_by(|a, b| a.1.total_cmp(&b.1)),
        }
    };
    task.mistakes.iter().map(of).collect()
}

fn distance(a: &Outputs, b: &Outputs, tolerance: Tolerance) -> f64 {
    let largest = |name: &String| match (&a[name], b.get(name)) {
        (a, Some(b)) if a.shape() == b.shape() => {
            Zip::from(a).and(b).fold(0.0, |largest: f64, &a, &b| {
                largest.max(tolerance.distance(a, b))
            })
        }
        _ => f64::INFINITY,
    };
    a.keys().map(largest).fold(0.0, f64::max)
}
