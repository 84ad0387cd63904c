//! Tokenizers of the learner's own.

use attentive_course::panics::unless_unsolved;
use attentive_models::Tokenizer;

use crate::print::note;

/// The exercises that are about tokenizers.
const EXERCISES: [&str; 2] = ["byte-pair-encoding", "word-piece"];

/// A text that every tokenizer can cut, and put together again.
const PROBE: &str = "a query";

/// Has the learner's functions cut texts, if they are solved, and if the model's tokenizer is of a kind that an exercise is
/// about. Otherwise the crate `tokenizers` does, and a note says why.
pub(crate) fn use_exercise(tokenizer: &mut Tokenizer) {
    if !tokenizer.use_exercise() {
        note(
            "The tokenizer of this model is of another kind than those of exercises 15 and 16: the course's cuts the texts.",
        );
        return;
    }
    let probe = || {
        let ids = tokenizer.encode(PROBE, true).map(|encoded| encoded.ids);
        // An error comes back where the texts are read.
        ids.and_then(|ids| tokenizer.decode(&ids, true)).is_ok()
    };
    if let Err(stopped) = unless_unsolved(&EXERCISES, probe) {
        note(&stopped.with_consequence("so the course's tokenizer cuts the texts"));
        tokenizer.use_library();
    }
}
