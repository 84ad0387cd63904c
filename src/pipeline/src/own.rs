//! `--own`: the functions are the learner's, so they may be unfinished or wrong.

mod cache;
mod tokenizer;

use attentive_course::panics;

use crate::print::note;

pub(crate) use cache::reader;
pub(crate) use tokenizer::use_exercise;

/// Runs the work of a task with the learner's functions. Returns `None` if one of them panicked, after saying which.
pub(crate) fn run<T>(work: impl FnOnce() -> T) -> Option<T> {
    match panics::catch(work) {
        Ok(result) => Some(result),
        Err(stopped) => {
            note(&stopped.with_consequence("and this model needs it"));
            None
        }
    }
}
