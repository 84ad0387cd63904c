//! The recorded faulty run that a loss curve is most like, among those that raise the same suspicion.

use std::mem::discriminant;

use serde::Serialize;

use super::{Suspicion, suspicion};
use crate::curve::means;

/// The parts of a run whose means are compared.
const PARTS: usize = 10;
/// The largest distance of curves that are alike, if the distance from a guess to the floor is 1.
const NEAR: f32 = 0.5;
/// A run is named if it is nearer than this share of the distance of the next one, and by at least so much.
const SHARE: f32 = 0.75;
const APART: f32 = 0.05;
/// The farthest that a loss counts, so that a sum of losses does not outweigh everything else.
const FARTHEST: f32 = 3.0;

/// Runs of the lesson on loss curves, as `attentive-reference` has recorded them.
const RECORDED: &str = include_str!("../../../../book/figures/loss-curves.csv");

/// A fault of a recorded run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// The name of the run in the lesson on loss curves.
    pub(crate) run: &'static str,
    /// A clause that says what is wrong in it.
    #[serde(skip)]
    pub(crate) what: &'static str,
}

/// All faults that raise a suspicion which another one raises, too.
const FAULTS: [Fault; 13] = [
    fault("weights-too-large", "the first weights are too large"),
    fault("loss-is-a-sum", "the loss is a sum over positions"),
    fault("targets-not-shifted", "targets are not shifted"),
    fault("padding-counted", "padding counts in the loss"),
    fault("mask-forgotten", "the causal mask is forgotten"),
    fault("one-batch", "each step reads the same batch"),
    fault("few-sequences", "a few sequences are all the data"),
    fault("attention-lost", "attention adds nothing"),
    fault("targets-unrelated", "targets belong to different inputs"),
    fault("rate-too-large", "the learning rate is too large"),
    fault("decay-too-large", "the weight decay is too large"),
    fault("gradients-not-cleared", "gradients are not cleared"),
    fault("step-added", "the step is added"),
];

/// Losses by which curves of different data can be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// The number of steps of the whole run.
    pub(crate) steps: usize,
    /// The losses of a guess and of knowing frequencies alone.
    pub(crate) levels: [f64; 2],
    /// The loss that a right run comes to.
    pub(crate) floor: f32,
}

const fn fault(run: &'static str, what: &'static str) -> Fault {
    Fault { run, what }
}

/// The fault whose recorded curve is nearest, among those that raise the same suspicion, if it is near and the next one is
/// clearly farther away.
pub(crate) fn nearest(losses: &[f32], scale: Scale, suspected: &Suspicion) -> Option<Fault> {
    let shape = scale.shape(losses)?;
    let recorded = Recorded::parse(RECORDED)?;
    let mut distances = Vec::new();
    for fault in FAULTS {
        let run = recorded.run(fault.run);
        let same = suspicion(&run, recorded.scale.levels)
            .is_some_and(|raised| discriminant(&raised) == discriminant(suspected));
        if same {
            distances.push((distance(&shape, &recorded.scale.shape(&run)?), fault));
        }
    }
    distances.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    // Where one run alone raises a suspicion, nothing tells whether a different fault would be nearer.
    let [(first, fault), (next, _), ..] = distances[..] else {
        return None;
    };
    (first < NEAR && first < SHARE * next && first + APART < next).then_some(fault)
}

impl Scale {
    /// The first loss and the means of the parts of a run: a guess is at 1, and the floor at 0. `None` if there is no loss,
    /// or if a guess is as good as the floor.
    fn shape(&self, losses: &[f32]) -> Option<Vec<f32>> {
        let span = self.levels[0] as f32 - self.floor;
        if span <= 0.0 {
            return None;
        }
        let mut shape = vec![*losses.first()?];
        shape.extend(
            means(losses, self.steps, PARTS)
                .iter()
                .map(|mean| mean.loss),
        );
        for loss in &mut shape {
            *loss = ((*loss - self.floor) / span).clamp(-FARTHEST, FARTHEST);
        }
        Some(shape)
    }
}

/// The root of the mean squared difference, as far as both runs have come.
fn distance(one: &[f32], other: &[f32]) -> f32 {
    let squares: Vec<f32> = one
        .iter()
        .zip(other)
        .map(|(a, b)| (a - b).powi(2))
        .collect();
    (squares.iter().sum::<f32>() / squares.len() as f32).sqrt()
}

/// A table of runs, with the levels above it.
struct Recorded<'a> {
    scale: Scale,
    names: Vec<&'a str>,
    rows: Vec<&'a str>,
}

impl<'a> Recorded<'a> {
    /// Reads a table; `None` if it is none.
    fn parse(table: &'a str) -> Option<Self> {
        let (levels, table) = table.split_once("\nstep,")?;
        let level = |name: &str| -> Option<f64> {
            let line = levels.lines().find_map(|line| line.strip_prefix(name))?;
            line.parse().ok()
        };
        let (names, rows) = table.split_once('\n')?;
        let rows: Vec<&str> = rows.lines().collect();
        Some(Self {
            scale: Scale {
                steps: rows.len(),
                levels: [level("# guess,")?, level("# frequencies,")?],
                floor: level("# floor,")? as f32,
            },
            names: names.split(',').collect(),
            rows,
        })
    }

    /// The losses of a run. Those that are not finite are left out.
    fn run(&self, name: &str) -> Vec<f32> {
        let Some(column) = self.names.iter().position(|other| *other == name) else {
            return Vec::new();
        };
        let loss = |row: &&str| row.split(',').nth(column + 1)?.parse().ok();
        self.rows.iter().filter_map(loss).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The suspicion and the named fault of each run of a table, a line for each.
    fn named(table: &str) -> String {
        let recorded = Recorded::parse(table).expect("a table");
        let mut lines = String::new();
        for name in &recorded.names {
            let losses = recorded.run(name);
            let raised = suspicion(&losses, recorded.scale.levels);
            let kind = serde_json::to_value(raised).expect("JSON");
            let kind = kind["kind"].as_str().unwrap_or("nothing");
            let like = raised.and_then(|raised| nearest(&losses, recorded.scale, &raised));
            let like = like.map_or("no run", |fault| fault.run);
            lines += &format!("{name}: {kind}, like {like}\n");
        }
        lines
    }

    #[test]
    fn recorded_faults_are_suspected() {
        insta::assert_snapshot!(named(RECORDED));
    }

    /// The same faults with a different seed, which are not those that they are compared with.
    #[test]
    fn faults_of_a_different_seed_are_like_the_recorded_ones() {
        let table = include_str!("../../tests/data/loss-curves-seed-7.csv");
        insta::assert_snapshot!(named(table));
    }

    #[test]
    fn faults_that_raise_the_same_suspicion_have_words() {
        let recorded = Recorded::parse(RECORDED).expect("a table");
        let raised = |name: &str| {
            let raised = suspicion(&recorded.run(name), recorded.scale.levels);
            raised.map(|raised| discriminant(&raised))
        };
        for name in &recorded.names {
            let others = recorded.names.iter().filter(|other| *other != name);
            let shared = raised(name).is_some()
                && others
                    .map(|other| raised(other))
                    .any(|other| other == raised(name));
            let fault = FAULTS.iter().find(|fault| fault.run == *name);
            assert_eq!(fault.is_some(), shared, "{name}");
        }
        assert!(recorded.run("unknown").is_empty());
    }

    #[test]
    fn a_run_without_a_floor_is_like_none() {
        let scale = Scale {
            steps: 2,
            levels: [2.0, 1.5],
            floor: 2.5,
        };
        assert_eq!(nearest(&[9.0, 9.0], scale, &Suspicion::Rises), None);
    }
}
