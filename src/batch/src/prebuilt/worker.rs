//! The grader's half of a worker, with all of its dependencies. An exercise's adapter uses it as `attentive_grader`.

use std::cell::RefCell;
use std::path::Path;
use std::process::ExitCode;

use ndarray::{Array, Array1, Dimension, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5};

pub use attentive_grader::*;

thread_local! {
    /// The exercises of a joint program that have said what they answer; `None` in the program of one exercise.
    static COLLECTED: RefCell<Option<Vec<attentive_grader::Exercise>>> = const { RefCell::new(None) };
}

/// An exercise's answers, under construction. They are served by a program of their own or by a joint one.
pub struct Exercise(attentive_grader::Exercise);

/// Begins an exercise.
pub fn exercise(directory: impl AsRef<Path>) -> Exercise {
    Exercise(attentive_grader::exercise(directory))
}

impl Exercise {
    /// Says which sources the exercise was compiled from.
    pub fn compiled_from(self, digests: Option<&str>) -> Self {
        Self(self.0.compiled_from(digests))
    }

    /// Adds a task: the way in which its function is called. Of a closure, which captures nothing, no more than its own
    /// code is compiled for each student.
    pub fn task(self, name: &str, answer: fn(&Case) -> Result<Reply, CaseError>) -> Self {
        Self(self.0.task(name, answer))
    }

    /// Runs the exercise, or leaves it to the joint program.
    pub fn main(self) -> ExitCode {
        let Self(exercise) = self;
        let alone = COLLECTED.with_borrow_mut(|collected| match collected {
            Some(collected) => {
                collected.push(exercise);
                None
            }
            None => Some(exercise),
        });
        alone.map_or(ExitCode::SUCCESS, attentive_grader::Exercise::main)
    }
}

/// Serves several exercises in one worker: the names of their folders, and the `main` of their adapters.
pub fn serve_together(adapters: &[(&str, fn() -> ExitCode)]) -> ExitCode {
    let mut exercises = Vec::new();
    for (folder, adapter) in adapters {
        COLLECTED.set(Some(Vec::new()));
        adapter();
        for exercise in COLLECTED.take().unwrap_or_default() {
            exercises.push(((*folder).to_owned(), exercise));
        }
    }
    serve_exercises(exercises)
}

/// Keeps the compiler from leaving out what nobody calls.
#[used]
static INSTANTIATIONS: fn(&Case) -> Result<(), CaseError> = instantiations;

/// Calls everything that adapters call of the grader, as `instantiations.rs` does with ndarray.
fn instantiations(case: &Case) -> Result<(), CaseError> {
    let _ = (case.size("")?, case.sizes("")?, case.number("")?);
    let _ = (tensors::<Ix0>(case)?, tensors::<Ix1>(case)?, tensors::<Ix2>(case)?);
    let _ = (tensors::<Ix3>(case)?, tensors::<Ix4>(case)?);
    let _ = Reply::default().and("", Array::<f32, Ix5>::zeros(Ix5(1, 1, 1, 1, 1)));
    let _ = (ids::<Ix0>(case)?, ids::<Ix1>(case)?, ids::<Ix2>(case)?, case.sizes("")?);
    let _ = (exercise(""), Array1::from(case.sizes("")?));
    Ok(())
}

fn ids<D: Dimension>(case: &Case) -> Result<Reply, CaseError> {
    let ids = case.ids::<D>("")?;
    let _ = ids.view();
    Ok(Reply::default().and_ids("", ids))
}

fn tensors<D: Dimension>(case: &Case) -> Result<[Reply; 2], CaseError> {
    let (numbers, _) = (case.view::<D>("")?.to_owned(), case.ids::<D>("")?);
    let mask = case.optional_mask::<D>("")?.unwrap_or(case.mask("")?).to_owned();
    Ok([case.reply("", numbers.clone()).and("", numbers), case.reply("", mask)])
}
