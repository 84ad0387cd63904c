//! The grader's half of a worker, with all of its dependencies. An exercise's adapter uses it as `attentive_grader`.

use ndarray::{Dimension, Ix0, Ix1, Ix2, Ix3, Ix4};

pub use attentive_grader::*;

/// Keeps the compiler from leaving out what nobody calls.
#[used]
static INSTANTIATIONS: fn(&Case) -> Result<(), CaseError> = instantiations;

/// Calls everything that adapters call of the grader, as `instantiations.rs` does with ndarray.
fn instantiations(case: &Case) -> Result<(), CaseError> {
    let _ = (case.size("")?, case.sizes("")?, case.number("")?);
    let _ = (tensors::<Ix0>(case)?, tensors::<Ix1>(case)?, tensors::<Ix2>(case)?);
    let _ = (tensors::<Ix3>(case)?, tensors::<Ix4>(case)?);
    Ok(())
}

fn tensors<D: Dimension>(case: &Case) -> Result<[Reply; 2], CaseError> {
    let (numbers, _) = (case.view::<D>("")?.to_owned(), case.ids::<D>("")?);
    let mask = case.optional_mask::<D>("")?.unwrap_or(case.mask("")?).to_owned();
    Ok([case.reply("", numbers.clone()).and("", numbers), case.reply("", mask)])
}
