//! One step of a run, by the functions of exercise 28.
//!
//! With one thread it is `step`. Several threads share the parts of a batch, and then put them together with the same
//! functions of which `step` consists; a course that is released without solutions has a file with `step` alone in place of
//! this one, because it would answer a part of the exercise.

use training::{Batch, Record, RunSettings, State, accumulate, gradients, step, update};

use crate::parallel;

/// Takes a step: the state after it, and its report. The result does not depend on the number of threads.
pub(crate) fn take(
    state: &State,
    batch: &Batch,
    settings: &RunSettings,
    threads: usize,
) -> (State, Record) {
    if threads == 1 {
        return step(state, batch, settings);
    }
    let micro_batches = batch.micro_batches(settings.micro_batch);
    let computed = parallel::map(&micro_batches, threads, |part| {
        gradients(part, &state.parameters, settings.heads, settings.ignored)
    });
    update(state, &accumulate(&computed), settings)
}

#[cfg(test)]
mod tests {
    use attentive_recipe::{Corpus, Recipe, first_parameters};

    use super::*;
    use crate::session;

    #[test]
    fn a_step_does_not_depend_on_the_number_of_threads() {
        let recipe = Recipe {
            blocks: 1,
            width: 8,
            context: 4,
            batch: 5,
            micro_batch: 2,
            ..Recipe::POCKET
        };
        let text = "A query asks, and keys answer. ".repeat(4);
        let corpus = Corpus::new(&text, &recipe).expect("it is long enough");
        let vocabulary = corpus.characters().size();
        let settings = session::settings(&recipe, vocabulary);
        let state = State::new(first_parameters(&recipe, vocabulary, 1));
        let batch = session::batch(corpus.batch(1, 1));
        let (after, record) = take(&state, &batch, &settings, 1);
        assert_eq!(after.step, 1);
        assert_ne!(after.parameters, state.parameters);
        for threads in [2, 3, 8] {
            let (other, of_other) = take(&state, &batch, &settings, threads);
            assert_eq!(other, after, "{threads}");
            assert_eq!(of_other, record, "{threads}");
        }
    }
}
