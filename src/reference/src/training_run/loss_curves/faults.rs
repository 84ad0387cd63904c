//! The faults, by the names that the lesson gives them.

use super::super::decoder::{BLOCK, BlockWay, RIGHT as MODEL, Way, attend};
use super::super::state::{State, cloned};
use super::super::update::{RIGHT as UPDATE, Update};
use super::{CONTEXT, Data, RIGHT, STEPS, Setup};
use crate::adamw::Schedule;
use crate::gpt::model::rows;

/// A fault of a run.
pub(super) struct Fault {
    /// Its name.
    pub(super) name: &'static str,
    /// The change that makes a right setup a faulty one.
    change: fn(&mut Setup),
}

impl Fault {
    const fn new(name: &'static str, change: fn(&mut Setup)) -> Self {
        Self { name, change }
    }

    /// The setup of a run with the fault.
    pub(super) fn setup(&self) -> Setup {
        let mut setup = RIGHT;
        (self.change)(&mut setup);
        setup
    }
}

/// All faults: first those of the loss and the model, then those of the data, and then those of the steps.
pub(super) static FAULTS: [Fault; 20] = [
    Fault::new("weights-too-large", |setup| setup.deviation = 0.6),
    Fault::new("loss-is-a-sum", |setup| setup.scale = CONTEXT as f64),
    Fault::new("mask-forgotten", |setup| setup.block = UNMASKED),
    Fault::new("positions-forgotten", |setup| {
        setup.model = WITHOUT_POSITIONS
    }),
    Fault::new("attention-lost", |setup| setup.block = WITHOUT_ATTENTION),
    Fault::new("targets-not-shifted", |setup| setup.shift = 0),
    Fault::new("targets-too-far", |setup| setup.shift = 2),
    Fault::new("targets-unrelated", |setup| setup.data = Data::Unrelated),
    Fault::new("padding-counted", |setup| setup.data = Data::Padded),
    Fault::new("one-batch", |setup| setup.data = Data::OneBatch),
    Fault::new("few-sequences", |setup| setup.data = Data::Few),
    Fault::new("sorted-data", |setup| setup.data = Data::Sorted),
    Fault::new("gradients-not-cleared", |setup| setup.clears = false),
    Fault::new("step-added", |setup| setup.direction = -1.0),
    Fault::new("parameters-not-kept", |setup| {
        setup.update = Update {
            kept: |before, _| cloned(before),
            ..UPDATE
        };
    }),
    Fault::new("rate-too-small", |setup| scale_rate(setup, 0.001)),
    Fault::new("rate-too-large", |setup| scale_rate(setup, 100.0)),
    Fault::new("rate-restarts", |setup| {
        setup.update = Update {
            rate: restarting,
            ..UPDATE
        };
    }),
    Fault::new("decay-too-large", |setup| {
        setup.optimiser.constants.weight_decay = 30.0;
    }),
    Fault::new("moments-lost", |setup| {
        setup.halfway = Some(without_moments)
    }),
];

/// Blocks whose attention sees all tokens of the context.
const UNMASKED: BlockWay = BlockWay {
    branch: |half, normed| match half.number {
        1 => attend(half.weights, normed, None),
        _ => half.branch(normed),
    },
    ..BLOCK
};

/// Blocks whose attention adds nothing.
const WITHOUT_ATTENTION: BlockWay = BlockWay {
    branch: |half, normed| match half.number {
        1 => normed.zeros_like(),
        _ => half.branch(normed),
    },
    ..BLOCK
};

const WITHOUT_POSITIONS: Way = Way {
    embed: |e, _, tokens| rows(e, tokens),
    ..MODEL
};

/// The parts of a run whose rate begins at its peak again in each of them.
const RESTARTS: usize = 3;

/// The rate of a schedule that begins again, without a warm-up but in its first part.
fn restarting(schedule: &Schedule, step: usize) -> f64 {
    let part = STEPS / RESTARTS;
    let warm_up = if step <= part { schedule.warm_up } else { 0 };
    let of_part = Schedule {
        warm_up,
        steps: part,
        ..*schedule
    };
    of_part.rate((step - 1) % part + 1)
}

fn scale_rate(setup: &mut Setup, factor: f64) {
    let schedule = &mut setup.optimiser.schedule;
    schedule.peak *= factor;
    schedule.floor *= factor;
}

/// The state of a checkpoint that has parameters and the number of steps alone.
fn without_moments(state: State) -> State {
    state.with_moments(|before| [before.m.zeros_like(), before.v.zeros_like()])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_fault_has_a_name_of_its_own() {
        let names: HashSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), FAULTS.len());
        assert!(!names.contains("right"));
    }

    #[test]
    fn a_rate_that_restarts_comes_back_to_its_peak() {
        let schedule = RIGHT.optimiser.schedule;
        let part = STEPS / RESTARTS;
        assert_eq!(restarting(&schedule, 15), schedule.peak);
        assert_eq!(restarting(&schedule, part), schedule.floor);
        let again = restarting(&schedule, part + 1);
        assert!(again > 0.99 * schedule.peak && again < schedule.peak);
    }
}
