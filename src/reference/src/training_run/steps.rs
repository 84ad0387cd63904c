//! The task `step`.

use super::accumulate::{Accumulate, Part, RIGHT as ACCUMULATE};
use super::cases::{decoder, parameter_names, step_names, with_batches, with_settings};
use super::run::{Batch, Run, batches, step};
use super::state::{Record, State};
use super::trace;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;

/// Takes a step.
type Step = fn(&Run, &State, &Batch) -> (State, Record);

pub(super) fn task() -> Task {
    let names = parameter_names(1);
    let task = trace::with_outputs(
        Task::new("step", by(step)),
        &step_names(30),
        "parameter",
        &names,
    );
    let mut task = properties(mistakes(cases(task)));
    for mistake in &mut task.mistakes {
        // The long run would make the pack much larger, and tells none that the short one does not.
        mistake.only_in = Some(vec!["micro-batches"]);
    }
    task
}

fn cases(task: Task) -> Task {
    task.case(
        "micro-batches",
        "2 steps, and 5 sequences of 3, 1, 2, 3 and 2 tokens that are read 2 at a time; of moments and parameters, the norms are \
         compared",
        |random| {
            let inputs = with_settings(decoder(random, [1, 2], 3), 2, 0);
            with_batches(inputs, random, 2, &[3, 1, 2, 3, 2], 3)
        },
    )
    .case(
        "thirty-steps",
        "30 steps, each with a batch of its own that is read at once; of moments and parameters, the norms are compared",
        |random| {
            let inputs = with_settings(decoder(random, [1, 1], 2), 2, 0);
            with_batches(inputs, random, 30, &[2, 1], 2)
        },
    )
}

fn by(step: Step) -> impl Fn(&Inputs) -> Outputs {
    with(move |run| Run { step, ..run })
}

fn with(way: impl Fn(Run) -> Run) -> impl Fn(&Inputs) -> Outputs {
    move |x| {
        let run = way(Run::of(x));
        let (mut state, mut history, mut records) = (State::of(x), Vec::new(), Vec::new());
        for batch in batches(x) {
            let (next, record) = (run.step)(&run, &state, &batch);
            history.push(next.clone());
            records.push(record);
            state = next;
        }
        trace::outputs(&history, &records, State::lengths)
    }
}

fn mistakes(task: Task) -> Task {
    let accumulated = |of_gradients: fn(usize, &[Part]) -> f64| {
        with(move |run| Run {
            accumulate: Accumulate {
                of_gradients,
                ..ACCUMULATE
            },
            ..run
        })
    };
    task.mistake("mean-of-means", |x| {
        let share: fn(usize, &[Part]) -> f64 = |_, parts| 1.0 / parts.len() as f64;
        let way = Accumulate {
            of_loss: share,
            of_gradients: share,
            ..ACCUMULATE
        };
        with(move |run| Run {
            accumulate: way,
            ..run
        })(x)
    })
    .mistake("gradients-added", accumulated(|_, _| 1.0))
    .mistake("weighed-by-sequences", by(weighed_by_sequences))
    .mistake("step-per-part", by(step_per_part))
    .mistake("overwritten", by(last_part))
    .form(
        "overwritten",
        "gradients-overwritten",
        accumulated(|index, parts| if index + 1 == parts.len() { 1.0 } else { 0.0 }),
    )
    .mistake("rest-dropped", by(without_the_rest))
    .mistake("loss-after-the-step", by(loss_after))
    .mistake("loss-of-the-last", by(loss_of_the_last))
    .mistake("first-part-only", by(first_part))
}

/// A micro-batch has as much weight as it has sequences.
fn weighed_by_sequences(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let mut parts = run.parts(state, batch);
    for (part, [inputs, _]) in parts.iter_mut().zip(run.micro_batches(batch)) {
        part.counted = inputs.size()[0];
    }
    let whole = run.accumulate.run(&parts);
    run.update.run(&run.optimiser, state, &whole)
}

/// Every micro-batch gets a step of its own, which is counted.
fn step_per_part(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let mut next = state.clone();
    let mut record = None;
    for part in run.micro_batches(batch) {
        let parts = run.parts(&next, &part);
        let (after, reported) = run
            .update
            .run(&run.optimiser, &next, &run.accumulate.run(&parts));
        next = after;
        record = Some(reported);
    }
    (next, record.expect("at least one sequence"))
}

fn last_part(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let parts = run.parts(state, batch);
    run.update
        .run(&run.optimiser, state, &parts[parts.len() - 1])
}

fn first_part(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    run.update
        .run(&run.optimiser, state, &run.parts(state, batch)[0])
}

/// Micro-batches that are not full are left out.
fn without_the_rest(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let sequences = batch[0].size()[0];
    let full = sequences - sequences % run.micro_batch;
    step(
        run,
        state,
        &batch.each_ref().map(|tensor| tensor.narrow(0, 0, full)),
    )
}

fn loss_after(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let (next, record) = step(run, state, batch);
    let after = run.accumulate.run(&run.parts(&next, batch));
    let loss = after.loss;
    (next, Record { loss, ..record })
}

fn loss_of_the_last(run: &Run, state: &State, batch: &Batch) -> (State, Record) {
    let (next, record) = step(run, state, batch);
    let parts = run.parts(state, batch);
    let loss = parts[parts.len() - 1].loss;
    (next, Record { loss, ..record })
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 4] = ["trace", "m", "v", "parameters"];
    task.property(
        Property::new(
            "halves-are-one-batch",
            "reading the sequences one by one takes the same steps",
        )
        .in_case("micro-batches")
        .set("micro_batch", 1)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "room-for-more",
            "a micro-batch that is larger than the batch takes the same steps",
        )
        .in_case("micro-batches")
        .set("micro_batch", 7)
        .expect_same(ALL),
    )
    .property(
        Property::new(
            "sequences-in-another-order",
            "moving the sequences within their batch changes nothing, whichever are read together",
        )
        .in_case("micro-batches")
        .rotate(["inputs", "targets"], 1)
        .expect_same(ALL),
    )
}
