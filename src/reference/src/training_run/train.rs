//! The task `train`.

use tch::Tensor;

use super::accumulate::{Accumulate, Part, RIGHT as ACCUMULATE};
use super::cases::{decoder, parameter_names, step_names, with_batches, with_settings};
use super::run::{Batch, Run, batches};
use super::state::{Record, State};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// Takes steps until so many have been taken in all.
type Train = fn(&Run, State, &[Batch], usize) -> (State, Vec<Record>);

/// The outputs of a run.
pub(super) const OUTPUTS: [&str; 4] = ["losses", "norms", "rates", "parameters"];

pub(super) fn task() -> Task {
    let task = with_outputs(Task::new("train", by(Run::train)), 1, 30);
    properties(mistakes(cases(task)))
}

/// Adds the outputs of a run of so many steps, in which a decoder has so many blocks.
pub(super) fn with_outputs(task: Task, blocks: usize, steps: usize) -> Task {
    ["losses", "norms", "rates"]
        .into_iter()
        .fold(task, |task, name| {
            task.curve(name, "step").labels("step", step_names(steps))
        })
        .in_order_of("step")
        .output("parameters", ["parameter"])
        .labels("parameter", parameter_names(blocks))
}

fn cases(task: Task) -> Task {
    task.case(
        "whole-run",
        "30 steps over 4 batches of 2 sequences, which come again and again",
        |random| {
            let inputs = with_settings(decoder(random, [1, 2], 3), 2, 0).with("until", 30_i64);
            with_batches(inputs, random, 4, &[3, 2], 3)
        },
    )
    .case(
        "continued",
        "7 steps have been taken, and it goes on up to step 12; there are 3 batches, so step 8 reads the second",
        |random| {
            let inputs = with_settings(decoder(random, [1, 2], 2), 2, 7).with("until", 12_i64);
            with_batches(inputs, random, 3, &[2, 2], 2)
        },
    )
}

fn by(train: Train) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let run = Run::of(x);
        let until = x.size("until") as usize;
        let start = State::of(x);
        let taken = start.step;
        let (state, records) = train(&run, start, &batches(x), until);
        outputs(taken, &state, &records).into_iter().collect()
    }
}

/// The outputs of a run that begins after `taken` steps, by name. These steps are 0 in all curves.
pub(super) fn outputs(
    taken: usize,
    state: &State,
    records: &[Record],
) -> [(&'static str, Tensor); 4] {
    let curve = |of: fn(&Record) -> f64| {
        let mut numbers = vec![0.0; taken];
        numbers.extend(records.iter().map(of));
        Tensor::from_slice(&numbers)
    };
    [
        ("losses", curve(|record| record.loss)),
        ("norms", curve(|record| record.norm)),
        ("rates", curve(|record| record.rate)),
        ("parameters", state.lengths(|state| &state.parameter)),
    ]
}

fn mistakes(task: Task) -> Task {
    let mut task = of_what_is_kept(task);
    for mistake in &mut task.mistakes {
        // A run that is continued would say the same once more.
        mistake.only_in = Some(vec!["whole-run"]);
    }
    of_batches(task)
        .mistake(
            "one-step-too-many",
            by(|run, state, batches, until| run.train(state, batches, until + 1)),
        )
        .only_in(["whole-run"])
        .mistake(
            "last-step-missing",
            by(|run, state, batches, until| run.train(state, batches, until - 1)),
        )
        .only_in(["whole-run"])
}

fn of_what_is_kept(task: Task) -> Task {
    task.mistake(
        "gradients-not-cleared",
        by(|run, state, batches, until| {
            accumulating(run, state, batches, until, |parts| {
                let added = Accumulate {
                    of_gradients: |_, _| 1.0,
                    of_loss: |index, parts| if index + 1 == parts.len() { 1.0 } else { 0.0 },
                    ..ACCUMULATE
                };
                added.run(parts)
            })
        }),
    )
    .form(
        "gradients-not-cleared",
        "parts-not-cleared",
        by(|run, state, batches, until| {
            accumulating(run, state, batches, until, |parts| ACCUMULATE.run(parts))
        }),
    )
    .mistake(
        "state-not-kept",
        by(|run, state, batches, until| {
            let records = (state.step..until)
                .map(|step| (run.step)(run, &state, &batches[step % batches.len()]).1);
            let records = records.collect();
            (state, records)
        }),
    )
    .mistake(
        "moments-restarted",
        by(|run, state, batches, until| {
            each(run, state, batches, until, |state| {
                state.with_moments(|it| [it.m.zeros_like(), it.v.zeros_like()])
            })
        }),
    )
}

/// A run in which the parts of all steps so far are in each step; `whole` makes one of them.
fn accumulating(
    run: &Run,
    mut state: State,
    batches: &[Batch],
    until: usize,
    whole: fn(&[Part]) -> Part,
) -> (State, Vec<Record>) {
    let (mut parts, mut records) = (Vec::new(), Vec::new());
    while state.step < until {
        let batch = &batches[state.step % batches.len()];
        parts.push(ACCUMULATE.run(&run.parts(&state, batch)));
        let (next, record) = run.update.run(&run.optimiser, &state, &whole(&parts));
        state = next;
        records.push(record);
    }
    (state, records)
}

/// A run in which the state is changed after each step.
fn each(
    run: &Run,
    mut state: State,
    batches: &[Batch],
    until: usize,
    change: fn(State) -> State,
) -> (State, Vec<Record>) {
    let mut records = Vec::new();
    while state.step < until {
        let batch = &batches[state.step % batches.len()];
        let (next, record) = (run.step)(run, &state, batch);
        state = change(next);
        records.push(record);
    }
    (state, records)
}

fn of_batches(task: Task) -> Task {
    task.mistake(
        "first-batch-always",
        by(|run, state, batches, until| run.train(state, &batches[..1], until)),
    )
    .only_in(["whole-run"])
    .mistake(
        "batches-one-ahead",
        by(|run, state, batches, until| run.train(state, &moved(batches, 1), until)),
    )
    .only_in(["whole-run"])
    .mistake(
        "batches-repeated",
        by(|run, state, batches, until| {
            // From the first batch again, whatever has been read before.
            let read = state.step % batches.len();
            run.train(state, &moved(batches, batches.len() - read), until)
        }),
    )
    .mistake(
        "steps-counted-again",
        by(|run, mut state, batches, until| {
            let steps = until - state.step;
            state.step = 0;
            run.train(state, batches, steps)
        }),
    )
    .form(
        "steps-counted-again",
        "until-is-a-number-of-steps",
        by(|run, state, batches, until| {
            let until = state.step + until;
            run.train(state, batches, until)
        }),
    )
    .mistake(
        "each-batch-until-learned",
        by(|run, state, batches, until| {
            // The loop over batches is outside, and each is read in several steps one after the other.
            let times = until.div_ceil(batches.len()).max(1);
            let all: Vec<Batch> = batches
                .iter()
                .flat_map(|batch| {
                    (0..times).map(move |_| batch.each_ref().map(Tensor::shallow_clone))
                })
                .collect();
            run.train(state, &all, until)
        }),
    )
    .only_in(["whole-run"])
}

/// The batches, each so many places earlier; the first come last.
fn moved(batches: &[Batch], places: usize) -> Vec<Batch> {
    let from = |index: usize| &batches[(index + places) % batches.len()];
    (0..batches.len())
        .map(|index| from(index).each_ref().map(Tensor::shallow_clone))
        .collect()
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "halves-are-one-batch",
            "reading the sequences one by one takes the same steps",
        )
        .in_case("whole-run")
        .set("micro_batch", 1)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "later-batches-are-read-later",
            "the last two batches in each other's place change no loss before step 3",
        )
        .in_case("whole-run")
        .disturb(["inputs", "targets"], 0, 2)
        .expect_same_before(["losses", "norms"], 0, 2),
    )
    .property(
        Property::new(
            "batches-come-again",
            "batches that are there a second time after the last one are what is read anyway",
        )
        .in_case("whole-run")
        .double(["inputs", "targets"], 0)
        .expect_same(OUTPUTS),
    )
}
