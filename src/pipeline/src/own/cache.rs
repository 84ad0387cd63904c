//! A cache of keys and values of the learner's own.

use attentive_course::panics::unless_unsolved;
use attentive_models::{ExerciseGpt, Gpt};

use crate::print::note;

/// The exercise that is about caches.
const EXERCISE: &str = "kv-cache";

/// A token that every model has.
const PROBE: [usize; 1] = [0];

/// The model as exercise 20 reads it, if that is solved. Otherwise a note says why there is none.
pub(crate) fn cached(gpt: &Gpt) -> Option<ExerciseGpt<'_>> {
    let Some(mut cached) = ExerciseGpt::new(gpt) else {
        note(
            "This model has a matrix of its own for the scores, which exercise 20 leaves out: each new token costs the whole \
             text again.",
        );
        return None;
    };
    match unless_unsolved(&[EXERCISE], || cached.next(&PROBE)) {
        Ok(_) => Some(cached),
        Err(stopped) => {
            let consequence = "so each new token costs the whole text again";
            note(&stopped.with_consequence(consequence));
            None
        }
    }
}
